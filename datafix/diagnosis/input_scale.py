"""Whether the inputs are of a size that a network can learn from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.diagnosis.subject import Subject
from datafix.report import Issue, Severity

SCALING_LAYERS = ("Normalization", "Rescaling", "BatchNormalization", "LayerNormalization")


@dataclass(frozen=True)
class InputScale:
    """Find inputs that are missing, infinite, or far larger than a network's initial weights expect."""

    name: ClassVar[str] = "input_scale"

    largest: float = 20.0

    def find(self, subject: Subject) -> Iterator[Issue]:
        """Yield an error for inputs that are not finite, a warning for large ones that no layer scales."""
        values = np.asarray(subject.features, dtype=np.float64).reshape(len(subject.features), -1)
        bad = ~np.isfinite(values)
        if bad.any():
            rows = np.flatnonzero(bad.any(axis=1))
            yield Issue(
                self.name,
                Severity.ERROR,
                f"Inputs are missing or infinite on {len(rows)} of {len(values)} rows looked at, the first at "
                f"position {rows[0]}, feature {int(np.flatnonzero(bad[rows[0]])[0])}.",
                "One of them makes every weight NaN: impute (datafix.impute.TableImputer) or drop these rows.",
                rows=rows,
            )
            return
        size = float(np.sqrt((values**2).mean(axis=0)).max())
        scaled = any(type(layer).__name__ in SCALING_LAYERS for layer in subject.model.layers[:3])
        if size > self.largest and not scaled:
            yield Issue(
                self.name,
                Severity.WARNING,
                f"The largest feature has a root mean square of {size:.3g}, and no layer scales it.",
                "Scale the features (datafix.scale.TableScaler, for images keras.layers.Rescaling(1 / 255)).",
                evidence={"root_mean_square": size},
            )
