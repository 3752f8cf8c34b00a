"""Measured targets that models do not believe."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from datafix.checks.cross_fitted import CrossFitted, cross_fitted, fitted
from datafix.checks.tables import Tables
from datafix.labels.error_chances import are_unlikely, error_chances
from datafix.report import Issue, Severity

WINDOW = 30
FAR = 1.5


@dataclass(frozen=True)
class UnlikelyTargets:
    """Find training rows whose measured target lies much farther from out-of-fold predictions than like rows' do.

    A quick look by extra trees on at most 6,000 rows, and by a ridge and trees that have not learned from what these
    do not believe; the errors are judged as by datafix.RegressionLabelDetector.
    Of heavy tails fewer are far the farther one looks; it is a warning where more lie beyond 1.5 ``times`` the usual
    error than between.
    """

    name: ClassVar[str] = "unlikely_targets"
    needs: ClassVar[frozenset[str]] = frozenset({"features", "target"})

    share: float = 0.005
    skill: float = 0.5
    times: float = 6.0

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield one issue: a warning where models predict well and many targets are far off, else an info."""
        if tables.task != "regression" or (models := cross_fitted(tables)) is None:
            return
        spread = float(np.median(np.abs(models.y - np.median(models.y))))
        first = self._judged(models, models.predicted)
        if not spread or first is None or not first[0].any():
            return
        predicted = _without(models, first[0], tables.random_state)
        if (second := self._judged(models, predicted)) is None:
            return
        flagged, distance, chances = second
        n_far = int((flagged & (distance > FAR * self.times)).sum())
        if not n_far:
            return
        skill = 1 - float(np.median(np.abs(models.y - predicted))) / spread
        apart = 2 * n_far > (distance > self.times).sum() and n_far >= max(3, self.share * len(distance))
        worst = np.flatnonzero(flagged)[np.argsort(chances[flagged], kind="stable")]
        rows = models.rows[worst]
        yield Issue(
            self.name,
            Severity.WARNING if skill >= self.skill and apart else Severity.INFO,
            f"{len(rows)} training row(s) have a target far from what models predict of them, the farthest "
            f"{models.y[worst[0]]:.4g} where {predicted[worst[0]]:.4g} was to be expected.",
            "Look at the worst: datafix.RegressionLabelDetector().fit(X, y); as a row step it drops, relabels or "
            "reweights.",
            column=tables.train.roles.get("target"),
            rows=np.sort(rows),
            evidence={"n_flagged": len(rows), "n_judged": len(models.rows), "skill": skill, "worst_rows": rows[:20]},
        )

    def _judged(self, models: CrossFitted, predicted: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
        """Return which targets are unlikely, how many usual errors each is off, and the chance of that."""
        error = models.y - predicted
        size = np.abs(error)
        if not (typical := float(np.median(size))):
            return None
        scaled = error / np.maximum(_usual(size, predicted), typical / 4)
        scaled -= np.median(scaled)
        distance = np.abs(scaled) / np.median(np.abs(scaled))
        chances = error_chances(scaled)
        return are_unlikely(chances) & (distance > self.times), distance, chances


def _without(models: CrossFitted, left_out: np.ndarray, random_state: int) -> np.ndarray:
    """Return out-of-fold predictions of models that have not learned from some rows: wrong ones mislead of others.

    A ridge regression comes before the trees, which reach no farther than the targets that they have seen.
    """
    linear = make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler(), Ridge(1.0))
    predicted = np.empty(len(models.y))
    for fold in np.unique(models.fold):
        asked = models.fold == fold
        learned = ~asked & ~left_out
        linear.fit(models.X[learned], models.y[learned])
        rest = models.y[learned] - linear.predict(models.X[learned])
        trees = fitted(models.X[learned], rest, "regression", random_state)
        predicted[asked] = linear.predict(models.X[asked]) + trees.predict(models.X[asked])
    return predicted


def _usual(size: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Return the median size of an error among rows of like prediction."""
    order = np.argsort(predicted, kind="stable")
    window = max(WINDOW, len(size) // 20)
    usual = np.empty(len(size))
    usual[order] = pd.Series(size[order]).rolling(window, center=True, min_periods=1).median().to_numpy()
    return usual
