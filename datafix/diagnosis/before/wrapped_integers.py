"""Numbers that left the range of their integers and came in again at the other end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from datafix.columns import as_frame
from datafix.diagnosis.subject import Subject
from datafix.preparation.given import is_frame
from datafix.report import Issue, Severity

ROWS = 256
FEWEST = 100
MOST_COLUMNS = 200
NEAR = 0.02
"""Of half the range: how near to its end the largest numbers are."""
BYTE = 256.0


@dataclass(frozen=True)
class WrappedIntegers:
    """Find images whose bytes were added to, or multiplied, beyond 255, and wrapped around; and columns likewise.

    In such an image a bright place borders on a dark one where both were nearly the same: its neighbours differ much
    less once differences are counted around the circle of 256. Images mostly of black and white, which are neighbours
    on that circle, are not judged, nor are those whose differences shrink less than by half and
    whose neighbours are no more alike, around the circle, than any two.
    A column of whole numbers is named that fills the range of int8, int16 or int32 to both ends, hardly ever at the
    ends themselves, where numbers would lie that had been cut off there. Columns are looked at as they were given to
    ``prepare``, where the split keeps them.
    """

    name: ClassVar[str] = "wrapped_integers"
    needs: ClassVar[frozenset[str]] = frozenset({"array"})

    share: float = 0.85
    jumps: float = 0.02
    extremes: float = 0.3
    alike: float = 0.8
    clearly: float = 0.5

    def find(self, subject: Subject) -> Iterator[Issue]:
        """Yield an error, of columns a warning."""
        for name, values in _columns(subject):
            if (bits := filled_integers(values)) is not None:
                yield Issue(
                    self.name,
                    Severity.WARNING,
                    f"Column {name!r} fills the range of int{bits}, from {values.min():.0f} to {values.max():.0f}: "
                    "larger numbers look wrapped around.",
                    "Compute in int64 or float64: values.astype('float64') before arithmetic, not after.",
                    column=str(name),
                    evidence={"bits": bits},
                )
        features = subject.features
        if "numbers" in subject.lacking or features.ndim not in (3, 4) or min(features.shape[1:3]) < 4:
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
        alike = left < self.clearly or around.mean() < self.alike * _by_chance(values)
        if jumps > self.jumps and left < self.share and alike:
            yield Issue(
                self.name,
                Severity.ERROR,
                f"Pixels look wrapped around: {jumps:.1%} of neighbours differ by more than half of the range, and "
                f"counted around the circle of 256 all differences shrink to {left:.0%}.",
                "Compute in float32: features.astype('float32') before arithmetic, not after.",
                evidence={"jumps": jumps, "left": left},
            )


def filled_integers(values: np.ndarray) -> int | None:
    """Return the bits of the signed integers whose range values fill to both ends, None where they fill none.

    Examples
    --------
    >>> filled_integers(np.arange(-32760, 32760, 8))
    16
    >>> filled_integers(np.arange(1000))
    """
    values = np.asarray(values, dtype=np.float64)
    values = values[np.isfinite(values)]
    if len(values) < FEWEST or not np.array_equal(values, np.round(values)):
        return None
    for bits in (8, 16, 32):
        end = 2.0 ** (bits - 1)
        if values.min() < -end or values.max() >= end:
            continue
        near = NEAR * end
        at_ends = ((values < near - end).mean(), (values > end - near).mean())
        cut_off = max((values == -end).mean(), (values == end - 1).mean())
        return bits if min(at_ends) > 0 and cut_off < max(NEAR, 2 * 2.0**-bits) else None
    return None


def _columns(subject: Subject) -> Iterator[tuple[Any, np.ndarray]]:
    """Yield the names and values of columns of numbers, as they were given where that is known."""
    given = subject.features if subject.raw is None else subject.raw
    if is_frame(given):
        frame = as_frame(given)
        for name in frame.columns[:MOST_COLUMNS]:
            if frame[name].dtype.is_numeric():
                yield name, np.asarray(frame[name].to_numpy(), dtype=np.float64)
    elif getattr(given, "ndim", 0) == 2 and given.dtype.kind in "iuf" and not hasattr(given, "toarray"):
        for at in range(min(given.shape[1], MOST_COLUMNS)):
            yield at, given[:, at]


def _by_chance(values: np.ndarray) -> float:
    """Return how far any two values are from each other, around the circle."""
    far = np.abs(values.ravel() - np.random.RandomState(0).permutation(values.ravel()))
    return float(np.minimum(far, BYTE - far).mean())
