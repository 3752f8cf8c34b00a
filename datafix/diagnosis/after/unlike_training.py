"""Held-out rows unlike any training row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.diagnosis import quick
from datafix.diagnosis.after.explained import explained
from datafix.diagnosis.after.pictures import of_rows
from datafix.diagnosis.case import Case
from datafix.report import Issue

NEAR = 5


@dataclass(frozen=True)
class UnlikeTraining:
    """Find held-out rows farther from all training rows than 99 % of these are from each other, and their errors.

    Distances are means to the five nearest training rows, columns in units of their spread (Ramaswamy et al.,
    "Efficient algorithms for mining outliers", 2000).
    """

    name: ClassVar[str] = "unlike_training"
    needs: ClassVar[frozenset[str]] = frozenset({"array", "numbers", "target", "labels", "mistakes", "many_rows"})

    quantile: float = 0.99
    fewest: int = 5

    def find(self, case: Case) -> Iterator[Issue]:
        """Yield an issue where these rows have more errors than the others, and are more than chance allows."""
        train, test = case.train, case.test
        among, away = quick.distances(train.matrix, test.matrix, NEAR)
        far = away > np.quantile(among, self.quantile) * 1.1
        expected = (1 - self.quantile) * len(test)
        if far.sum() < max(self.fewest, expected + 4 * np.sqrt(expected)) or far.all():
            return
        here, elsewhere = float(test.loss[far].mean()), float(test.loss[~far].mean())
        error = float(test.loss[far].std() / np.sqrt(far.sum()))
        if here - elsewhere < 3 * error:
            return
        yield explained(
            case,
            self.name,
            (here - elsewhere) * float(far.mean()),
            f"{int(far.sum())} of {len(test)} held-out rows are unlike every training row: error {here:.2f} on them, "
            f"{elsewhere:.2f} on the others.",
            "Collect training rows like these, or refuse to predict them; datafix.audit(train, test=test) names the "
            "columns.",
            rows=test.index[far],
            evidence={"n_rows": int(far.sum()), "error_there": here, "error_elsewhere": elsewhere},
            figure=of_rows(case, test, np.flatnonzero(far)[np.argsort(-away[far])], "Held-out rows, farthest first"),
        )
