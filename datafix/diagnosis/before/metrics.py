"""Whether the metrics can show a failure."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from datafix.diagnosis.losses import DISTANCES
from datafix.diagnosis.subject import Subject
from datafix.report import Issue, Severity

ACCURACIES = ("accuracy", "acc", "binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy")


@dataclass(frozen=True)
class Metrics:
    """Find metrics that hide how a network fails: accuracy of a quantity, of a rare class, or of another form of label.

    Where one class has nearly all rows, a network that knows no other one has a high accuracy.
    """

    name: ClassVar[str] = "metrics"
    needs: ClassVar[frozenset[str]] = frozenset({"array", "target", "labels", "fits", "trial"})

    share: float = 0.9
    nearly_all: float = 0.95

    def find(self, subject: Subject) -> Iterator[Issue]:
        """Yield a warning, where one class has less than 95 % of the rows an info."""
        names = metric_names(subject.model)
        accuracies = [name for name in names if name in ACCURACIES]
        if not accuracies:
            return
        if subject.loss in DISTANCES and not subject.is_classification:
            yield Issue(
                self.name,
                Severity.WARNING,
                f"The metric {accuracies[0]} counts targets that are met exactly: of a quantity it stays near 0.",
                "Use metrics=['mae'], or keras.metrics.R2Score().",
            )
            return
        width, one_hot = subject.n_outputs or 1, subject.y.ndim == 2
        wrong = {"binary_accuracy": width > 1 and subject.head == "softmax"}
        wrong |= {"categorical_accuracy": not one_hot and width > 1, "sparse_categorical_accuracy": one_hot}
        for name in accuracies:
            if wrong.get(name, False):
                yield Issue(
                    self.name,
                    Severity.WARNING,
                    f"The metric {name} does not fit labels of shape {subject.y.shape} and {width} output(s).",
                    "Use metrics=['accuracy'], which Keras resolves by their shapes.",
                )
        if subject.is_classification and set(names) <= {*ACCURACIES, "loss"}:
            share = float(np.bincount(subject.codes - subject.codes.min()).max() / len(subject.codes))
            if share >= self.share:
                yield Issue(
                    self.name,
                    Severity.WARNING if share >= self.nearly_all else Severity.INFO,
                    f"{share:.1%} of the rows have one class: a network that gives no other has that accuracy too.",
                    "Look at keras.metrics.AUC(curve='PR'), Recall and F1Score; datafix.diagnose tells the recall of "
                    "each class.",
                    evidence={"share": share},
                )


def metric_names(model: Any) -> list[str]:
    """Return the names of the metrics that a model was compiled with."""
    with warnings.catch_warnings():
        # Keras warns of saving a lambda, and nothing is saved.
        warnings.filterwarnings("ignore", message=r"(?s).*includes a `lambda`")
        config = model.get_compile_config() or {}
    names = []
    for metric in _flat([config.get("metrics"), config.get("weighted_metrics")]):
        if isinstance(metric, str):
            names.append(metric)
        elif isinstance(metric, dict):
            inner = metric.get("config")
            names.append(inner.get("name", "") if isinstance(inner, dict) else str(inner))
    return names


def _flat(given: Any) -> Iterator[Any]:
    if isinstance(given, (list, tuple)):
        for one in given:
            yield from _flat(one)
    elif isinstance(given, dict) and "class_name" not in given:
        for one in given.values():
            yield from _flat(one)
    elif given is not None:
        yield given
