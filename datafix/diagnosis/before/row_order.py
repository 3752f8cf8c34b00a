"""Whether the rows come in an order that harms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.diagnosis.subject import Subject
from datafix.report import Issue, Severity


@dataclass(frozen=True)
class RowOrder:
    """Find datasets that give the classes one after the other."""

    name: ClassVar[str] = "row_order"
    needs: ClassVar[frozenset[str]] = frozenset({"order", "target", "labels"})

    share: float = 0.25

    def find(self, subject: Subject) -> Iterator[Issue]:
        """Yield a warning."""
        y = subject.y if subject.y.ndim == 1 else subject.y.argmax(axis=1)
        if len(y) < 64:
            return
        y = y.astype(np.float64)
        near = float(np.abs(np.diff(y)).mean())
        far = float(np.abs(np.diff(np.random.RandomState(0).permutation(y))).mean())
        if near < self.share * far:
            yield Issue(
                self.name,
                Severity.WARNING,
                "Rows come in the order of their labels: each batch knows a class or two, and unlearns the others.",
                "Shuffle: dataset.shuffle(len(table)) before .batch, or datafix.to_tf_data, which does.",
                evidence={"neighbours_differ_by": near, "by_chance": far},
            )
