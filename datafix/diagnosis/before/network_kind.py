"""Whether the kind of network suits the kind of data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import keras
import numpy as np

from datafix.diagnosis.subject import Subject
from datafix.report import Issue, Severity

ROWS = 1000
SMALLEST = 16
CHANNELS = (1, 3)
NEARER = 0.8
CONVOLVE = "Use Conv2D layers with pooling (or a network of keras.applications), dense layers only at the end."


@dataclass(frozen=True)
class NetworkKind:
    """Find dense networks on images, and convolutions over columns that are no neighbours.

    Dense is a network without a weight of three axes or more. Columns are neighbours, such as samples of a signal,
    where those side by side correlate more than any two.
    """

    name: ClassVar[str] = "network_kind"
    needs: ClassVar[frozenset[str]] = frozenset({"array", "numbers", "fits"})

    large: int = 32
    alike: float = 1.2

    def find(self, subject: Subject) -> Iterator[Issue]:
        """Yield a warning; an info for small images, on which a dense network does not do badly."""
        kernels = [weight.shape for weight in subject.model.weights]
        if subject.is_image and kernels and max(map(len, kernels)) < 3:
            shape = subject.features.shape[1:]
            yield Issue(
                self.name,
                Severity.WARNING if min(shape[:2]) >= self.large else Severity.INFO,
                f"Images of {' × '.join(map(str, shape))} go to dense layers, which know nothing of neighbouring "
                "pixels: every place has to be learned anew.",
                CONVOLVE,
            )
        if kernels and max(map(len, kernels)) < 3 and (shape := _flattened(subject.features)) is not None:
            yield Issue(
                self.name,
                Severity.WARNING if shape[0] >= self.large else Severity.INFO,
                f"Rows of {subject.features.shape[1]} numbers look like flattened images of "
                f"{' × '.join(map(str, shape))}, and go to dense layers, which know nothing of neighbouring pixels.",
                f"Begin with keras.layers.Reshape({shape}). {CONVOLVE}",
            )
        if self._convolves(subject) and (likeness := _likeness(subject.features)) is not None:
            near, far = likeness
            if near < 2 * self.alike * far:
                yield Issue(
                    self.name,
                    Severity.WARNING if near < self.alike * far else Severity.INFO,
                    f"A convolution runs over columns that are no neighbours: those side by side correlate by "
                    f"{near:.2f}, any two by {far:.2f}.",
                    "Use dense layers for a table.",
                    evidence={"correlation_near": near, "correlation_any": far},
                )

        if {"trial"} & subject.lacking.keys() or not self._is_blind(subject):
            return
        yield Issue(
            self.name,
            Severity.INFO,
            "The network gives the same whatever the order of the positions in a row is.",
            "Where the order matters, as in text and signals, use GRU, LSTM, attention with positions, or Conv1D.",
        )

    def _is_blind(self, subject: Subject) -> bool:
        """Return whether outputs stay when the positions of rows are shuffled: a bag of words."""
        rows = subject.x[:64]
        if rows.ndim not in (2, 3) or rows.shape[1] < 3 or (rows == rows[:, :1]).all():
            return False
        order = np.random.RandomState(0).permutation(rows.shape[1])
        given, shuffled = (subject.trial.outputs(one) for one in (rows, rows[:, order]))
        return bool(np.ptp(given) > 1e-4 * max(np.abs(given).max(), 1e-9) and np.allclose(given, shuffled, rtol=1e-4))

    def _convolves(self, subject: Subject) -> bool:
        sizes = [
            max(layer.kernel_size)
            for layer in subject.layers
            if isinstance(layer, (keras.layers.Conv1D, keras.layers.Conv2D, keras.layers.SeparableConv1D))
        ]
        return bool(sizes) and max(sizes) > 1 and not subject.is_image


def _likeness(features: np.ndarray) -> tuple[float, float] | None:
    """Return mean absolute correlations of columns side by side, and of all; None where rows are no list of columns."""
    if features.ndim != 2 and (features.ndim != 3 or 1 not in features.shape[1:]):
        return None
    values = features[:ROWS].reshape(min(len(features), ROWS), -1).astype(np.float64)
    values = values[:, values.std(axis=0) > 0]
    if values.shape[1] < 4 or len(values) < 30:
        return None
    correlation = np.abs(np.corrcoef(values.T))
    upper = np.triu_indices(len(correlation), 1)
    return float(np.diag(correlation, 1).mean()), float(correlation[upper].mean())


def _flattened(features: np.ndarray) -> tuple[int, int, int] | None:
    """Return the shape of square images of which the columns may be the pixels, row by row; None for other columns.

    Pixels side by side, and those one below the other, must be more alike than those half a row apart, and the latter
    more than those beside them. In a signal likeness falls with distance, or comes again with a period, which is the
    length of such a row by chance only.
    """
    if features.ndim != 2 or len(features) < 30:
        return None
    for channels in CHANNELS:
        side = round(float(np.sqrt(features.shape[1] / channels)))
        if side < SMALLEST or side * side * channels != features.shape[1]:
            continue
        values = features[:ROWS].astype(np.float64)
        beside, half, before, below, after = (
            float(np.abs(values[:, step * channels :] - values[:, : -step * channels]).mean())
            for step in (1, side // 2, side - 1, side, side + 1)
        )
        if max(beside, below) < NEARER * half and below < min(before, after):
            return side, side, channels
    return None
