"""Whether the last layer fits the loss and the labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.diagnosis.subject import Subject
from datafix.report import Issue, Severity

PROBABILITY_LOSSES = ("binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy")


@dataclass(frozen=True)
class HeadAndLoss:
    """Find a last layer, a loss and labels that cannot work together, mostly in silence."""

    name: ClassVar[str] = "head_and_loss"

    def find(self, subject: Subject) -> Iterator[Issue]:
        """Yield an error for each disagreement."""
        head, loss, width = subject.head, subject.loss, subject.n_outputs
        if head == "softmax" and width == 1:
            yield self._issue(
                "The last layer is softmax over one output: it is 1 for every row.",
                "Use Dense(1, activation='sigmoid') with binary_crossentropy, or as many outputs as classes.",
            )
        if loss in PROBABILITY_LOSSES and not subject.from_logits and head not in ("softmax", "sigmoid"):
            yield self._issue(
                f"The loss {loss} expects probabilities and the last layer is {head}.",
                "Give the loss from_logits=True, or the layer activation='softmax' ('sigmoid' for one output).",
            )
        if loss in PROBABILITY_LOSSES and subject.from_logits and head in ("softmax", "sigmoid"):
            yield self._issue(
                f"The loss {loss} expects logits (from_logits=True) and the last layer is {head}.",
                "Take the activation out of the last layer, or from_logits=True out of the loss.",
            )
        if loss == "categorical_crossentropy" and head == "sigmoid" and width == 1:
            yield self._issue(
                "categorical_crossentropy over one output is 0 for every row: nothing is learned.",
                "Use binary_crossentropy.",
            )
        if subject.target is not None and width is not None:
            yield from self._labels(loss, width, subject.target)

    def _labels(self, loss: str, width: int, target: np.ndarray) -> Iterator[Issue]:
        low, high = float(target.min()), float(target.max())
        if loss == "sparse_categorical_crossentropy" and (low < 0 or high >= width):
            yield self._issue(
                f"Labels go from {low:g} to {high:g} and the last layer has {width} outputs.",
                f"Number the classes 0..{width - 1} (datafix.prepare does), or give the layer {int(high) + 1} outputs.",
            )
        if loss == "binary_crossentropy" and (low < 0 or high > 1):
            yield self._issue(
                f"binary_crossentropy needs labels in [0, 1], got {low:g} to {high:g}.",
                "Number the two classes 0 and 1 (datafix.prepare does); for more classes use "
                "sparse_categorical_crossentropy with an output each.",
            )
        if loss == "categorical_crossentropy" and (target.ndim == 1 or target.shape[1] != width) and width > 1:
            yield self._issue(
                f"categorical_crossentropy needs one column a class ({width}), got labels of shape {target.shape}.",
                "Use sparse_categorical_crossentropy for class numbers.",
            )
        whole = np.array_equal(target, np.round(target))
        if loss in ("mean_squared_error", "mse") and width > 1 and target.ndim == 1 and whole:
            yield self._issue(
                f"mean_squared_error compares {width} outputs with one class number.",
                "For classes use sparse_categorical_crossentropy with softmax.",
            )

    def _issue(self, message: str, hint: str) -> Issue:
        return Issue(self.name, Severity.ERROR, message, hint)
