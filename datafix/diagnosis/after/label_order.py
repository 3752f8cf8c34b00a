"""Whether predictions and labels speak of the same rows and classes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.optimize import linear_sum_assignment

from datafix.diagnosis.after import mislabeled_test
from datafix.diagnosis.after.explained import explained
from datafix.diagnosis.case import Case
from datafix.diagnosis.rows import Rows
from datafix.report import Issue

RESTORED = 0.6
"""Share of the distance between held-out and training error that the exchange must take away."""
ALIKE = 0.1
"""How much better than 0.5 trees may tell parts apart whose features are alike."""
SHIFTS = tuple(shift for shift in range(-5, 6) if shift)


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
        test = case.test
        if case.error - case.train.error < self.least:
            return  # it is not only on held-out rows
        ways = list(_shifted(test)) + list(_exchanged(case) if case.is_classification else _converted(test))
        judged = []
        for told, hint, lost in ways:
            gains = test.loss - lost
            gain, error = float(gains.mean()), float(gains.std() / np.sqrt(len(gains)))
            if gain > max(self.least, self.errors * error, RESTORED * (case.error - case.train.error)):
                judged.append((gain, told, hint))
        if not judged:
            yield from self._out_of_order(case)
        else:
            gain, told, hint = max(judged)
            yield explained(
                case,
                self.name,
                gain,
                f"The held-out predictions are right of other labels: {told}, the {case.score_name} rises from "
                f"{1 - case.error:.2f} to {1 - case.error + gain:.2f}.",
                hint,
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


def _shifted(test: Rows) -> Iterator[tuple[str, str, np.ndarray]]:
    for shift in SHIFTS:
        lost = test.loss_of(np.roll(test.predicted, shift))
        yield (
            f"with predictions moved by {shift} row(s)",
            "Pair rows by an id, not by position, and feed held-out rows unshuffled.",
            lost,
        )


def _exchanged(case: Case) -> Iterator[tuple[str, str, np.ndarray]]:
    """Yield the exchange of classes that half of the rows ask for, judged on the other half."""
    test, n = case.test, case.n_classes
    lost = test.loss.copy()
    told = {}
    for asked in (0, 1):
        half = np.arange(len(test)) % 2 == asked
        counts = np.zeros((n, n))
        known = (test.predicted < n) & (test.y < n) & half
        np.add.at(counts, (test.predicted[known], test.y[known]), 1)
        order = linear_sum_assignment(-counts)[1]
        if (order == np.arange(n)).all():
            return
        moved = np.where(test.predicted < n, order[np.minimum(test.predicted, n - 1)], test.predicted)
        lost[~half] = test.loss_of(moved)[~half]
        told = {code: int(to) for code, to in enumerate(order.tolist()) if code != to and counts[code, to] > 0}
    names = ", ".join(f"{case.class_name(code)} → {case.class_name(to)}" for code, to in list(told.items())[:5])
    yield (
        f"with classes exchanged ({names}{', …' if len(told) > 5 else ''})",
        "Number the classes once, on the training rows: prepared.classes_ has them in their order.",
        lost,
    )


def _converted(test: Rows) -> Iterator[tuple[str, str, np.ndarray]]:
    """Yield predictions brought to the targets' unit by a line, fitted on every other row."""
    converted = test.predicted.astype(np.float64).copy()
    for asked in (0, 1):
        half = np.arange(len(test)) % 2 == asked
        if np.ptp(test.predicted[half]) == 0 or not np.isfinite(test.predicted).all():
            return
        slope, intercept = np.polyfit(test.predicted[half], test.y[half], 1)
        if 0.8 < slope < 1.25:
            return
        converted[~half] = slope * test.predicted[~half] + intercept
    if np.corrcoef(converted, test.y)[0, 1] < 0.7:
        return
    yield (
        f"times {slope:.3g} plus {intercept:.3g}",
        "Bring predictions back to the target's unit: prepared.target_transformer.inverse_transform.",
        test.loss_of(converted),
    )
