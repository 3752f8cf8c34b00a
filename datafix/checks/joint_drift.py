"""Rows that are distributed differently in test, though no column is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.stats import ks_2samp
from sklearn.metrics import roc_auc_score

from datafix.checks import effect
from datafix.checks.cross_fitted import FOLDS, fitted, folds_of, predictions
from datafix.checks.tables import Tables
from datafix.report import Issue, Severity

MOST_ROWS = 3000
FEWEST_ROWS = 100
MOST_CELLS = 1_000_000
MARGINAL = 0.05
LEVEL = 0.01
MOST_NAMED = 3
N_TREES = 20


@dataclass(frozen=True)
class JointDrift:
    """Find test tables whose rows a model can tell from training rows, by how columns go together.

    Columns that are distributed differently by themselves are left out: another check names them. Extra trees are
    cross-fitted to tell (at most 3,000) rows of both tables apart; the area under their curve must exceed ``area`` by
    its standard error (Hanley and McNeil, Radiology 1982) several times.
    """

    name: ClassVar[str] = "joint_drift"
    needs: ClassVar[frozenset[str]] = frozenset({"features", "test"})

    area: float = 0.6
    errors: float = 4.0

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield a warning."""
        train, test = tables.train, tables.test
        assert test is not None  # it stands in needs
        apart = {train.roles.get("groups"), train.roles.get("time")}
        columns = [
            name
            for name in train.columns
            if name in test.columns and name not in apart and train.kinds[name] == test.kinds[name] != "mixed"
        ]
        random = np.random.RandomState(tables.random_state)
        most = max(FEWEST_ROWS, min(MOST_ROWS, MOST_CELLS // max(len(columns), 1)))
        size = min(train.n_rows, test.n_rows, most)
        if size < FEWEST_ROWS or len(columns) < 2:
            return
        here, there = (np.sort(random.permutation(table.n_rows)[:size]) for table in (train, test))
        X = {
            name: (effect.encoded(train, name)[here], effect.encoded(test, name, like=train)[there]) for name in columns
        }
        columns = [name for name in columns if not _differs(*X[name])]
        if len(columns) < 2:
            return
        values = np.column_stack([np.concatenate(X[name]) for name in columns])
        is_test = np.repeat([0, 1], size)
        units = np.concatenate([train.hashes[here], test.hashes[there]])
        score, weights = _told_apart(values, is_test, folds_of(units, random), tables.random_state)
        error = _error_of_area(score, size)
        if score - self.errors * error < self.area:
            return
        named = [columns[i] for i in np.argsort(-weights, kind="stable")[:MOST_NAMED]]
        yield Issue(
            self.name,
            Severity.WARNING,
            f"Test rows can be told from training rows by how their columns go together, most by "
            f"{', '.join(map(repr, named))}: area under the curve {score:.2f} (standard error {error:.2f}; 0.5 is "
            "chance), though each column by itself is distributed alike.",
            "Find out how the parts were drawn or prepared; a model learned on other rows than it meets is wrong "
            "there.",
            table="test",
            evidence={"area": score, "standard_error": error, "columns": named, "n_rows": 2 * size},
        )


def _differs(here: np.ndarray, there: np.ndarray) -> bool:
    """Tell whether a column by itself is distributed differently: its values, or where it is missing."""
    missing = [np.isnan(part).mean() for part in (here, there)]
    if abs(missing[0] - missing[1]) > MARGINAL:
        return True
    known = [part[~np.isnan(part)] for part in (here, there)]
    if not len(known[0]) or not len(known[1]):
        return True
    statistic, p_value = ks_2samp(*known, method="asymp")
    return bool(statistic > MARGINAL and p_value < LEVEL)


def _told_apart(X: np.ndarray, is_test: np.ndarray, fold: np.ndarray, random_state: int) -> tuple[float, np.ndarray]:
    """Return the area under the curve of out-of-fold probabilities, and the weight of each column."""
    told, weights = np.zeros(len(X)), np.zeros(X.shape[1])
    for k in range(FOLDS):
        learned = fold != k
        if learned.all() or len(np.unique(is_test[learned])) < 2:
            return 0.5, weights
        model = fitted(X[learned], is_test[learned], "classification", random_state, N_TREES)
        told[~learned] = predictions(model, X[~learned], 2, "classification")[:, 1]
        with np.errstate(invalid="ignore"):  # trees whose splits gain nothing share 0 by 0
            weights += np.nan_to_num(model.feature_importances_)
    return float(roc_auc_score(is_test, told)), weights


def _error_of_area(area: float, size: int) -> float:
    one, two = area / (2 - area), 2 * area**2 / (1 + area)
    spread = area * (1 - area) + (size - 1) * (one - area**2) + (size - 1) * (two - area**2)
    return float(np.sqrt(spread) / size)
