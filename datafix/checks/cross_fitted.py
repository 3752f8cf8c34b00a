"""What quick models say of training rows that they have not learned from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

from datafix.checks import effect
from datafix.checks.tables import Tables
from datafix.columns import factorize
from datafix.task import Task

MOST_ROWS = 6000
FEWEST_ROWS = 50
MOST_CELLS = 3_000_000
"""Of features, and of probabilities."""
FOLDS = 3
N_TREES = 40


@dataclass(frozen=True)
class CrossFitted:
    """Training rows, and what models of the other folds predict of them.

    Attributes
    ----------
    rows : int64 ndarray of shape (rows,)
        Positions in train: at most 6,000, by chance.
    X : float64 ndarray of shape (rows, columns)
        Of ``columns``: numbers, and categories as codes.
    columns : list of str
    y : ndarray of shape (rows,)
        Class codes (int64) or numbers.
    fold : int64 ndarray of shape (rows,)
        Equal rows, and rows of one group, are in one fold.
    models : list
        One a fold, of the other folds' rows.
    predicted : float64 ndarray of shape (rows, classes) or (rows,)
        Out-of-fold probabilities, or numbers.
    task : {"classification", "regression"}
    """

    rows: np.ndarray
    X: np.ndarray
    columns: list[str]
    y: np.ndarray
    fold: np.ndarray
    models: list[Any]
    predicted: np.ndarray
    task: Task

    @property
    def loss(self) -> np.ndarray:
        """What is lost on each row: see :func:`loss`."""
        return loss(self.y, self.predicted, self.task)


def cross_fitted(tables: Tables) -> CrossFitted | None:
    """Return the out-of-fold predictions of extra trees; None for fewer than 50 rows with a label, or one class.

    Several checks ask for the same, so that it is computed once.
    """
    if "cross_fitted" not in tables.kept:
        tables.kept["cross_fitted"] = _cross_fitted(tables)
    known: CrossFitted | None = tables.kept["cross_fitted"]
    return known


def loss(y: np.ndarray, predicted: np.ndarray, task: Task) -> np.ndarray:
    """Return 1 for each wrong class, or squared errors in units of the target's variance; float64 of shape (rows,)."""
    if task == "classification":
        return (predicted.argmax(axis=1) != y).astype(np.float64)
    return np.asarray((predicted - y) ** 2 / y.var())


def fitted(X: np.ndarray, y: np.ndarray, task: Task, random_state: int, n_trees: int = N_TREES) -> Any:
    """Fit extra trees."""
    forest = ExtraTreesClassifier if task == "classification" else ExtraTreesRegressor
    return forest(n_trees, min_samples_leaf=3, random_state=random_state).fit(X, y)


def predictions(model: Any, X: np.ndarray, n_classes: int, task: Task) -> np.ndarray:
    """Return probabilities of all classes, those not learned 0; or numbers."""
    if task == "regression":
        return np.asarray(model.predict(X))
    proba = np.zeros((len(X), n_classes))
    proba[:, model.classes_] = model.predict_proba(X)
    return proba


def folds_of(units: np.ndarray, random: np.random.RandomState) -> np.ndarray:
    """Return the fold of each row, the rows of one unit in one fold; int64 of shape (rows,)."""
    _, unit = np.unique(units, return_inverse=True)
    return (random.permutation(int(unit.max()) + 1) % FOLDS)[unit]


def _cross_fitted(tables: Tables) -> CrossFitted | None:
    train, task = tables.train, tables.task
    y = effect.target_values(train, task)
    if y is None or task is None or not train.columns:
        return None
    random = np.random.RandomState(tables.random_state)
    rows = np.flatnonzero(~np.isnan(y))
    n_wide = max(len(train.columns), len(np.unique(y[rows])) if task == "classification" else 1)
    most = max(FEWEST_ROWS, min(MOST_ROWS, MOST_CELLS // n_wide))
    rows = rows if len(rows) <= most else np.sort(random.permutation(rows)[:most])
    if len(rows) < FEWEST_ROWS or (y[rows] == y[rows[0]]).all():
        return None
    if task == "classification":
        codes = np.unique(y[rows], return_inverse=True)[1]
    columns = [name for name in train.columns if name != train.roles.get("groups")]
    columns = [name for name in columns if train.kinds[name] != "mixed"]
    if not columns:
        return None
    X = np.column_stack([effect.encoded(train, name)[rows] for name in columns])
    target = codes if task == "classification" else y[rows]
    units = train.hashes[rows] if train.groups is None else factorize(train.groups)[0][rows]
    fold = folds_of(units, random)
    if len(np.unique(fold)) < FOLDS:
        return None
    n_classes = int(target.max()) + 1 if task == "classification" else 0
    predicted = np.zeros((len(rows), n_classes) if task == "classification" else len(rows))
    models = []
    for k in range(FOLDS):
        learned = fold != k
        models.append(fitted(X[learned], target[learned], task, tables.random_state))
        predicted[~learned] = predictions(models[-1], X[~learned], n_classes, task)
    return CrossFitted(rows, X, columns, target, fold, models, predicted, task)
