"""Whether the inputs say anything of the labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.diagnosis.quick import flat, scores_of
from datafix.diagnosis.subject import Subject
from datafix.report import Issue, Severity

SHIFTS = (-3, -2, -1, 1, 2, 3)


@dataclass(frozen=True)
class UnrelatedLabels:
    """Find labels that the inputs do not explain better than shuffled ones: rows out of step, or no signal.

    Extra trees are cross-fitted on at most 1,500 rows, with the labels as they are and shuffled; then with labels
    shifted by up to three rows, for which the rows must come in their order.
    """

    name: ClassVar[str] = "unrelated_labels"
    needs: ClassVar[frozenset[str]] = frozenset({"array", "numbers", "target", "labels"})

    errors: float = 3.0
    telling: float = 0.1
    fewest_rows: int = 100

    def find(self, subject: Subject) -> Iterator[Issue]:
        """Yield an error where a shift restores them, else a warning."""
        if subject.looks_up:  # ids are names, and their numbers tell trees nothing
            return
        y = subject.codes if subject.is_classification else subject.y
        if len(y) < self.fewest_rows or y.ndim != 1 or len(np.unique(y)) < 2:
            return
        X, task = flat(subject.features), subject.task
        score, chance, error = scores_of(X, y, task)
        if score > chance + min(self.errors * error, self.telling):
            return
        if subject.in_order:
            for shift in SHIFTS:
                shifted, _, _ = scores_of(X, np.roll(y, shift), task)
                if shifted > chance + 4 * self.errors * error:
                    yield self._issue(Severity.ERROR, score, chance, f"shifted by {shift} row(s): {shifted:.2f}")
                    return
        yield self._issue(Severity.WARNING, score, chance, "")

    def _issue(self, severity: Severity, score: float, chance: float, told: str) -> Issue:
        return Issue(
            self.name,
            severity,
            f"The inputs tell nothing of the labels: a quick model scores {score:.2f}, with shuffled labels "
            f"{chance:.2f}" + (f"; with labels {told}." if told else "."),
            "Look whether rows of features and labels are in step (sorted, filtered or shuffled apart), before any "
            "network.",
            evidence={"score": score, "by_chance": chance},
        )
