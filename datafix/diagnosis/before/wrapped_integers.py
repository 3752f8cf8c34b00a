"""Numbers that left the range of their integers and came in again at the other end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.diagnosis.subject import Subject
from datafix.report import Issue, Severity

ROWS = 256
BYTE = 256.0


@dataclass(frozen=True)
class WrappedIntegers:
    """Find images whose bytes were added to, or multiplied, beyond 255, and wrapped around.

    In such an image a bright place borders on a dark one where both were nearly the same: its neighbours differ much
    less once differences are counted around the circle of 256. Images mostly of black and white, which are neighbours
    on that circle, are not judged, nor are those whose neighbours are no more alike, around the circle, than any two.
    """

    name: ClassVar[str] = "wrapped_integers"
    needs: ClassVar[frozenset[str]] = frozenset({"array", "numbers"})

    share: float = 0.85
    jumps: float = 0.02
    extremes: float = 0.3
    alike: float = 0.8

    def find(self, subject: Subject) -> Iterator[Issue]:
        """Yield an error."""
        features = subject.features
        if features.ndim not in (3, 4) or min(features.shape[1:3]) < 4:
            return
        values = features[:ROWS].astype(np.float64)
        low, high = float(values.min()), float(values.max())
        unit = next((unit for unit in (1.0, BYTE - 1, BYTE) if high * unit <= BYTE and high * unit > BYTE * 0.9), None)
        if unit is None or low < 0:
            return
        values = values * unit
        if ((values < 1) | (values > BYTE - 2)).mean() > self.extremes:
            return
        across = [np.diff(values, axis=axis) for axis in (1, 2)]
        far = np.concatenate([step.ravel() for step in across])
        around = np.minimum(np.abs(far), BYTE - np.abs(far))
        jumps = float((np.abs(far) > BYTE / 2).mean())
        left = float(around.sum() / max(np.abs(far).sum(), 1e-9))
        if jumps > self.jumps and left < self.share and around.mean() < self.alike * _by_chance(values):
            yield Issue(
                self.name,
                Severity.ERROR,
                f"Pixels look wrapped around: {jumps:.1%} of neighbours differ by more than half of the range, and "
                f"counted around the circle of 256 all differences shrink to {left:.0%}.",
                "Compute in float32: features.astype('float32') before arithmetic, not after.",
                evidence={"jumps": jumps, "left": left},
            )


def _by_chance(values: np.ndarray) -> float:
    """Return how far any two values are from each other, around the circle."""
    far = np.abs(values.ravel() - np.random.RandomState(0).permutation(values.ravel()))
    return float(np.minimum(far, BYTE - far).mean())
