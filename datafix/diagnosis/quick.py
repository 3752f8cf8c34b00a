"""Quick models that a network is held against."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import KFold
from sklearn.neighbors import NearestNeighbors

from datafix.checks.cross_fitted import fitted, predictions
from datafix.labels import find_label_issues
from datafix.task import Task

MOST_ROWS = 1500
MOST_FEATURES = 256
FOLDS = 3
FAR = 10.0
"""Standard errors above chance, from which on no control is needed."""


def flat(features: np.ndarray) -> np.ndarray:
    """Return rows as float32 of at most 256 numbers each: of larger ones, means of neighbouring places."""
    values = np.nan_to_num(features.astype(np.float32), posinf=0.0, neginf=0.0)
    while values.ndim > 2 and np.prod(values.shape[1:]) > MOST_FEATURES and max(values.shape[1:-1]) > 1:
        values = _halved(values)
    values = values.reshape(len(values), -1)
    if values.shape[1] > 4 * MOST_FEATURES:
        values = values[:, np.sort(np.random.RandomState(0).permutation(values.shape[1])[: 4 * MOST_FEATURES])]
    return values


def scores_of(X: np.ndarray, y: np.ndarray, task: Task) -> tuple[float, float, float]:
    """Return the score of out-of-fold predictions, that with shuffled labels, and the standard error of the two.

    Scores are areas under the ROC curve, or R². At most 1,500 rows, by chance. Labels are shuffled only where the score
    is not far above what chance gives.
    """
    random = np.random.RandomState(0)
    rows = np.sort(random.permutation(len(y))[:MOST_ROWS])
    X, y = X[rows], y[rows]
    score, error = _score(X, y, task)
    by_chance = 0.5 if task == "classification" else 0.0
    if score > by_chance + FAR * error:
        return score, by_chance, error
    chance, chance_error = _score(X, random.permutation(y), task)
    return score, chance, float(np.hypot(error, chance_error))


def out_of_fold(X: np.ndarray, y: np.ndarray, task: Task, n_classes: int = 0) -> np.ndarray:
    """Return what trees of the other folds predict of each row: probabilities of shape (rows, classes), or numbers."""
    predicted = np.zeros((len(y), n_classes) if task == "classification" else len(y))
    for learned, asked in KFold(FOLDS, shuffle=True, random_state=0).split(X):
        predicted[asked] = predictions(trees(X[learned], y[learned], task), X[asked], n_classes, task)
    return predicted


def trees(X: np.ndarray, y: np.ndarray, task: Task) -> Any:
    """Return extra trees that learned from these rows."""
    return fitted(X, y, task, random_state=0)


def _score(X: np.ndarray, y: np.ndarray, task: Task) -> tuple[float, float]:
    """Return R², or the mean area under the ROC curve of each class against the rest, and its standard error."""
    if task == "regression":
        right = 1 - (out_of_fold(X, y, task) - y) ** 2 / max(y.var(), 1e-12)
        return float(right.mean()), float(right.std() / np.sqrt(len(y)))
    present, codes, counts = np.unique(y, return_inverse=True, return_counts=True)
    proba = out_of_fold(X, codes, task, len(present))
    areas = [roc_auc_score(codes == k, proba[:, k]) for k in range(len(present))]
    errors = [(len(y) + 1) / (12 * count * (len(y) - count)) for count in counts]
    return float(np.mean(areas)), float(np.sqrt(sum(errors)) / len(areas))


def _halved(values: np.ndarray) -> np.ndarray:
    """Return means of two neighbours along every axis but the first and the last."""
    for axis in range(1, values.ndim - 1):
        if (size := values.shape[axis]) > 1:
            values = np.take(values, range(size - size % 2), axis=axis)
            pairs = (*values.shape[:axis], size // 2, 2, *values.shape[axis + 1 :])
            values = values.reshape(pairs).mean(axis=axis + 1)
    return values


def unlikely_labels(y: np.ndarray, proba: np.ndarray) -> np.ndarray:
    """Return which labels confident learning takes to be wrong, bool of shape (rows,)."""
    present, codes = np.unique(y, return_inverse=True)
    if len(present) < 2:
        return np.zeros(len(y), dtype=bool)
    shares = proba[:, present] + 1e-9
    issues = find_label_issues(codes, shares / shares.sum(axis=1, keepdims=True))
    return np.asarray(issues["is_issue"], dtype=bool)


def chance(y: np.ndarray) -> float:
    """Return the share of the most frequent class."""
    return float(np.unique(y, return_counts=True)[1].max() / len(y))


def nearest(X: np.ndarray, asked: np.ndarray, k: int) -> np.ndarray:
    """Return the k nearest rows of X for each row asked, columns in units of their spread; of shape (asked, k)."""
    return _neighbours(X, k).kneighbors(_scaled(asked, X), return_distance=False)


def distances(X: np.ndarray, asked: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean distance of rows of X to their k nearest others, and of the rows asked to theirs in X."""
    model = _neighbours(X, k)
    return model.kneighbors()[0].mean(axis=1), model.kneighbors(_scaled(asked, X))[0].mean(axis=1)


def _neighbours(X: np.ndarray, k: int) -> NearestNeighbors:
    return NearestNeighbors(n_neighbors=min(k, len(X) - 1)).fit(_scaled(X, X))


def _scaled(values: np.ndarray, X: np.ndarray) -> np.ndarray:
    spread = X.std(axis=0)
    return (values - X.mean(axis=0)) / np.where(spread > 1e-9, spread, 1.0)
