"""Class probabilities from models that have not seen the row."""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike
from typing import Any

import joblib
import numpy as np
from joblib import Parallel, delayed
from rich.console import Console
from rich.progress import track
from sklearn.base import clone
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_memory

from datafix.columns import factorize, row_count, take
from datafix.errors import ParameterError, TableError
from datafix.rows.metadata import weight_name
from datafix.task import as_target


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
    progress: bool | None = None,
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
    progress : bool, optional
        Show a bar, a step a fold. None: on a terminal.

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
    _refuse_lengths(X, codes)
    if codes.dtype.kind not in "iu" or codes.min(initial=0) < 0:
        raise TableError(f"out_of_fold_proba needs class codes 0..K-1, got {codes.dtype} from {codes.min()} on.")
    n_rows, n_classes = len(codes), int(codes.max()) + 1
    may_learn = np.ones(n_rows, dtype=bool) if learn is None else learn
    folds = [
        (train[may_learn[train]], test) for train, test in _folds(cv, codes, groups, check_random_state(random_state))
    ]
    found = _each_fold(_predicted, memory, folds, estimator, X, codes, sample_weight, n_jobs=n_jobs, progress=progress)
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
    progress: bool | None = None,
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
    _refuse_lengths(X, y)
    may_learn = np.ones(len(y), dtype=bool) if learn is None else learn
    folds = _folds(cv, np.zeros(len(y), dtype=np.int64), groups, check_random_state(random_state))
    folds = [(train[may_learn[train]], test) for train, test in folds]
    found = _each_fold(
        _predicted_numbers, memory, folds, estimator, X, y, sample_weight, n_jobs=n_jobs, progress=progress
    )
    prediction = np.full((*found[0].shape[:-1], len(y)), np.nan)
    for (_, test), values in zip(folds, found, strict=True):
        prediction[..., test] = values
    _refuse_unpredicted(cv, np.isnan(prediction).reshape(-1, len(y)))
    return prediction


def seeded_clone(estimator: Any, seed: int) -> Any:
    """Return a clone whose generators are all seeded: those that have no seed of their own by ``seed``."""
    fresh = clone(estimator)
    bare = [
        name
        for name, value in fresh.get_params().items()
        if value is None and name.rpartition("__")[2] in ("random_state", "seed")
    ]
    return fresh.set_params(**dict.fromkeys(bare, seed)) if bare else fresh


def _folds(cv: Any, codes: np.ndarray, groups: Any, random: np.random.RandomState) -> list[tuple[Any, Any]]:
    cv = 5 if cv is None else cv
    if isinstance(cv, int | np.integer) and not isinstance(cv, bool) and cv >= 2:
        return _dealt(int(cv), codes, groups, random)
    if hasattr(cv, "split") and not isinstance(cv, str):
        rows = np.arange(len(codes)).reshape(-1, 1)
        try:
            folds = list(cv.split(rows, codes, groups))
        except ValueError as error:
            raise ParameterError(f"The folds of {cv!r} cannot be made: {error} Give fewer folds, or groups.") from error
    elif isinstance(cv, Iterable) and not isinstance(cv, str):
        folds = [tuple(map(_positions, fold)) for fold in cv]
    else:
        folds = []
    if not folds:
        raise ParameterError(
            f"cv must be a number of folds of at least 2, a splitter, or pairs (train, test) of positions, got {cv!r}."
        )
    for train, test in folds:
        if np.isin(test, train).any():
            raise ParameterError(
                "A fold of cv tests rows that it trains on: what a model was fitted on says nothing of its labels. "
                "Give folds whose train and test have no row in common."
            )
    return folds


def _positions(rows: Any) -> np.ndarray:
    rows = np.asarray(rows)
    return np.flatnonzero(rows) if rows.dtype == bool else rows.astype(np.int64)


def _dealt(n_folds: int, codes: np.ndarray, groups: Any, random: np.random.RandomState) -> list[tuple[Any, Any]]:
    rows = np.arange(len(codes))
    if groups is not None:
        grouped, named = factorize(as_target(groups, who="groups"))
        missing = np.flatnonzero(grouped < 0)
        if len(missing):
            raise TableError(
                f"{len(missing)} group(s) are missing, the first at position {missing[0]}. "
                "Name them: rows of an unknown group may be in any."
            )
        if len(named) < n_folds:
            raise ParameterError(f"{n_folds} folds need as many groups, got {len(named)}. Give fewer folds: cv=...")
        splitter = StratifiedGroupKFold(n_folds, shuffle=True, random_state=random)
        return list(splitter.split(rows.reshape(-1, 1), codes, grouped))
    # Dealt class by class without a break, so that rare classes spread as far as they can.
    order = np.lexsort((random.permutation(len(codes)), codes))
    fold = np.empty(len(codes), dtype=np.int64)
    fold[order] = rows % n_folds
    return [(rows[fold != k], rows[fold == k]) for k in range(min(n_folds, len(codes)))]


def _predicted(
    estimator: Any, X: Any, codes: np.ndarray, sample_weight: np.ndarray | None, train: np.ndarray, test: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    known = np.unique(codes[train])
    if len(known) == 0:
        raise TableError("A fold has no row to learn from. Give more rows or fewer folds.")
    if len(known) == 1:  # nothing to tell apart
        return known, np.ones((len(test), 1))
    weight = _weights(estimator, sample_weight, train)
    fitted = estimator.fit(take(X, train), codes[train], **weight)
    return fitted.classes_, np.asarray(fitted.predict_proba(take(X, test)), dtype=np.float64)


def _predicted_numbers(
    estimator: Any, X: Any, y: np.ndarray, sample_weight: np.ndarray | None, train: np.ndarray, test: np.ndarray
) -> np.ndarray:
    if len(train) == 0:
        raise TableError("A fold has no row to learn from. Give more rows or fewer folds.")
    weight = _weights(estimator, sample_weight, train)
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


def _each_fold(
    predicted: Any,
    memory: Any,
    folds: list[tuple[Any, Any]],
    estimator: Any,
    X: Any,
    y: np.ndarray,
    sample_weight: np.ndarray | None,
    *,
    n_jobs: int | None,
    progress: bool | None,
) -> list[Any]:
    """Return what ``predicted`` gives for each fold, from the memory where it is there."""
    store = check_memory(str(memory) if isinstance(memory, PathLike) else memory)
    keys: list[Any] = [None] * len(folds)
    if store.location is not None:
        # Hashed here: a worker has no name for what stands in a notebook.
        data = joblib.hash((X, y, sample_weight))
        keys = [joblib.hash((data, estimator, train, test)) for train, test in folds]
    kept = store.cache(_kept_by_key, ignore=["arguments"])
    name = predicted.__name__
    done = _parallel(n_jobs)(
        delayed(kept)(f"{name} {key}", (predicted, clone(estimator), X, y, sample_weight, train, test))
        for key, (train, test) in zip(keys, folds, strict=True)
    )
    progress = Console().is_terminal if progress is None else progress
    told = f"Folds of {type(estimator).__name__}"
    return list(track(done, told, total=len(folds)) if progress else done)


def _parallel(n_jobs: int | None) -> Parallel:
    """Return what runs folds side by side, and gives each when it is done where the backend can: Spark's cannot."""
    try:
        return Parallel(n_jobs=n_jobs, return_as="generator")
    except ValueError:
        return Parallel(n_jobs=n_jobs)


def _kept_by_key(key: str, arguments: tuple[Any, ...]) -> Any:  # noqa: ARG001  (the memory knows it by its key)
    predicted, *given = arguments
    return predicted(*given)


def _weights(estimator: Any, sample_weight: np.ndarray | None, train: np.ndarray) -> dict[str, np.ndarray]:
    if sample_weight is None:
        return {}
    name = weight_name(estimator)
    if name is None:
        raise ParameterError(
            f"{type(estimator).__name__} takes no sample_weight in fit. Give another estimator, or no weights."
        )
    return {name: sample_weight[train]}


def _refuse_lengths(X: Any, y: np.ndarray) -> None:
    if row_count(X) != len(y):
        raise TableError(f"Out-of-fold models need one target a row: X has {row_count(X)} rows, got {len(y)} targets.")
