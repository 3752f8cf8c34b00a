"""Groups of rows of which models learn nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.checks.cross_fitted import CrossFitted, cross_fitted
from datafix.checks.tables import Tables
from datafix.columns import factorize
from datafix.report import MOST, Bars, Issue, Severity
from datafix.table import Table

MOST_VALUES = 50


@dataclass(frozen=True)
class WeakGroups:
    """Find groups on which models do no better than to guess, where they do much better on the other rows.

    Groups are the values of a category, and the groups given; ranges of a number are none, since models do err where
    one class passes into another. Models are cross-fitted on all rows. On each group their loss is held against that
    of its most frequent class, or its mean: what is hard to tell everywhere is no weakness of a group. Few rows of a
    group, labels given by other rules, or a spoilt feature are the usual causes.
    """

    name: ClassVar[str] = "weak_groups"
    needs: ClassVar[frozenset[str]] = frozenset({"features", "target"})

    skill: float = 0.4
    as_hard: float = 0.5
    errors: float = 5.0
    fewest_rows: int = 30

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield a warning for the weakest group of each column."""
        models = cross_fitted(tables)
        if models is None:
            return
        lost = models.loss
        for column, label, codes in _groupings(tables.train, models):
            found = self._weakest(codes, lost, models)
            if found is None:
                continue
            code, figures = found
            inside = codes == code
            share = float(inside.mean())
            what = "accuracy" if models.task == "classification" else "R²"
            yield Issue(
                self.name,
                Severity.WARNING,
                f"Models learn nothing of the rows with {label[code]} ({share:.1%} of all): they lose "
                f"{figures['lost']:.2f} there, a guess {figures['guessed']:.2f}; elsewhere they lose "
                f"{figures['lost_elsewhere']:.2f}, a guess {figures['guessed_elsewhere']:.2f}.",
                "Look at these rows: collect more of them, find out whether they were labelled or measured otherwise, "
                "and report scores by group.",
                column=column,
                rows=models.rows[inside],
                evidence={"group": label[code], "share": share, **figures},
                figure=_scores(what, label, codes, lost),
            )

    def _weakest(self, codes: np.ndarray, lost: np.ndarray, models: CrossFitted) -> tuple[int, dict[str, float]] | None:
        weakest: tuple[int, dict[str, float]] | None = None
        for code in np.unique(codes[codes >= 0]).tolist():
            inside, outside = codes == code, (codes != code) & (codes >= 0)
            if min(inside.sum(), outside.sum()) < self.fewest_rows:
                continue
            guessed, guessed_elsewhere = _guessed(models, inside), _guessed(models, outside)
            if guessed <= self.as_hard * guessed_elsewhere or guessed_elsewhere <= 0:
                continue  # nearly all of one class: at the edge between two, not weak
            here, elsewhere = float(lost[inside].mean()), float(lost[outside].mean())
            expected = guessed * elsewhere / guessed_elsewhere
            error = float(lost[inside].std() / np.sqrt(inside.sum()))
            if elsewhere > (1 - self.skill) * guessed_elsewhere or here < guessed:
                continue
            if here - expected > self.errors * max(error, 1e-9) and (
                weakest is None or here / guessed > weakest[1]["lost"] / weakest[1]["guessed"]
            ):
                figures = {"lost": here, "guessed": guessed}
                weakest = code, figures | {"lost_elsewhere": elsewhere, "guessed_elsewhere": guessed_elsewhere}
        return weakest


def _groupings(train: Table, models: CrossFitted) -> Iterator[tuple[str | None, dict[int, str], np.ndarray]]:
    """Yield columns, what their groups are called, and the group of each judged row (-1 none)."""
    if train.groups is not None:
        codes, names = factorize(train.groups)
        if len(names) <= MOST_VALUES:
            yield (
                train.roles.get("groups"),
                {code: f"group {name!s}" for code, name in enumerate(names.tolist())},
                codes[models.rows],
            )
    for column in models.columns:
        figures = train.statistics[column]
        if figures.kind in ("text", "boolean") and 1 < figures.n_unique <= MOST_VALUES:
            codes, uniques = train.factorize(column)
            named = {code: f"{column!r} {value!r}" for code, value in enumerate(uniques.tolist())}
            yield column, named, codes[models.rows]


def _guessed(models: CrossFitted, rows: np.ndarray) -> float:
    """Return what the most frequent class of these rows, or their mean, would lose on them."""
    y = models.y[rows]
    if models.task == "classification":
        return float(1 - np.bincount(y).max() / len(y))
    return float(y.var() / models.y.var())


def _scores(what: str, label: dict[int, str], codes: np.ndarray, lost: np.ndarray) -> Bars:
    scores = {label[code]: float(1 - lost[codes == code].mean()) for code in np.unique(codes[codes >= 0]).tolist()}
    worst = sorted(scores, key=lambda name: scores[name])[:MOST]
    return Bars(
        f"Out-of-fold {what}", tuple(worst), {what: tuple(max(scores[name], 0.0) for name in worst)}, percent=True
    )
