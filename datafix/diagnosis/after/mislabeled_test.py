"""Errors that are not the model's: wrong labels of held-out rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.checks.cross_fitted import predictions
from datafix.diagnosis import quick
from datafix.diagnosis.after.explained import explained
from datafix.diagnosis.after.mislabeled_train import is_noise, noisy
from datafix.diagnosis.after.pictures import of_rows
from datafix.diagnosis.case import Case
from datafix.report import Issue

APART = 0.15
UNLIKELY = 0.2


@dataclass(frozen=True)
class MislabeledTest:
    """Find held-out labels that the network and extra trees, which both learned elsewhere, deny together.

    Confident joint (Northcutt et al., "Confident learning", 2021) of the mean of their probabilities.
    """

    name: ClassVar[str] = "mislabeled_test"
    needs: ClassVar[frozenset[str]] = frozenset(
        {"array", "numbers", "target", "labels", "probabilities", "mistakes", "many_rows"}
    )

    def find(self, case: Case) -> Iterator[Issue]:
        """Yield one issue."""
        flagged = suspicious(case)
        if not flagged.any():
            return
        gain = float(flagged.mean())
        test = case.test
        worst = np.flatnonzero(flagged)
        yield explained(
            case,
            self.name,
            gain,
            f"{int(flagged.sum())} of {int(test.wrong.sum())} wrong held-out predictions are on rows whose label is "
            "likely wrong itself.",
            "Look at these rows with who labelled them; do not tune the network to them.",
            rows=test.index[flagged],
            figure=of_rows(case, test, worst, "Held-out rows, label → prediction"),
        )


def suspicious(case: Case) -> np.ndarray:
    """Return which held-out labels are likely wrong, bool of shape (rows,); computed once."""
    if "mislabeled_test" not in case.kept:
        test = case.test
        trees = predictions(case.forest, test.matrix, case.n_classes, "classification")
        own = case.probabilities(test.outputs)
        flagged = np.zeros(len(test), dtype=bool)
        if own.shape == trees.shape and 1 - case.forest_loss.mean() > quick.chance(test.y):
            proba, expected = (own + trees) / 2, _expected(case, trees)
            unlikely = proba[np.arange(len(test)), test.y] < UNLIKELY + expected
            flagged = quick.unlikely_labels(test.y, proba) & unlikely
            flagged = flagged & test.wrong & (trees.argmax(axis=1) == test.predicted)
            if flagged.any() and not is_noise(proba, test.y, flagged):
                flagged = flagged & (expected > 0)  # classes that overlap
        if flagged.any() and case.told_apart[0] > APART:
            flagged = np.zeros(len(test), dtype=bool)  # rows from elsewhere are what both models may not know
        case.kept["mislabeled_test"] = flagged
    known: np.ndarray = case.kept["mislabeled_test"]
    return known


def _expected(case: Case, trees: np.ndarray) -> np.ndarray:
    """Return the share of wrong labels for what the network predicts, where training labels are as often wrong.

    Models that learned from wrong labels believe no right one surely. Where held-out labels are right, they have no
    share of wrong ones like that of training, and nothing is expected.
    """
    wrong, believed = noisy(case), case.out_of_fold.argmax(axis=1)
    test, expected = case.test, np.zeros(len(trees))
    for code in np.unique(believed[wrong]):
        rate = float(wrong[believed == code].mean())
        agreed = (test.predicted == code) & (trees.argmax(axis=1) == code)
        if agreed.any() and float((test.y[agreed] != code).mean()) > rate / 2:
            expected[test.predicted == code] = min(rate, 0.5 - UNLIKELY)
    return expected
