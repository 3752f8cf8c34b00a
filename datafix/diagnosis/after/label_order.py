"""Whether predictions and labels speak of the same rows and classes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.diagnosis.after import mislabeled_test
from datafix.diagnosis.after.explained import explained
from datafix.diagnosis.after.restoring import SIMPLER, features_restored, labels_restored
from datafix.diagnosis.case import Case
from datafix.diagnosis.rows import Rows
from datafix.report import Issue

ALIKE = 0.1
"""How much better than 0.5 trees may tell parts apart whose features are alike."""


@dataclass(frozen=True)
class LabelOrder:
    """Find labels that were encoded otherwise than in training, rows out of step, and targets in another unit.

    The evidence is counterfactual: the labels are exchanged, moved or converted, and the error is counted again.
    """

    name: ClassVar[str] = "label_order"
    needs: ClassVar[frozenset[str]] = frozenset({"array", "numbers", "target", "labels", "mistakes", "many_rows"})

    least: float = 0.1
    errors: float = 4.0

    def find(self, case: Case) -> Iterator[Issue]:
        """Yield what restores most of the held-out predictions."""
        if case.error - case.train.error < self.least:
            return  # it is not only on held-out rows
        found, rival = labels_restored(case), features_restored(case)
        if rival is not None and rival.shown and (found is None or rival.gain > found.gain - SIMPLER):
            return  # the features say themselves that it is they
        if found is None:
            yield from self._out_of_order(case)
        else:
            yield explained(
                case,
                self.name,
                found.gain,
                f"The held-out predictions are right of other labels: {found.words}, the {case.score_name} rises from "
                f"{1 - case.error:.2f} to {1 - case.error + found.gain:.2f}.",
                found.hint,
            )

    def _out_of_order(self, case: Case) -> Iterator[Issue]:
        """Yield an issue where what holds on validation rows doesn't on test rows, though their features are alike."""
        home, test = case.unseen_validation, case.test
        if home is None or test.part != "test":
            return
        gap = test.error - home.error
        error = float(np.hypot(test.loss.std() / np.sqrt(len(test)), home.loss.std() / np.sqrt(len(home))))
        if gap < max(self.least, self.errors * error) or case.told_apart[0] > ALIKE or case.moved < gap / 2:
            return
        if case.is_classification and mislabeled_test.suspicious(case).mean() > gap / 2:
            return  # single labels are wrong
        by_chance = test.error > _error_by_chance(test) - 3 * float(test.loss.std()) / np.sqrt(len(test))
        yield explained(
            case,
            self.name,
            gap,
            (
                "The test labels do not belong to their rows"
                if by_chance
                else "What was learned does not hold of test rows"
            )
            + f": the {case.score_name} is {1 - home.error:.2f} on validation rows and {1 - test.error:.2f} on test "
            "rows, whose features are alike; extra trees lose as much. "
            + (
                "Their predictions are right no more often than by chance."
                if by_chance
                else "Either many test labels belong to other rows, or another rule holds there."
            ),
            "Look whether test labels were sorted, shuffled or encoded apart from their features"
            + ("." if by_chance else ", and whether the rule has changed since: datafix.audit(train, test=test)."),
            evidence={"validation": 1 - home.error, "test": 1 - test.error},
        )


def _error_by_chance(test: Rows) -> float:
    """Return the error of the same predictions for other rows."""
    random = np.random.RandomState(0)
    return float(np.mean([test.loss_of(random.permutation(test.predicted)).mean() for _ in range(20)]))
