"""What is asked about after training: a model, its data, and what it predicts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import keras
import numpy as np

from datafix.diagnosis import quick
from datafix.diagnosis.head import head_of
from datafix.diagnosis.losses import CROSS_ENTROPIES, loss_of
from datafix.diagnosis.rows import Rows
from datafix.diagnosis.sampling import subject_of
from datafix.diagnosis.subject import HEAD_ROWS, Subject
from datafix.report import Severity
from datafix.task import Task

FEWEST_ROWS = 20
FEW_OTHERS = 0.8
SEEN = 0.05
GRAVE = 0.1
NOTABLE = 0.05
"""Of accuracy or R² that a cause takes away, for an error and for a warning."""


@dataclass(frozen=True)
class Case:
    """A trained model, what it was trained on, and what it predicts of rows that it has not seen.

    Attributes
    ----------
    model : keras.Model
    prepared : Prepared
    history : dict of str to list, or None
        Loss and metrics by epoch.
    batch_size : int or None
        As far as the history tells it.
    who : str
        Who asks, for errors.
    kept : dict
        What several questions ask for, computed once.
    """

    model: Any
    prepared: Any
    history: dict[str, list[float]] | None = None
    batch_size: int | None = None
    who: str = "diagnose"
    kept: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def subject(self) -> Subject:
        """The trained model beside rows of its training part."""
        return subject_of(self.model, self.prepared, who=self.who)

    @cached_property
    def lacking(self) -> dict[str, str]:
        """What is not there, each with the reason."""
        lacking = dict(self.subject.lacking)
        if not lacking.keys() & {"labels", "target"}:
            y = self.subject.y
            if y.ndim > 1 and not self.is_classification:
                lacking["labels"] = "there are several targets a row"
            elif self.is_classification and y.min() < 0:
                lacking["labels"] = "classes are not numbered from 0"
        if lacking.keys() & {"array", "numbers", "one_output", "fits", "target", "labels"}:
            return lacking
        what = {
            "classes": (self.is_classification, "the target is a quantity"),
            "probabilities": (self.gives_probabilities, "the network gives no probabilities of classes"),
            "quantity": (not self.is_classification, "the target is a class"),
            "validation": (self.validation is not None, "there is no validation part"),
            "history": (bool(self.history and "loss" in self.history), "no history was given"),
            "balanced": (self._is_balanced, "one class has nearly all rows, so that accuracy says little"),
            "all_rows": (
                len(self.train) == len(self.prepared.train),
                f"there are more than {len(self.train):,} training rows, of which only some are looked at",
            ),
            "many_rows": (len(self.test) >= FEWEST_ROWS, f"fewer than {FEWEST_ROWS} held-out rows"),
            "mistakes": (self.error > 0, "no prediction is wrong"),
        }
        return lacking | {name: reason for name, (there, reason) in what.items() if not there}

    @cached_property
    def is_classification(self) -> bool:
        """Whether the target is a class."""
        return self.subject.is_classification

    @property
    def task(self) -> Task:
        """Whether it is a classification or a regression."""
        return "classification" if self.is_classification else "regression"

    @cached_property
    def train(self) -> Rows:
        """Training rows, at most 4,000 by chance."""
        return Rows.of(self, "train")

    @cached_property
    def validation(self) -> Rows | None:
        """The validation part, None where there is none."""
        return None if self.prepared.validation is None else Rows.of(self, "validation")

    @cached_property
    def unseen_validation(self) -> Rows | None:
        """The validation part, None where there is none, or where a twentieth of it or more stands in training."""
        rows = self.validation
        if rows is None:
            return None
        known = {row.tobytes() for row in self.train.matrix}
        return None if np.mean([row.tobytes() in known for row in rows.matrix]) >= SEEN else rows

    @cached_property
    def test(self) -> Rows:
        """Held-out rows: the test part, or where there is none the validation part."""
        return Rows.of(self, "test" if self.prepared.test is not None else "validation")

    @property
    def error(self) -> float:
        """Share of wrong held-out predictions, or squared error in units of the variance."""
        return float(self.test.loss.mean())

    @property
    def error_of_guesses(self) -> float:
        """Error of the most frequent class, or the mean, for all held-out rows."""
        return 1 - quick.chance(self.test.y) if self.is_classification else 1.0

    @property
    def _is_balanced(self) -> bool:
        return not self.is_classification or quick.chance(self.train.y) < FEW_OTHERS

    @cached_property
    def n_classes(self) -> int:
        """How many classes there are."""
        if not self.is_classification:
            return 0
        known = self.prepared.classes_
        return len(known) if known is not None else int(max(self.train.y.max(), self.test.y.max())) + 1

    @property
    def gives_probabilities(self) -> bool:
        """Whether there is an output for each class, or one for two."""
        width = self.train.outputs.shape[1]
        return self.is_classification and (width > 1 or self.n_classes <= 2)

    def class_name(self, code: int) -> str:
        """Return what a class is called."""
        classes = self.prepared.classes_
        return str(code) if classes is None else str(classes[code])

    @cached_property
    def from_logits(self) -> bool:
        """Whether the model gives logits: its loss takes them, and its head does not make probabilities of them.

        Keras' TensorFlow backend finds the logits before a sigmoid or softmax by itself, so that such a head learns.
        """
        loss, from_logits = loss_of(self.model)
        if not from_logits or loss not in CROSS_ENTROPIES:
            return False
        subject = self.subject
        head = head_of(self._given(subject.x[:HEAD_ROWS])) if "trial" in subject.lacking else subject.head
        return head not in ("sigmoid", "softmax")

    @cached_property
    def forest(self) -> Any:
        """Extra trees that learned from the training rows looked at."""
        return quick.trees(self.train.matrix, self.train.y, self.task)

    @cached_property
    def forest_loss(self) -> np.ndarray:
        """What the trees lose on each held-out row."""
        return self.test.loss_of(self.forest.predict(self.test.matrix))

    @cached_property
    def out_of_fold(self) -> np.ndarray:
        """What trees that learned from other training rows say of each: probabilities of classes, or numbers."""
        return quick.out_of_fold(self.train.matrix, self.train.y, self.task, self.n_classes)

    @cached_property
    def out_of_fold_loss(self) -> np.ndarray:
        """What trees that learned from other training rows lose on each training row looked at."""
        said = self.out_of_fold
        return self.train.loss_of(said.argmax(axis=1) if self.is_classification else said)

    @property
    def moved(self) -> float:
        """How many more errors trees make on held-out rows than out of fold in training, at least 0."""
        return max(0.0, float(self.forest_loss.mean() - self.out_of_fold_loss.mean()))

    @cached_property
    def told_apart(self) -> tuple[float, np.ndarray]:
        """How much better than 0.5 trees tell held-out from training rows, and how important each feature is."""
        train, test = self.train.matrix, self.test.matrix
        size = min(len(train), len(test), quick.MOST_ROWS)
        X, y = np.concatenate([train[:size], test[:size]]), np.repeat([0, 1], size)
        right = quick.out_of_fold(X, y, "classification", 2).argmax(axis=1) == y
        return float(right.mean() - 0.5), quick.trees(X, y, "classification").feature_importances_

    @cached_property
    def untrained(self) -> Subject:
        """The model as it was before training, beside the same rows."""
        return replace(self.subject, initial=True, batch_size=self.batch_size, kept={})

    def outputs(self, features: np.ndarray) -> np.ndarray:
        """Return what the model gives for rows, float64 of shape (rows, width), probabilities for classes."""
        outputs = self._given(features)
        if self.is_classification and self.from_logits:
            outputs = np.asarray(
                keras.ops.softmax(outputs) if outputs.shape[1] > 1 else keras.ops.sigmoid(outputs), dtype=np.float64
            )
        return outputs

    def _given(self, features: np.ndarray) -> np.ndarray:
        """Return what the model gives for rows as it is, float64 of shape (rows, width)."""
        return np.concatenate(
            [
                np.asarray(self.model(features[at : at + 1024], training=False), dtype=np.float64)
                for at in range(0, len(features), 1024)
            ]
        ).reshape(len(features), -1)

    def predicted(self, outputs: np.ndarray) -> np.ndarray:
        """Return class codes, or numbers, of shape (rows,)."""
        if not self.is_classification:
            return outputs[:, 0]
        if outputs.shape[1] > 1:
            return outputs.argmax(axis=1)
        known = self.prepared.classes_
        if known is not None and len(known) > 2:  # classes in an order, learned as numbers
            numbers = np.nan_to_num(outputs[:, 0], nan=0.0, posinf=np.inf, neginf=-np.inf)
            return np.clip(np.rint(numbers), 0, len(known) - 1).astype(np.int64)
        return (outputs[:, 0] > 0.5).astype(np.int64)

    def probabilities(self, outputs: np.ndarray) -> np.ndarray:
        """Return a probability for every class, of shape (rows, classes)."""
        if outputs.shape[1] == 1:
            outputs = np.hstack([1 - outputs, outputs])
        clipped = np.clip(np.nan_to_num(outputs), 1e-7, None)
        return np.asarray(clipped / clipped.sum(axis=1, keepdims=True))

    @property
    def score_name(self) -> str:
        """What 1 minus the error is called."""
        return "accuracy" if self.is_classification else "R²"


def severity_of(gain: float) -> Severity:
    """Return how grave a cause is that takes so much of accuracy or R²."""
    return Severity.ERROR if gain >= GRAVE else Severity.WARNING if gain >= NOTABLE else Severity.INFO
