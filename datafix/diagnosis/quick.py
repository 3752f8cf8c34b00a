"""Quick models that a network is held against."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor
from sklearn.model_selection import KFold

MOST_ROWS = 1500
MOST_FEATURES = 256
N_TREES = 40
FOLDS = 3


def flat(features: np.ndarray) -> np.ndarray:
    """Return rows as float32 of at most 256 numbers each: of larger ones, means of neighbouring places."""
    values = np.nan_to_num(features.astype(np.float32), posinf=0.0, neginf=0.0)
    while values.ndim > 2 and np.prod(values.shape[1:]) > MOST_FEATURES and max(values.shape[1:-1]) > 1:
        values = _halved(values)
    values = values.reshape(len(values), -1)
    if values.shape[1] > 4 * MOST_FEATURES:
        values = values[:, np.sort(np.random.RandomState(0).permutation(values.shape[1])[: 4 * MOST_FEATURES])]
    return values


def forest(*, is_classification: bool, random_state: int = 0) -> Any:
    """Return extra trees, not fitted."""
    trees = ExtraTreesClassifier if is_classification else ExtraTreesRegressor
    return trees(N_TREES, min_samples_leaf=2, max_features="sqrt", random_state=random_state)


def scores_of(X: np.ndarray, y: np.ndarray, *, is_classification: bool) -> tuple[float, float, float]:
    """Return the score of out-of-fold predictions, that with shuffled labels, and the standard error of the two.

    Scores are accuracies, or R². At most 1,500 rows, by chance.
    """
    random = np.random.RandomState(0)
    rows = np.sort(random.permutation(len(y))[:MOST_ROWS])
    X, y = X[rows], y[rows]
    scores = []
    for labels in (y, random.permutation(y)):
        predicted = out_of_fold(X, labels, is_classification=is_classification)
        right = (predicted == labels) if is_classification else 1 - (predicted - labels) ** 2 / max(labels.var(), 1e-12)
        scores.append((float(np.mean(right)), float(np.std(right) / np.sqrt(len(y)))))
    (score, error), (chance, chance_error) = scores
    return score, chance, float(np.hypot(error, chance_error))


def out_of_fold(X: np.ndarray, y: np.ndarray, *, is_classification: bool) -> np.ndarray:
    """Return what models of the other folds predict of each row."""
    predicted = np.zeros(len(y), dtype=y.dtype if is_classification else np.float64)
    for learned, asked in KFold(FOLDS, shuffle=True, random_state=0).split(X):
        model = forest(is_classification=is_classification).fit(X[learned], y[learned])
        predicted[asked] = model.predict(X[asked])
    return predicted


def _halved(values: np.ndarray) -> np.ndarray:
    """Return means of two neighbours along every axis but the first and the last."""
    for axis in range(1, values.ndim - 1):
        if (size := values.shape[axis]) > 1:
            values = np.take(values, range(size - size % 2), axis=axis)
            pairs = (*values.shape[:axis], size // 2, 2, *values.shape[axis + 1 :])
            values = values.reshape(pairs).mean(axis=axis + 1)
    return values
