"""Whether a transformer learns from what it transforms."""

from __future__ import annotations

import pickle
from copy import deepcopy
from typing import Any

import joblib
import numpy as np
from scipy.sparse import issparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from datafix.columns import as_frame, as_numbers, factorize, kind_of, take
from datafix.engines import refuse_lazy
from datafix.errors import LeakageError, ParameterError, TableError

FEWEST_ROWS = 4


def check_transform_purity(estimator: Any, X: Any, y: Any = None, *, random_state: int = 0) -> None:
    """Raise LeakageError unless a transformer treats each row by itself and by what ``fit`` learned.

    X is transformed twice, in another order, in two parts and row by row (some of them); every row must come out the
    same each time, one for one, and neither the estimator nor X may change.

    Parameters
    ----------
    estimator : transformer
        Fitted, or not: then a clone is fitted on the first half of X. It is copied, and stays as it is.
    X : dataframe, array or sparse matrix of shape (rows, columns)
        At least 4 rows.
    y : array-like of shape (rows,), optional
        For the fit, where the transformer needs one.
    random_state : int
        Chooses the order and the rows.

    Raises
    ------
    LeakageError
        If it is not pure: it says which promise was broken, and where.
    TableError
        If X has too few rows.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.preprocessing import FunctionTransformer, StandardScaler
    >>> X = np.arange(20.0).reshape(10, 2)
    >>> check_transform_purity(StandardScaler(), X)
    >>> try:
    ...     check_transform_purity(FunctionTransformer(lambda X: X - X.mean(axis=0)), X)
    ... except LeakageError as error:
    ...     print(str(error)[:72])
    FunctionTransformer.transform gives row 0 other values in other company
    """
    if isinstance(estimator, type) or not hasattr(estimator, "transform"):
        raise ParameterError(
            f"check_transform_purity needs a transformer, an instance with transform, got {estimator!r}."
        )
    refuse_lazy(X, "check_transform_purity")
    X = np.asarray(X) if isinstance(X, list | tuple) else X
    n_rows = X.shape[0] if hasattr(X, "shape") else len(X)
    if n_rows < FEWEST_ROWS:
        raise TableError(f"check_transform_purity needs at least {FEWEST_ROWS} rows to compare, got {n_rows}.")
    who = f"{type(estimator).__name__}.transform"
    fitted = _fitted(estimator, X, y, n_rows)
    state, given = _state(fitted), joblib.hash(X)
    whole = _values(fitted.transform(X))
    if len(whole) != n_rows:
        raise LeakageError(
            f"{who} gave {len(whole)} rows for {n_rows}. Steps that change rows are no transformers but row steps: "
            "see datafix.RowStep."
        )
    if joblib.hash(X) != given:
        raise LeakageError(f"{who} changed the X that it was given. Work on a copy: X = X.copy().")
    if _state(fitted) != state:
        raise LeakageError(f"{who} changed the fitted estimator: it learns from the rows that it transforms.")
    random = np.random.RandomState(random_state)
    order = random.permutation(n_rows)
    _compare(who, "on a second call", whole, _values(fitted.transform(X)), np.arange(n_rows))
    _compare(who, "in another order", whole, _values(fitted.transform(take(X, order))), order)
    for rows in (np.arange(n_rows // 2), np.arange(n_rows // 2, n_rows), *random.permutation(n_rows)[:10, None]):
        _compare(who, "in other company", whole, _values(fitted.transform(take(X, rows))), rows)


def _fitted(estimator: Any, X: Any, y: Any, n_rows: int) -> Any:
    try:
        check_is_fitted(estimator)
    except NotFittedError:
        half = np.arange((n_rows + 1) // 2)
        labels = () if y is None else (take(y, half),)
        return clone(estimator).fit(take(X, half), *labels)
    return deepcopy(estimator)


def _state(fitted: Any) -> dict[str, Any]:
    """Return the content of every attribute; of functions that have no name, and so no pickle, the identity."""
    state: dict[str, Any] = {}
    for name, value in vars(fitted).items():
        try:
            state[name] = joblib.hash(value)
        except (pickle.PicklingError, AttributeError, TypeError):
            state[name] = id(value)
    return state


def _compare(who: str, when: str, whole: np.ndarray, part: np.ndarray, rows: np.ndarray) -> None:
    if part.shape != whole[rows].shape:
        raise LeakageError(f"{who} gives {part.shape} {when}, where {whole[rows].shape} was to be expected.")
    same = np.isclose(whole[rows], part, rtol=1e-9, atol=1e-12, equal_nan=True).all(axis=1)
    if not same.all():
        raise LeakageError(
            f"{who} gives row {rows[~same].min()} other values {when} ({int((~same).sum())} of {len(rows)} rows "
            "differ): it uses statistics of the rows that it transforms. Learn them in fit."
        )


def _values(X: Any) -> np.ndarray:
    """Return what came out as numbers of shape (rows, columns), text by what it says."""
    if issparse(X):
        return np.asarray(X.toarray(), dtype=np.float64)
    if isinstance(X, np.ndarray) and X.dtype.kind in "biuf":
        return X.reshape(len(X), -1).astype(np.float64)
    frame = as_frame(X)
    return np.column_stack([np.zeros(len(frame)), *(_numbers(frame[name]) for name in frame.columns)])


def _numbers(series: Any) -> np.ndarray:
    if kind_of(series) in ("number", "boolean", "time"):
        return as_numbers(series)
    codes, uniques = factorize(series)
    told = np.array([int(joblib.hash(str(value))[:12], 16) for value in uniques] + [-1], dtype=np.float64)
    return told[codes]
