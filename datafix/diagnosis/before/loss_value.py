"""Whether the loss can be computed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.diagnosis.subject import Subject
from datafix.report import Issue, Severity

ROWS = 64


@dataclass(frozen=True)
class LossValue:
    """Find outputs and labels of which Keras refuses to compute the loss, or compares each with each.

    Labels of shape (rows,) and outputs of shape (rows, 1) make a matrix of (rows, rows) in a loss of one's own that
    subtracts them: the same labels then lose otherwise as a column.
    """

    name: ClassVar[str] = "loss_value"
    needs: ClassVar[frozenset[str]] = frozenset({"array", "numbers", "target", "labels", "fits", "trial", "steppable"})

    tolerance: float = 1e-3

    def find(self, subject: Subject) -> Iterator[Issue]:
        """Yield an error."""
        if subject.loss_error is None:
            yield from self._spread_out(subject)
        else:
            yield Issue(
                self.name,
                Severity.ERROR,
                f"The loss of these labels cannot be computed: {subject.loss_error}",
                "Bring the shapes of outputs and labels together; see the other findings.",
            )

    def _spread_out(self, subject: Subject) -> Iterator[Issue]:
        rows, labels = subject.x[:ROWS], subject.labels[:ROWS]
        if subject.n_outputs != 1 or labels.ndim != 1 or len(np.unique(labels)) < 2:
            return
        given, column = subject.trial.loss(rows, labels), subject.trial.loss(rows, labels[:, None])
        if abs(given - column) > self.tolerance * max(abs(given), abs(column)):
            yield Issue(
                self.name,
                Severity.ERROR,
                f"The loss compares each output with each label: of labels of shape (rows,) it is {given:.4g}, of the "
                f"same as a column (rows, 1) {column:.4g}.",
                "Give the labels as a column, y[:, None], or squeeze the outputs in the loss.",
                evidence={"loss": given, "loss_of_column": column},
            )
