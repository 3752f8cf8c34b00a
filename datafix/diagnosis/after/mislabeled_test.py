"""Errors that are not the model's: wrong labels of held-out rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.checks.cross_fitted import predictions
from datafix.diagnosis import quick
from datafix.diagnosis.after.explained import explained
from datafix.diagnosis.after.mislabeled_train import is_noise
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
            flagged = quick.unlikely_labels(test.y, (own + trees) / 2)
            unlikely = ((own + trees) / 2)[np.arange(len(test)), test.y] < UNLIKELY
            flagged = flagged & unlikely & test.wrong & (trees.argmax(axis=1) == test.predicted)
        if flagged.any() and case.told_apart[0] > APART:
            flagged = np.zeros(len(test), dtype=bool)  # rows from elsewhere are what both models may not know
        if flagged.any() and not is_noise((own + trees) / 2, test.y, flagged):
            flagged = np.zeros(len(test), dtype=bool)  # classes that overlap
        case.kept["mislabeled_test"] = flagged
    known: np.ndarray = case.kept["mislabeled_test"]
    return known
