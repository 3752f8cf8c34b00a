"""Whether the inputs are of a size that a network can learn from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import keras
import numpy as np

from datafix.diagnosis.layers import given_to
from datafix.diagnosis.subject import Subject
from datafix.report import Issue, Severity

ROWS = 512


@dataclass(frozen=True)
class InputScale:
    """Find inputs far larger or smaller than a network's initial weights expect.

    What counts is what the first layer with weights is given in training, so that scaling inside of the network,
    by whatever layer, is seen.
    """

    name: ClassVar[str] = "input_scale"
    needs: ClassVar[frozenset[str]] = frozenset({"array", "numbers", "fits", "trial"})

    largest: float = 20.0
    smallest: float = 0.01

    def find(self, subject: Subject) -> Iterator[Issue]:
        """Yield a warning."""
        values = _given(subject)
        if values is None or not np.isfinite(values).all():
            return
        size = np.sqrt((values**2).mean(axis=0))
        largest = float(size.max())
        if largest > self.largest:
            yield self._issue(f"The largest feature has a root mean square of {largest:.3g}", largest)
        elif largest < self.smallest:
            yield self._issue(
                f"All features are tiny, the largest has a root mean square of {largest:.3g} (scaled twice?)", largest
            )

    def _issue(self, message: str, size: float) -> Issue:
        return Issue(
            self.name,
            Severity.WARNING,
            f"{message}, and no layer scales it.",
            "Scale the features (datafix.scale.TableScaler, for images keras.layers.Rescaling(1 / 255)).",
            evidence={"root_mean_square": size},
        )


def _given(subject: Subject) -> np.ndarray | None:
    """Return what the first layer of weights is given, a column a channel; None for numbers that are looked up."""
    rows = subject.x[:ROWS]
    first = next((layer for layer in subject.layers if _is_weighted(layer)), None)
    if first is None or isinstance(first, keras.layers.Embedding):
        return None
    values = given_to(subject, first, rows)
    if values is None:
        values = rows.astype(np.float64)
    return values.reshape(-1, values.shape[-1]) if subject.is_image else values.reshape(len(values), -1)


def _is_weighted(layer: Any) -> bool:
    return not getattr(layer, "layers", []) and any(len(weight.shape) >= 2 for weight in layer.trainable_variables)
