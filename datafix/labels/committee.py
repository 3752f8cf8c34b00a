"""The built-in models that judge labels."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.decomposition import PCA
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from datafix.errors import TableError
from datafix.preprocess import TablePreprocessor

IMAGE_COMPONENTS = 40
MANY_ROWS = 10_000
"""Training rows from which on neighbours are sought among so many, and trees are fewer and grown on so many."""


class Committee(ClassifierMixin, BaseEstimator):
    """Models of several kinds on one preprocessing: linear, neighbours, extra trees, two networks, boosted trees.

    They are kept simple (strong penalties, few epochs, leaves of two rows), so that they do not learn wrong labels by
    heart.

    Parameters
    ----------
    boosted : bool, default=True
        With boosted trees. On a few hundred rows they add nothing to extra trees, and cost half of the time.
    random_state : int, default=0
    """

    def __init__(self, *, boosted: bool = True, random_state: int = 0) -> None:
        self.boosted = boosted
        self.random_state = random_state

    def fit(self, X: Any, y: np.ndarray) -> Committee:
        """Fit the preprocessing and all models on X, a table of any kind or images, and class codes y."""
        self.classes_ = np.unique(y)
        self.preprocess_ = preprocessing_of(X, self.random_state)
        features = np.asarray(self.preprocess_.fit_transform(X), dtype=np.float32)
        self.members_ = [member.fit(*rows(features, y)) for member, rows in self._members(len(y))]
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return each model's class probabilities, float64 of shape (models, rows, classes)."""
        features = np.asarray(self.preprocess_.transform(X), dtype=np.float32)
        proba = np.zeros((len(self.members_), len(features), len(self.classes_)))
        for k, member in enumerate(self.members_):
            # The neighbours' sample may lack a class.
            proba[k][:, np.searchsorted(self.classes_, member.classes_)] = member.predict_proba(features)
        return proba

    def _members(self, n_rows: int) -> list[tuple[Any, Any]]:
        seed, many = self.random_state, n_rows > MANY_ROWS
        trees = ExtraTreesClassifier(
            50 if many else 100,
            min_samples_leaf=2,
            bootstrap=n_rows > 5 * MANY_ROWS,
            max_samples=5 * MANY_ROWS if n_rows > 5 * MANY_ROWS else None,
            random_state=seed,
        )
        members = [
            (LogisticRegression(C=0.05, max_iter=200, tol=1e-3), _all_rows),
            (KNeighborsClassifier(min(20, n_rows), weights="distance"), self._some_rows),
            (trees, _all_rows),
            (self._network(n_rows, penalty=1.0, epochs=12), _all_rows),
            (self._network(n_rows, penalty=0.1, epochs=8), _all_rows),
        ]
        if self.boosted:
            boosted = HistGradientBoostingClassifier(
                max_iter=40,
                learning_rate=0.2,
                max_leaf_nodes=7,
                min_samples_leaf=10,
                l2_regularization=1.0,
                max_bins=64,
                early_stopping=False,
                random_state=seed,
            )
            members.append((boosted, _all_rows))
        return members

    def _network(self, n_rows: int, *, penalty: float, epochs: int) -> _Network:
        network = MLPClassifier(
            (64,),
            alpha=penalty,
            learning_rate_init=5e-3,
            max_iter=int(np.clip(epochs * 2 * MANY_ROWS / n_rows, 2, epochs)),
            batch_size=min(int(np.clip(n_rows // 30, 16, 256)), n_rows),
            random_state=self.random_state,
        )
        return _Network(network)

    def _some_rows(self, features: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if len(y) <= 2 * MANY_ROWS:
            return features, y
        rows = np.random.RandomState(self.random_state).choice(len(y), 2 * MANY_ROWS, replace=False)
        return features[rows], y[rows]


def preprocessing_of(X: Any, random_state: int) -> Any:
    """Return what brings X to features: of a table its own, of images principal components.

    Raises
    ------
    TableError
        If images hold missing or infinite values.
    """
    if getattr(X, "ndim", 2) <= 2:
        return TablePreprocessor()
    if X.dtype.kind == "f" and not np.isfinite(X).all():
        raise TableError("Images must be finite to be judged, got missing or infinite values. Mend or drop them.")
    n_components = min(IMAGE_COMPONENTS, int(np.prod(X.shape[1:])), max(1, len(X) // 4))
    reduced = PCA(n_components, whiten=True, random_state=random_state)
    return make_pipeline(FunctionTransformer(_flattened), reduced)


class _Network(ClassifierMixin, BaseEstimator):
    """A network that stops early on purpose, and so without scikit-learn's warning."""

    def __init__(self, network: MLPClassifier) -> None:
        self.network = network

    def fit(self, X: np.ndarray, y: np.ndarray) -> _Network:
        self.classes_ = np.unique(y)
        for _ in range(self.network.max_iter):  # each makes one epoch
            self.network.partial_fit(X, y, classes=self.classes_)
        return self

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        return self.network.predict_proba(X)


def _all_rows(features: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return features, y


def _flattened(images: np.ndarray) -> np.ndarray:
    return np.asarray(images).reshape(len(images), -1).astype(np.float32)
