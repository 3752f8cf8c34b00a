"""Wrong training labels near the mistakes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.checks.label_noise import label_noise
from datafix.checks.mislabeled_rows import LIKELY
from datafix.diagnosis import quick
from datafix.diagnosis.after.explained import explained
from datafix.diagnosis.after.pictures import of_rows
from datafix.diagnosis.case import Case
from datafix.report import Issue, Severity

NEAR = 5
GAIN = 6.0
AS_GOOD = 0.03


@dataclass(frozen=True)
class MislabeledTrain:
    """Find training labels that out-of-fold models deny, and how many held-out mistakes they stand beside.

    A mistake is laid to them where one of its five nearest training rows has an unlikely label, and this label was
    predicted; beyond the share of right predictions of which the same holds.
    """

    name: ClassVar[str] = "mislabeled_train"
    needs: ClassVar[frozenset[str]] = frozenset({"array", "numbers", "target", "labels", "classes", "many_rows"})

    share: float = 0.05

    def find(self, case: Case) -> Iterator[Issue]:
        """Yield one issue."""
        train, test = case.train, case.test
        flagged = suspicious(case)
        if case.forest_loss.mean() > case.error + AS_GOOD:
            return  # trees that know less than the network
        if flagged.mean() < self.share or not is_noise(case.out_of_fold, train.y, flagged):
            return  # few, or classes that overlap
        near = quick.nearest(train.matrix, test.matrix, NEAR)
        beside = (flagged[near] & (train.y[near] == test.predicted[:, None])).any(axis=1)
        by_chance = float(beside[~test.wrong].mean()) if (~test.wrong).any() else 0.0
        laid = max(0.0, float(beside[test.wrong].mean()) - by_chance) if test.wrong.any() else 0.0
        noise = float(flagged.mean())
        worst = np.flatnonzero(flagged)
        yield explained(
            case,
            self.name,
            max(laid * case.error, 0.0),
            f"{noise:.0%} of the training labels looked at are unlikely; {laid:.0%} of the mistakes stand beside them.",
            "Drop or relabel them: datafix.prepare(..., row_steps=[datafix.MislabelDetector(action='drop')]).",
            rows=np.sort(train.index[flagged]),
            table="train",
            evidence={"noise": noise, "beside_mistakes": laid},
            figure=of_rows(case, train, worst, "Training rows, label → what models believe", suspicion(case)),
            severity=Severity.ERROR if noise >= 3 * self.share and laid > 0 else Severity.WARNING,
        )


def is_noise(proba: np.ndarray, y: np.ndarray, flagged: np.ndarray) -> bool:
    """Return whether wrong labels explain what was flagged much better than classes that overlap."""
    noise = label_noise(proba, y, np.flatnonzero(flagged))
    return noise.gain >= GAIN and float(np.median(noise.wrong)) >= LIKELY


def suspicious(case: Case) -> np.ndarray:
    """Return which training labels are likely wrong, bool of shape (rows,)."""
    return _judged(case)[0]


def suspicion(case: Case) -> np.ndarray:
    """Return what out-of-fold models believe the training labels to be."""
    return _judged(case)[1]


def _judged(case: Case) -> tuple[np.ndarray, np.ndarray]:
    if "mislabeled_train" not in case.kept:
        proba = case.out_of_fold
        case.kept["mislabeled_train"] = quick.unlikely_labels(case.train.y, proba), proba.argmax(axis=1)
    known: tuple[np.ndarray, np.ndarray] = case.kept["mislabeled_train"]
    return known
