"""Class probabilities from models that have not seen the row."""

from __future__ import annotations

from typing import Any

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import Pipeline
from sklearn.utils import check_random_state

from datafix.columns import take
from datafix.errors import ParameterError, TableError


def out_of_fold_proba(
    estimator: Any,
    X: Any,
    codes: np.ndarray,
    *,
    cv: Any = 5,
    groups: Any = None,
    sample_weight: np.ndarray | None = None,
    learn: np.ndarray | None = None,
    n_jobs: int | None = None,
    random_state: Any = None,
) -> np.ndarray:
    """Predict every row by a clone of the estimator that was fitted on other folds.

    Parameters
    ----------
    estimator : classifier with ``predict_proba``, or a Pipeline that ends in one
        Refitted whole in each fold, its preprocessing too.
    X : dataframe, array, sparse matrix or images
    codes : int ndarray of shape (rows,)
        Classes 0..K-1.
    cv : int, splitter or list of (train, test)
        Number of folds (stratified, and by group where groups are given), an object with ``split``, or positions.
    groups : array-like of shape (rows,), optional
    sample_weight : ndarray of shape (rows,), optional
    learn : bool ndarray of shape (rows,), optional
        Rows that may be learned from; the others are predicted only.
    n_jobs, random_state
        As in scikit-learn.

    Returns
    -------
    proba : float64 ndarray of shape (rows, K)
        0 for a class that was not among a fold's training rows.

    Raises
    ------
    ParameterError
        If the folds leave a row without a prediction, or ``cv`` is below 2.

    Examples
    --------
    >>> from sklearn.naive_bayes import GaussianNB
    >>> codes = np.repeat([0, 1], 10)
    >>> X = np.arange(20.0).reshape(-1, 1) + 100 * codes[:, None]
    >>> out_of_fold_proba(GaussianNB(), X, codes, random_state=0).argmax(axis=1).tolist() == codes.tolist()
    True
    """
    n_rows, n_classes = len(codes), int(codes.max()) + 1
    may_learn = np.ones(n_rows, dtype=bool) if learn is None else learn
    folds = [
        (train[may_learn[train]], test) for train, test in _folds(cv, codes, groups, check_random_state(random_state))
    ]
    found = Parallel(n_jobs=n_jobs)(
        delayed(_predicted)(clone(estimator), X, codes, sample_weight, train, test) for train, test in folds
    )
    proba = np.full((n_rows, n_classes), np.nan)
    for (_, test), (classes, predicted) in zip(folds, found, strict=True):
        proba[np.ix_(test, np.arange(n_classes))] = 0.0
        proba[np.ix_(test, classes)] = predicted
    if np.isnan(proba).any():
        raise ParameterError(
            f"The folds of {cv!r} leave {int(np.isnan(proba).any(axis=1).sum())} row(s) without a prediction. "
            "Use a splitter that tests every row once."
        )
    return proba


def _folds(cv: Any, codes: np.ndarray, groups: Any, random: np.random.RandomState) -> list[tuple[Any, Any]]:
    rows = np.arange(len(codes))
    if isinstance(cv, list | tuple):
        return list(cv)
    if hasattr(cv, "split"):
        return list(cv.split(rows.reshape(-1, 1), codes, groups))
    if not isinstance(cv, int | np.integer) or cv < 2:
        raise ParameterError(f"cv must be a number of folds of at least 2 or a splitter, got {cv!r}.")
    if groups is not None:
        splitter = StratifiedGroupKFold(cv, shuffle=True, random_state=random)
        return list(splitter.split(rows.reshape(-1, 1), codes, np.asarray(groups)))
    # Dealt class by class without a break, so that rare classes spread as far as they can.
    order = np.lexsort((random.permutation(len(codes)), codes))
    fold = np.empty(len(codes), dtype=np.int64)
    fold[order] = rows % cv
    return [(rows[fold != k], rows[fold == k]) for k in range(min(cv, len(codes)))]


def _predicted(
    estimator: Any, X: Any, codes: np.ndarray, sample_weight: np.ndarray | None, train: np.ndarray, test: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    known = np.unique(codes[train])
    if len(known) == 0:
        raise TableError("A fold has no row to learn from. Give more rows or fewer folds.")
    if len(known) == 1:  # nothing to tell apart
        return known, np.ones((len(test), 1))
    weight = {} if sample_weight is None else {_weight_name(estimator): sample_weight[train]}
    fitted = estimator.fit(take(X, train), codes[train], **weight)
    return fitted.classes_, fitted.predict_proba(take(X, test))


def _weight_name(estimator: Any) -> str:
    """Return under which name fit takes weights: a Pipeline's last step bears its own."""
    return f"{estimator.steps[-1][0]}__sample_weight" if isinstance(estimator, Pipeline) else "sample_weight"
