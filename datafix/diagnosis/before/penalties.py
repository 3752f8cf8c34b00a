"""Whether the weights' penalties leave anything to the labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from datafix.diagnosis.subject import Subject
from datafix.report import Issue, Severity

ROWS = 256


@dataclass(frozen=True)
class Penalties:
    """Find regularisers whose penalty is many times the loss of the labels: training then makes weights 0."""

    name: ClassVar[str] = "penalties"
    needs: ClassVar[frozenset[str]] = frozenset(
        {"array", "numbers", "target", "labels", "fits", "trial", "steppable", "computable"}
    )

    most: float = 10.0

    def find(self, subject: Subject) -> Iterator[Issue]:
        """Yield a warning."""
        pairs = zip(subject.model.trainable_variables, subject.trial.weights, strict=True)
        terms = {one.path: float(one.regularizer(weight)) for one, weight in pairs if one.regularizer is not None}
        penalty = sum(terms.values())
        if penalty <= 0:
            return
        labels = subject.trial.loss(subject.x[:ROWS], subject.labels[:ROWS]) - penalty
        if penalty > self.most * labels > 0:
            yield Issue(
                self.name,
                Severity.WARNING,
                f"The penalties of the weights (regularizers) are {penalty:.3g}, the loss of the labels {labels:.3g}: "
                "training makes the weights 0 before it learns.",
                f"Divide their factors by {penalty / labels:.0f} or more (1e-4 is a usual l2), the largest first: "
                f"{max(terms, key=lambda path: terms[path])}.",
                evidence={"penalty": penalty, "loss": labels},
            )
