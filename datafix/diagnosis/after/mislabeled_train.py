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
from datafix.diagnosis.after.wrong_quantities import WrongQuantities, wrong_quantities
from datafix.diagnosis.case import Case
from datafix.report import Issue, Severity

NEAR = 5
GAIN = 6.0
AS_GOOD = 0.03
FEWEST, ONE_SIDED, AS_OFTEN = 12, 0.1, 0.7
"""Wrong labels among the surest rows of one class: their number, share, and this as a share of that of all its rows."""


@dataclass(frozen=True)
class MislabeledTrain:
    """Find training labels that out-of-fold models deny, and how many held-out mistakes they stand beside.

    A mistake is laid to them where one of its five nearest training rows has an unlikely label, and this label was
    predicted; beyond the share of right predictions of which the same holds. Of quantities, the targets that look as if
    they were those of other rows, and what trees gain that learn without them.
    """

    name: ClassVar[str] = "mislabeled_train"
    needs: ClassVar[frozenset[str]] = frozenset({"array", "numbers", "target", "labels", "many_rows"})

    share: float = 0.05
    laid: float = 0.1

    def find(self, case: Case) -> Iterator[Issue]:
        """Yield one issue."""
        yield from self._of_classes(case) if case.is_classification else self._of_quantities(case)

    def _of_quantities(self, case: Case) -> Iterator[Issue]:
        train = case.train
        found = _quantities(case)
        if found is None or found.share < self.share:
            return
        suspect = suspicious(case)
        without = quick.trees(train.matrix[~suspect], train.y[~suspect], "regression").predict(case.test.matrix)
        gain = float(case.forest_loss.mean() - case.test.loss_of(without).mean())
        yield explained(
            case,
            self.name,
            max(gain, 0.0),
            f"Some {found.share:.0%} of the training targets look as if they were those of other rows.",
            "Look at the worst: datafix.RegressionLabelDetector().fit(X, y); as a row step it drops or reweights them. "
            "Look whether rows of features and targets are in step.",
            rows=np.sort(train.index[suspect]),
            table="train",
            evidence={"noise": found.share},
            severity=Severity.ERROR if found.share >= 3 * self.share else Severity.WARNING,
        )

    def _of_classes(self, case: Case) -> Iterator[Issue]:
        train, test = case.train, case.test
        if case.forest_loss.mean() > case.error + AS_GOOD:
            return  # trees that know less than the network
        flagged = noisy(case)
        if flagged.mean() < self.share:
            return
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
            severity=Severity.ERROR if noise >= 3 * self.share and laid >= self.laid else Severity.WARNING,
        )


def is_noise(proba: np.ndarray, y: np.ndarray, flagged: np.ndarray) -> bool:
    """Return whether wrong labels explain what was flagged much better than classes that overlap."""
    noise = label_noise(proba, y, np.flatnonzero(flagged))
    return noise.gain >= GAIN and float(np.median(noise.wrong)) >= LIKELY


def noisy(case: Case) -> np.ndarray:
    """Return which training labels are wrong, where these are no classes that overlap; bool of shape (rows,).

    Of all classes, or of those that are given another label just as often where models are surest of them.
    """
    if "noisy_train" not in case.kept:
        y, flagged = case.train.y, suspicious(case)
        if flagged.any() and not is_noise(case.out_of_fold, y, flagged):
            flagged = flagged & np.isin(case.out_of_fold.argmax(axis=1), _taken_for_others(case.out_of_fold, y))
        case.kept["noisy_train"] = flagged
    known: np.ndarray = case.kept["noisy_train"]
    return known


def _taken_for_others(proba: np.ndarray, y: np.ndarray) -> list[int]:
    """Return classes of which many rows have another label, though none of the other classes' rows have.

    Where classes overlap, models that are surer are right more often; wrong labels stand among the surest rows too.
    """
    believed, sure = proba.argmax(axis=1), proba.max(axis=1)
    wrong = believed != y
    found = []
    for code in np.unique(believed):
        own, others = believed == code, believed != code
        surest = own & (sure >= np.median(sure[own]))
        share, usual = float(wrong[surest].mean()), float(wrong[own].mean())
        if (
            wrong[surest].sum() >= FEWEST
            and share >= max(ONE_SIDED, AS_OFTEN * usual)
            and others.mean() >= ONE_SIDED
            and wrong[others].mean() < share / 3
        ):
            found.append(int(code))
    return found


def suspicious(case: Case) -> np.ndarray:
    """Return which training labels, or targets of a quantity, are likely wrong, bool of shape (rows,)."""
    if case.is_classification:
        return _judged(case)[0]
    found = _quantities(case)
    return np.zeros(len(case.train.y), dtype=bool) if found is None else found.chances > LIKELY


def suspicion(case: Case) -> np.ndarray:
    """Return what out-of-fold models believe the training labels to be."""
    return _judged(case)[1]


def _judged(case: Case) -> tuple[np.ndarray, np.ndarray]:
    if "mislabeled_train" not in case.kept:
        proba = case.out_of_fold
        case.kept["mislabeled_train"] = quick.unlikely_labels(case.train.y, proba), proba.argmax(axis=1)
    known: tuple[np.ndarray, np.ndarray] = case.kept["mislabeled_train"]
    return known


def _quantities(case: Case) -> WrongQuantities | None:
    if "wrong_quantities" not in case.kept:
        case.kept["wrong_quantities"] = wrong_quantities(case.train.y.astype(np.float64), case.out_of_fold)
    known: WrongQuantities | None = case.kept["wrong_quantities"]
    return known
