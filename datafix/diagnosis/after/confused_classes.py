"""Pairs of classes that are taken for each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.diagnosis.after.explained import explained
from datafix.diagnosis.after.mislabeled_test import suspicious
from datafix.diagnosis.after.pictures import confusion, of_rows
from datafix.diagnosis.case import Case
from datafix.report import Issue


@dataclass(frozen=True)
class ConfusedClasses:
    """Find pairs of classes that the network and extra trees take for each other alike: the inputs do not tell them.

    Of three classes or more, pairs that have a third of all mistakes, in both directions.
    """

    name: ClassVar[str] = "confused_classes"
    needs: ClassVar[frozenset[str]] = frozenset(
        {"array", "numbers", "target", "labels", "classes", "mistakes", "many_rows"}
    )

    share: float = 0.33
    fewest: int = 8

    def find(self, case: Case) -> Iterator[Issue]:
        """Yield an issue a pair."""
        test, n = case.test, case.n_classes
        if n < 3:
            return
        trees = case.forest.predict(test.matrix)
        mislabeled = suspicious(case) if case.gives_probabilities else np.zeros(len(test), dtype=bool)
        for one in range(n):
            for other in range(one + 1, n):
                of_pair = np.isin(test.y, (one, other))
                own, theirs = (
                    [(test.y == a) & (predicted == b) for a, b in ((one, other), (other, one))]
                    for predicted in (test.predicted, trees)
                )
                mistakes = (own[0] | own[1]) & ~mislabeled
                # Trees that confuse them half as often show that it is the inputs.
                if (
                    mistakes.sum() < max(self.fewest, self.share * test.wrong.sum())
                    or min(own[0].sum(), own[1].sum()) < 0.15 * mistakes.sum()
                    or (theirs[0] | theirs[1]).sum() < 0.5 * mistakes.sum()
                ):
                    continue
                names = case.class_name(one), case.class_name(other)
                yield explained(
                    case,
                    self.name,
                    float(mistakes.mean()),
                    f"{names[0]} and {names[1]} are taken for each other on {int(mistakes.sum())} of "
                    f"{int(of_pair.sum())} held-out rows, by quick models too: the inputs hardly tell them apart.",
                    "Ask the data's owner what tells them apart, and for that input; or join the classes.",
                    rows=test.index[mistakes],
                    evidence={"classes": list(names), "n_rows": int(mistakes.sum())},
                    figure=of_rows(case, test, np.flatnonzero(mistakes), "Held-out rows, label → prediction")
                    or confusion(case),
                )
