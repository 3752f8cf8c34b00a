"""The built-in models that judge labels, and how their opinions are joined."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax
from sklearn.decomposition import PCA
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from datafix.preprocess import TablePreprocessor

FLOOR = 1e-6
IMAGE_COMPONENTS = 40
MOST_ROWS_TO_WEIGH = 20_000


def built_in_models(X: Any, random_state: int) -> list[Any]:
    """Return unfitted classifiers of different kinds that take X as it is.

    Parameters
    ----------
    X : dataframe, array or images
    random_state : int
    """
    trees = ExtraTreesClassifier(100, min_samples_leaf=3, random_state=random_state)
    linear = LogisticRegression(C=0.5, max_iter=500, tol=1e-3)
    if getattr(X, "ndim", 2) > 2:
        flat = FunctionTransformer(_flattened)
        n_components = min(IMAGE_COMPONENTS, int(np.prod(X.shape[1:])), max(1, len(X) // 4))
        reduced = PCA(n_components, whiten=True, random_state=random_state)
        neighbours = KNeighborsClassifier(10, weights="distance")
        return [make_pipeline(flat, reduced, model) for model in (linear, trees, neighbours)]
    boosted = HistGradientBoostingClassifier(max_iter=60, learning_rate=0.15, random_state=random_state)
    return [make_pipeline(TablePreprocessor(), model) for model in (linear, boosted, trees)]


def pool(probas: list[np.ndarray], codes: np.ndarray, random_state: int) -> np.ndarray:
    """Join several models' out-of-fold probabilities into one.

    A log-linear pool (Genest and Zidek, Statistical Science 1986): the class probabilities are
    proportional to the product of the models', each to the power of a weight of at least 0. The
    few weights minimise the log-loss on the given labels.

    Parameters
    ----------
    probas : list of float ndarrays of shape (rows, classes)
    codes : int ndarray of shape (rows,)
    random_state : int
        Picks the rows that weigh where there are more than 20,000.

    Returns
    -------
    proba : float64 ndarray of shape (rows, classes)
    """
    logs = np.stack([np.log(np.clip(proba, FLOOR, 1.0)) for proba in probas])
    rows = np.arange(len(codes))
    if len(rows) > MOST_ROWS_TO_WEIGH:
        rows = np.random.RandomState(random_state).choice(rows, MOST_ROWS_TO_WEIGH, replace=False)
    given, known = logs[:, rows], codes[rows]
    one_hot = np.eye(logs.shape[2])[known]

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        scores = np.tensordot(weights, given, 1)
        value = -log_softmax(scores, axis=1)[np.arange(len(known)), known].mean()
        slope = np.einsum("mnk,nk->m", given, softmax(scores, axis=1) - one_hot) / len(known)
        return value + 1e-3 * (weights**2).sum(), slope + 2e-3 * weights

    start = np.full(len(probas), 1 / len(probas))
    weights = minimize(loss, start, jac=True, bounds=[(0, None)] * len(probas), method="L-BFGS-B").x
    return softmax(np.tensordot(weights, logs, 1), axis=1)


def _flattened(images: np.ndarray) -> np.ndarray:
    return images.reshape(len(images), -1).astype(np.float32)
