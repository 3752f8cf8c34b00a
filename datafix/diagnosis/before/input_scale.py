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
FEWEST_VALUES = 20


@dataclass(frozen=True)
class InputScale:
    """Find inputs far larger or smaller than a network's initial weights expect, or a column far smaller than others.

    What counts is what the first layer with weights is given in training, so that scaling inside of the network,
    by whatever layer, is seen.
    """

    name: ClassVar[str] = "input_scale"
    needs: ClassVar[frozenset[str]] = frozenset({"array", "numbers", "fits", "trial"})

    largest: float = 20.0
    smallest: float = 0.01
    apart: float = 300.0

    def find(self, subject: Subject) -> Iterator[Issue]:
        """Yield a warning, of columns far apart an info."""
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
        elif subject.features.ndim == 2:
            yield from self._columns(values)

    def _columns(self, values: np.ndarray) -> Iterator[Issue]:
        spread = np.array(
            [values[:, at].std() if _is_measured(values[:, at]) else np.nan for at in range(values.shape[1])]
        )
        if np.isnan(spread).all() or np.nanmax(spread) <= self.apart * np.nanmin(spread):
            return
        small, large = int(np.nanargmin(spread)), int(np.nanargmax(spread))
        yield Issue(
            self.name,
            Severity.INFO,
            f"Column {small} varies by {spread[small]:.3g}, column {large} by {spread[large]:.3g}: the first layer "
            "hardly hears the former.",
            "Bring the columns to one scale (datafix.scale.TableScaler), unless small ones are meant to count less.",
            evidence={"smallest": small, "largest": large, "ratio": float(spread[large] / spread[small])},
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


def _is_measured(column: np.ndarray) -> bool:
    """Return whether a column is a quantity, and no flag or count that is mostly 0."""
    return len(np.unique(column)) >= FEWEST_VALUES and bool((column != 0).mean() > 0.5)


def _is_weighted(layer: Any) -> bool:
    return not getattr(layer, "layers", []) and any(len(weight.shape) >= 2 for weight in layer.trainable_variables)
