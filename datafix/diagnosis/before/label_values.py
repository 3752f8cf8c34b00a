"""Whether the labels can be learned at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.diagnosis.before.wrapped_integers import filled_integers
from datafix.diagnosis.losses import DISTANCES
from datafix.diagnosis.subject import Subject
from datafix.report import Issue, Severity


@dataclass(frozen=True)
class LabelValues:
    """Find labels that are missing, no numbers, all the same, wrapped around, or of a size that no head reaches."""

    name: ClassVar[str] = "label_values"
    needs: ClassVar[frozenset[str]] = frozenset({"target"})

    largest: float = 100.0
    huge: float = 1000.0

    def find(self, subject: Subject) -> Iterator[Issue]:
        """Yield an error, or for a large quantity a warning."""
        target = subject.target
        assert target is not None  # it stands in needs
        if target.dtype.kind not in "fiub":
            yield self._issue(
                f"The labels are of dtype {target.dtype}, and Keras needs numbers.",
                "datafix.prepare numbers the classes; prepared.classes_ has their names.",
            )
            return
        bad = ~np.isfinite(target.reshape(len(target), -1)).all(axis=1)
        if bad.any():
            yield self._issue(
                f"Labels are missing or infinite on {int(bad.sum())} of {len(target)} rows looked at: the loss becomes "
                "NaN, and every weight with it.",
                "Drop these rows, or find their labels.",
                rows=np.flatnonzero(bad),
            )
            return
        if len(target) > 1 and (target == target[0]).all():
            order = " The model gets them in this order: shuffle the dataset." if subject.in_order else ""
            yield self._issue(f"All {len(target)} labels looked at are the same.{order}", "Look at the target.")
        elif len(still := _still(target)) and not subject.is_classification:
            yield Issue(
                self.name,
                Severity.WARNING,
                f"The target of output {', '.join(map(str, still[:5]))} is the same on all {len(target)} rows looked "
                "at: there is nothing to learn, and no R² to be had.",
                "Leave the output out, or look at the target.",
                evidence={"outputs": still.tolist()},
            )
        elif not subject.is_classification and (bits := filled_integers(target)) is not None:
            yield self._issue(
                f"The target fills the range of int{bits}, from {target.min():.0f} to {target.max():.0f}: larger "
                "numbers look wrapped around.",
                "Compute it in int64 or float64: y.astype('float64') before arithmetic, not after.",
            )
        elif subject.loss in DISTANCES and not subject.is_classification:
            known = subject.y.astype(np.float64)[~subject.is_filler]
            size, spread = float(np.sqrt((known**2).mean())), float(np.std(known, axis=0).max())
            if size > self.largest:
                yield Issue(
                    self.name,
                    Severity.ERROR if size > self.huge else Severity.WARNING,
                    f"The target has a root mean square of {size:.3g} (standard deviation {spread:.3g}): gradients are "
                    "as large, and weights start near 0.",
                    "Scale it: datafix.prepare(..., target_transformer=StandardScaler()).",
                    evidence={"root_mean_square": size, "standard_deviation": spread},
                )

    def _issue(self, message: str, hint: str, rows: np.ndarray | None = None) -> Issue:
        return Issue(self.name, Severity.ERROR, message, hint, rows=rows)


def _still(target: np.ndarray) -> np.ndarray:
    """Return which of several targets a row are the same on all rows."""
    return np.flatnonzero(np.ptp(target, axis=0) == 0) if target.ndim == 2 and len(target) > 1 else np.zeros(0, int)
