"""Whether the rows come in an order that harms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.diagnosis.subject import Subject
from datafix.report import Issue, Severity

FEWEST_ROWS = 64


@dataclass(frozen=True)
class RowOrder:
    """Find training rows that come one class after the other, or by the size of their target."""

    name: ClassVar[str] = "row_order"
    needs: ClassVar[frozenset[str]] = frozenset({"target", "labels"})

    share: float = 0.25

    def find(self, subject: Subject) -> Iterator[Issue]:
        """Yield a warning for a dataset; an info for prepared rows, which ``fit`` shuffles unless told not to."""
        y = subject.first_labels
        if y is None or len(y) < FEWEST_ROWS:
            return
        y = (y.argmax(axis=1) if y.ndim == 2 and y.shape[1] > 1 else y.reshape(-1)).astype(np.float64)
        near = float(np.abs(np.diff(y)).mean())
        far = float(np.abs(np.diff(np.random.RandomState(0).permutation(y))).mean())
        if near < self.share * far:
            yield Issue(
                self.name,
                Severity.WARNING if subject.in_order else Severity.INFO,
                "Rows come in the order of their labels: unless they are shuffled, each batch knows a class or two, "
                "and unlearns the others.",
                "Shuffle: model.fit(..., shuffle=True), dataset.shuffle(len(table)) before .batch, or "
                "datafix.to_tf_data, which does.",
                evidence={"neighbours_differ_by": near, "by_chance": far},
            )
