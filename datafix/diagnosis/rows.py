"""Rows of one part beside what is predicted of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from datafix.diagnosis import quick
from datafix.diagnosis.sampling import dense

if TYPE_CHECKING:
    from datafix.diagnosis.case import Case

MOST_ROWS = 4000


@dataclass(frozen=True)
class Rows:
    """Prepared rows of a part, the true target, and the model's answers.

    Attributes
    ----------
    part : {"train", "validation", "test"}
    at : int64 ndarray of shape (rows,)
        Positions in the part.
    index : int64 ndarray of shape (rows,)
        Positions in the table given to ``prepare``; -1 for rows that were made.
    features : ndarray of shape (rows, ...)
    labels : ndarray of shape (rows,) or (rows, outputs)
        The target as the loss is given it.
    y : ndarray of shape (rows,)
        Class codes, or numbers.
    outputs : float64 ndarray of shape (rows, width)
    predicted : ndarray of shape (rows,)
    loss : float64 ndarray of shape (rows,)
        1 for each wrong class, or squared error in units of the training target's variance.
    variance : float
        Of the training target; 1 for classes.
    sample_weight : float32 ndarray of shape (rows,), or None
    """

    part: str
    at: np.ndarray
    index: np.ndarray
    features: np.ndarray
    labels: np.ndarray
    y: np.ndarray
    outputs: np.ndarray
    predicted: np.ndarray
    loss: np.ndarray
    variance: float
    sample_weight: np.ndarray | None = None

    @classmethod
    def of(cls, case: Case, name: str, *, at: np.ndarray | None = None) -> Rows:
        """Take rows of a part, or at most 4,000 by chance of those with any weight, and ask the model."""
        part = getattr(case.prepared, name)
        weight = None if part.sample_weight is None else np.asarray(part.sample_weight, dtype=np.float32)
        if at is None:
            counted = np.arange(len(part)) if weight is None or not weight.any() else np.flatnonzero(weight)
            at = np.sort(np.random.RandomState(0).permutation(counted)[:MOST_ROWS])
        features = dense(part.features.iloc[at] if hasattr(part.features, "iloc") else part.features[at])
        features = features.astype(np.float32) if features.dtype.kind == "f" else features
        labels = np.asarray(part.target)[at]
        labels = labels.astype(np.float32) if labels.dtype.kind == "f" else labels
        y, variance = _target(labels, case), 1.0
        if not case.is_classification:
            variance = max(float(_target(np.asarray(case.prepared.train.target), case).var()), 1e-12)
        outputs = case.outputs(features)
        predicted = case.predicted(outputs)
        loss = _loss(y, predicted, variance, is_classification=case.is_classification)
        index, weight = np.asarray(part.index)[at], None if weight is None else weight[at]
        return cls(name, at, index, features, labels, y, outputs, predicted, loss, variance, weight)

    def __len__(self) -> int:
        return len(self.y)

    @property
    def error(self) -> float:
        """Mean of the loss."""
        return float(self.loss.mean())

    @property
    def is_classification(self) -> bool:
        """Whether the target is a class."""
        return self.y.dtype.kind == "i"

    @cached_property
    def matrix(self) -> np.ndarray:
        """The features as a matrix for quick models, missing ones as 0."""
        return quick.flat(self.features)

    @cached_property
    def wrong(self) -> np.ndarray:
        """Which predictions are wrong: another class, or a tenth of the variance or more beyond the target."""
        return self.loss > 0.1

    def loss_of(self, predicted: np.ndarray) -> np.ndarray:
        """Return what other predictions of these rows lose."""
        return _loss(self.y, predicted, self.variance, is_classification=self.is_classification)


def _target(target: np.ndarray, case: Case) -> np.ndarray:
    if target.ndim == 2 and case.is_classification and target.shape[1] > 1:
        return target.argmax(axis=1).astype(np.int64)
    target = target.reshape(len(target), -1)[:, 0]
    return target.astype(np.int64) if case.is_classification else target.astype(np.float64)


def _loss(y: np.ndarray, predicted: np.ndarray, variance: float, *, is_classification: bool) -> np.ndarray:
    if is_classification:
        return (predicted != y).astype(np.float64)
    return np.nan_to_num((predicted - y) ** 2 / variance, nan=1e6, posinf=1e6)
