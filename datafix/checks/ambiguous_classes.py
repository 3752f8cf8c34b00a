"""Classes that the features do not tell apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar

import numpy as np
from sklearn.metrics import roc_auc_score

from datafix.checks.cross_fitted import CrossFitted, cross_fitted
from datafix.checks.tables import Tables
from datafix.report import Issue, Severity

FEWEST_ROWS = 20
MOST_CLASSES = 50


@dataclass(frozen=True)
class AmbiguousClasses:
    """Find pairs of classes that models confuse as if by chance, where they tell most others apart.

    Among the rows of each two classes, out-of-fold probabilities are scored by the area under the curve: 0.5 is
    chance. A pair counts whose area is below ``area`` where half of all pairs are above ``others``.
    """

    name: ClassVar[str] = "ambiguous_classes"
    needs: ClassVar[frozenset[str]] = frozenset({"features", "classes"})

    area: float = 0.6
    others: float = 0.8

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield a warning for each pair."""
        models = cross_fitted(tables)
        if models is None or not 3 <= models.predicted.shape[1] <= MOST_CLASSES:
            return
        areas = _areas(models)
        if not areas or np.median(list(areas.values())) < self.others:
            return
        codes, names = tables.train.class_codes()
        class_of = {int(k): codes[models.rows[models.y == k][0]] for k in np.unique(models.y)}
        for (a, b), area in areas.items():
            # Where nothing tells two classes apart, areas scatter about a half by so much.
            error = np.sqrt(sum(1 / (12 * (models.y == k).sum()) for k in (a, b)))
            if area + error >= self.area:
                continue
            pair = [str(names[class_of[k]]) for k in (a, b)]
            yield Issue(
                self.name,
                Severity.WARNING,
                f"The features do not tell classes {pair[0]!r} and {pair[1]!r} apart: of a row of each, models pick "
                f"the right one in {area:.0%} of the cases (50% is chance).",
                "Find out how people tell them apart and add what they look at, write down the rule of labelling, or "
                "join the classes.",
                column=tables.train.roles.get("target"),
                rows=np.flatnonzero(np.isin(codes, [class_of[a], class_of[b]])),
                evidence={"classes": pair, "area": area},
            )


def _areas(models: CrossFitted) -> dict[tuple[int, int], float]:
    """Return how well each two classes of enough rows are told apart."""
    counts = np.bincount(models.y)
    areas = {}
    for a, b in combinations(np.flatnonzero(counts >= FEWEST_ROWS).tolist(), 2):
        rows = (models.y == a) | (models.y == b)
        both = models.predicted[rows][:, [a, b]]
        told = (both[:, 0] + 1e-9) / (both.sum(axis=1) + 2e-9)
        areas[a, b] = float(roc_auc_score(models.y[rows] == a, told))
    return areas
