"""Whether the last layer fits the loss and the labels."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.diagnosis.losses import CROSS_ENTROPIES, DISTANCES
from datafix.diagnosis.subject import Subject
from datafix.report import Issue, Severity

BINARY = ("binary_crossentropy", "binary_focal_crossentropy")
ONE_HOT = ("categorical_crossentropy", "categorical_focal_crossentropy")
SPARSE = "sparse_categorical_crossentropy"
RECOVERED = ("binary_crossentropy", "categorical_crossentropy", SPARSE)
"""Losses for which Keras' TensorFlow backend finds the logits before a sigmoid, or a softmax, by itself."""
REACH = {"sigmoid": (0.0, 1.0), "softmax": (0.0, 1.0), "tanh": (-1.0, 1.0), "relu": (0.0, np.inf)}
TWICE = 1e-3
MOST_CODES = 30
OUTSIDE = 0.01
"""Share of targets that a head cannot reach, from which on it is told."""


@dataclass(frozen=True)
class HeadAndLoss:
    """Find a last layer, a loss and labels that cannot work together, mostly in silence.

    The head is known by what it gives, not by the name of a layer; see :func:`datafix.diagnosis.head.head_of`.
    """

    name: ClassVar[str] = "head_and_loss"
    needs: ClassVar[frozenset[str]] = frozenset({"array", "numbers", "fits", "trial", "steppable"})

    def find(self, subject: Subject) -> Iterator[Issue]:
        """Yield an error for each disagreement, a warning for what only learns worse."""
        head, loss, width = subject.head, subject.loss, subject.n_outputs
        if head is None or width is None:
            return
        if width == 1 and head == "softmax":
            yield self._issue(
                "The last layer is softmax over one output: it is 1 for every row.",
                "Use Dense(1, activation='sigmoid') with binary_crossentropy, or as many outputs as classes.",
            )
            return
        yield from self._twice(head, width, subject.extremes)
        yield from self._activation(head, loss, width, subject)
        if "target" not in subject.lacking and "labels" not in subject.lacking:
            yield from self._labels(head, loss, width, subject)

    def _twice(self, head: str, width: int, outputs: np.ndarray) -> Iterator[Issue]:
        """Yield an error for probabilities that are squeezed again: they come near neither 0 nor 1."""
        most = {"sigmoid": 1 / (1 + 1 / math.e), "softmax": math.e / (math.e + width - 1)}.get(head, np.inf)
        least = {"sigmoid": 0.5, "softmax": 1 / (1 + math.e * (width - 1))}.get(head, -np.inf)
        if head in ("sigmoid", "softmax") and outputs.min() > least - TWICE and outputs.max() < most + TWICE:
            yield self._issue(
                f"The last layer squeezes what is squeezed already ({head} after sigmoid or softmax): whatever the "
                f"weights, its outputs lie between {least:.3g} and {most:.3g}.",
                f"Take one of the two activations out; one {head} is enough.",
                {"least": float(least), "most": float(most)},
            )

    def _activation(self, head: str, loss: str, width: int, subject: Subject) -> Iterator[Issue]:
        probabilities = head in ("softmax", "sigmoid")
        activation = "sigmoid" if loss in BINARY else "softmax"
        if loss in CROSS_ENTROPIES and not subject.from_logits and not probabilities and head != "constant":
            told = {"relu": "never below 0 (ReLU?)", "leaky_relu": "bent (leaky ReLU?)"}.get(head, head)
            yield self._issue(
                f"The loss {loss} expects probabilities and the last layer is {told}.",
                f"Give the loss from_logits=True and the layer no activation, or the layer activation='{activation}'.",
            )
        if subject.from_logits and loss in RECOVERED and head == activation:
            yield Issue(
                self.name,
                Severity.WARNING,
                f"The loss {loss} expects logits (from_logits=True) and the last layer is {head}: Keras takes the "
                "logits from before it on TensorFlow, and squeezes twice elsewhere.",
                "Take the activation out of the last layer, or from_logits=True out of the loss.",
            )
        elif loss in CROSS_ENTROPIES and subject.from_logits and head not in ("linear", "constant"):
            yield self._issue(
                f"The loss {loss} expects logits (from_logits=True) and the last layer is {head}.",
                "Take the activation out of the last layer, or from_logits=True out of the loss.",
            )
        if loss in ONE_HOT and width == 1:
            yield self._issue(
                "categorical_crossentropy over one output is 0 for every row: nothing is learned.",
                "Use binary_crossentropy with activation='sigmoid'.",
            )
        if loss == SPARSE and width == 1:
            yield self._issue(
                f"{loss} needs an output for each class, and the last layer has one.",
                "Use binary_crossentropy with activation='sigmoid' for two classes, or an output for each.",
            )
        if loss in (*ONE_HOT, SPARSE) and head == "sigmoid" and width > 1 and not subject.from_logits:
            yield self._issue(
                f"The loss {loss} expects probabilities that add up to 1, and each output is a sigmoid by itself.",
                "Use activation='softmax'; for several labels a row, sigmoid with binary_crossentropy.",
            )

    def _labels(self, head: str, loss: str, width: int, subject: Subject) -> Iterator[Issue]:
        y = subject.y
        low, high = float(y.min()), float(y.max())
        if loss == SPARSE:
            yield from self._codes(y, width, low, high)
        elif loss in ONE_HOT and width > 1:
            yield from self._one_hot(y, width, loss)
        elif loss in BINARY:
            yield from self._binary(y, head, width, low, high, subject)
        elif loss in DISTANCES or loss in ("mean_absolute_percentage_error", "cosine_similarity"):
            yield from self._distance(y, head, loss, width, subject)
        elif loss in ("hinge", "squared_hinge") and head == "sigmoid":
            yield self._issue(
                f"The loss {loss} compares with labels -1 and 1, and the last layer gives 0 to 1.",
                "Use activation='tanh' or none, or binary_crossentropy.",
            )
        elif loss == "mean_absolute_percentage_error" and (y == 0).any():
            yield self._issue("Targets of 0 make a percentage error endless.", "Use mean_absolute_error.")

    def _codes(self, y: np.ndarray, width: int, low: float, high: float) -> Iterator[Issue]:
        if y.ndim == 2:
            yield self._issue(
                f"sparse_categorical_crossentropy needs one class number a row, got labels of shape {y.shape}.",
                "Use categorical_crossentropy for one-hot labels.",
            )
        elif low < 0 or high >= width or not np.array_equal(y, np.round(y)):
            yield self._issue(
                f"Labels go from {low:g} to {high:g} and the last layer has {width} outputs.",
                f"Number the classes 0..{width - 1} (datafix.prepare does), or give the layer {int(high) + 1} outputs.",
            )

    def _one_hot(self, y: np.ndarray, width: int, loss: str) -> Iterator[Issue]:
        if y.ndim == 1 or y.shape[1] != width:
            yield self._issue(
                f"{loss} needs one column a class ({width}), got labels of shape {y.shape}.",
                "Use sparse_categorical_crossentropy for class numbers.",
            )
        elif (np.abs(y.sum(axis=1) - 1) > OUTSIDE).any() or y.min() < 0:
            yield self._issue(
                f"{loss} needs rows of labels that add up to 1, and {int((np.abs(y.sum(axis=1) - 1) > OUTSIDE).sum())} "
                "rows do not.",
                "For several labels a row use sigmoid with binary_crossentropy.",
            )

    def _binary(
        self, y: np.ndarray, head: str, width: int, low: float, high: float, subject: Subject
    ) -> Iterator[Issue]:
        if low < 0 or high > 1:
            yield self._issue(
                f"binary_crossentropy needs labels in [0, 1], got {low:g} to {high:g}.",
                "Number the two classes 0 and 1 (datafix.prepare does); for more classes use "
                "sparse_categorical_crossentropy with an output each."
                if subject.is_classification or _are_codes(y)
                else "A quantity needs mean_squared_error and a last layer without activation.",
            )
        elif width > 1 and y.ndim == 1:
            yield self._issue(
                f"binary_crossentropy compares {width} outputs with one label a row, all with the same.",
                "Use one output, or sparse_categorical_crossentropy with softmax.",
            )
        elif width > 1 and head == "softmax" and not subject.is_classification:
            yield self._issue(
                "The labels have several classes a row, or none, and the outputs of a softmax add up to 1.",
                "Use activation='sigmoid', with binary_crossentropy.",
            )
        elif width > 1 and head == "softmax":
            yield Issue(
                self.name,
                Severity.WARNING,
                f"binary_crossentropy asks {width} yes-or-no questions of a softmax: its accuracy counts each output "
                "by itself and looks high.",
                "Use categorical_crossentropy.",
            )

    def _distance(self, y: np.ndarray, head: str, loss: str, width: int, subject: Subject) -> Iterator[Issue]:
        if width > 1 and y.ndim == 1:
            yield self._issue(
                f"{loss} compares {width} outputs with one number a row.",
                "For classes use sparse_categorical_crossentropy with softmax; for a quantity Dense(1).",
            )
            return
        if subject.is_classification:
            yield Issue(
                self.name,
                Severity.WARNING,
                f"{loss} on classes learns slowly, or not at all where the network is sure and wrong.",
                f"Use {_better(y)}.",
            )
        low, high = REACH.get(head, (-np.inf, np.inf))
        outside = float(((y < low - 1e-6) | (y > high + 1e-6)).mean())
        if outside > OUTSIDE:
            yield self._issue(
                f"The last layer gives {low:g} to {high:g} ({head}), and {outside:.0%} of the targets lie outside.",
                "Take the activation out of the last layer, or scale the target into its range.",
                {"outside": outside},
            )

    def _issue(self, message: str, hint: str, evidence: dict[str, float] | None = None) -> Issue:
        return Issue(self.name, Severity.ERROR, message, hint, evidence=evidence or {})


def _are_codes(y: np.ndarray) -> bool:
    """Return whether labels may be numbers of classes."""
    return bool(np.array_equal(y, np.round(y)) and len(np.unique(y)) <= MOST_CODES)


def _better(y: np.ndarray) -> str:
    """Return the loss and head for classes that were given a distance."""
    if y.ndim == 2:
        return "categorical_crossentropy and softmax"
    n_classes = int(y.max()) + 1
    if n_classes <= 2:
        return "binary_crossentropy and sigmoid"
    return f"Dense({n_classes}, activation='softmax') with sparse_categorical_crossentropy"
