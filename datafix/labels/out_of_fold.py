"""Class probabilities from models that have not seen the row."""

from __future__ import annotations

from os import PathLike
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from rich.progress import track
from sklearn.base import clone
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import Pipeline
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_memory

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
    memory: Any = None,
    progress: bool = False,
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
    memory : str, path or joblib.Memory, optional
        Folder in which each fold is kept when it is done, so that a run that was stopped goes on from there. Known
        again by the estimator's parameters, the data and the fold: fix the estimator's random state, too.
    progress : bool, default=False
        Show a bar, a step a fold.

    Returns
    -------
    proba : float64 ndarray of shape (rows, K)
        0 for a class that was not among a fold's training rows. Of shape (models, rows, K) where the estimator's
        ``predict_proba`` gives the opinions of several models.

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
    predicted = _kept(memory).cache(_predicted)
    folds_done = Parallel(n_jobs=n_jobs, return_as="generator")(
        delayed(predicted)(clone(estimator), X, codes, sample_weight, train, test) for train, test in folds
    )
    found = _listed(folds_done, estimator, len(folds), progress=progress)
    models = max((opinions.shape[:-2] for _, opinions in found), key=len)
    proba = np.full((*models, n_rows, n_classes), np.nan)
    for (_, test), (classes, opinions) in zip(folds, found, strict=True):
        proba[..., test, :] = 0.0
        proba[..., test[:, None], classes] = opinions
    _refuse_unpredicted(cv, np.isnan(proba).any(axis=-1).reshape(-1, n_rows))
    return proba


def out_of_fold_prediction(
    estimator: Any,
    X: Any,
    y: np.ndarray,
    *,
    cv: Any = 5,
    groups: Any = None,
    sample_weight: np.ndarray | None = None,
    learn: np.ndarray | None = None,
    n_jobs: int | None = None,
    random_state: Any = None,
    memory: Any = None,
    progress: bool = False,
) -> np.ndarray:
    """Predict every row's number by a clone of the regressor that was fitted on other folds.

    Parameters
    ----------
    estimator : regressor, or a Pipeline that ends in one
    X, cv, groups, sample_weight, learn, n_jobs, random_state, memory, progress
        As in :func:`out_of_fold_proba`.
    y : float ndarray of shape (rows,)

    Returns
    -------
    prediction : float64 ndarray of shape (rows,), or (models, rows) where ``predict`` gives those of several models

    Raises
    ------
    ParameterError
        If the folds leave a row without a prediction, or ``cv`` is below 2.
    """
    may_learn = np.ones(len(y), dtype=bool) if learn is None else learn
    folds = _folds(cv, np.zeros(len(y), dtype=np.int64), groups, check_random_state(random_state))
    folds = [(train[may_learn[train]], test) for train, test in folds]
    predicted = _kept(memory).cache(_predicted_numbers)
    folds_done = Parallel(n_jobs=n_jobs, return_as="generator")(
        delayed(predicted)(clone(estimator), X, y, sample_weight, train, test) for train, test in folds
    )
    found = _listed(folds_done, estimator, len(folds), progress=progress)
    prediction = np.full((*found[0].shape[:-1], len(y)), np.nan)
    for (_, test), values in zip(folds, found, strict=True):
        prediction[..., test] = values
    _refuse_unpredicted(cv, np.isnan(prediction).reshape(-1, len(y)))
    return prediction


def _folds(cv: Any, codes: np.ndarray, groups: Any, random: np.random.RandomState) -> list[tuple[Any, Any]]:
    rows = np.arange(len(codes))
    if isinstance(cv, list | tuple):
        return [(np.asarray(train), np.asarray(test)) for train, test in cv]
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
    return fitted.classes_, np.asarray(fitted.predict_proba(take(X, test)), dtype=np.float64)


def _predicted_numbers(
    estimator: Any, X: Any, y: np.ndarray, sample_weight: np.ndarray | None, train: np.ndarray, test: np.ndarray
) -> np.ndarray:
    if len(train) == 0:
        raise TableError("A fold has no row to learn from. Give more rows or fewer folds.")
    weight = {} if sample_weight is None else {_weight_name(estimator): sample_weight[train]}
    fitted = estimator.fit(take(X, train), y[train], **weight)
    return np.asarray(fitted.predict(take(X, test)), dtype=np.float64)


def _refuse_unpredicted(cv: Any, unpredicted: np.ndarray) -> None:
    """Refuse folds that leave rows out, of shape (models, rows)."""
    if unpredicted.any():
        n_left_out = int(unpredicted[0].sum())
        raise ParameterError(
            f"The folds of {cv!r} leave {n_left_out} row(s) without a prediction. "
            "Use a splitter that tests every row once."
        )


def _listed(done: Any, estimator: Any, total: int, *, progress: bool) -> list[Any]:
    return list(track(done, f"Folds of {type(estimator).__name__}", total=total) if progress else done)


def _kept(memory: Any) -> Any:
    return check_memory(str(memory) if isinstance(memory, PathLike) else memory)


def _weight_name(estimator: Any) -> str:
    """Return under which name fit takes weights: a Pipeline's last step bears its own."""
    return f"{estimator.steps[-1][0]}__sample_weight" if isinstance(estimator, Pipeline) else "sample_weight"
