"""Rows taken from, and put under, anything that has rows."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
from scipy.sparse import issparse, vstack

from datafix.columns.frames import as_frame


def take(X: Any, positions: np.ndarray) -> Any:
    """Return rows of anything that has rows, by position, as what it came as.

    Parameters
    ----------
    X : dataframe, series, array, sparse matrix, list, dict of such, or None
    positions : int ndarray of shape (taken,)
        May repeat.
    """
    if X is None:
        return None
    if issparse(X):  # before dict: a sparse matrix of keys is one
        return X.tocsr()[positions]
    if isinstance(X, dict):
        return {name: take(values, positions) for name, values in X.items()}
    if isinstance(X, list | tuple):
        return [X[position] for position in positions]
    if isinstance(X, pd.DataFrame | pd.Series):
        return X.iloc[positions]
    native = nw.from_native(X, allow_series=True, eager_only=True, pass_through=True)
    if isinstance(native, nw.DataFrame | nw.Series):
        return native[positions.tolist()].to_native()
    return X[positions]


def row_count(X: Any) -> int:
    """Return the number of rows of anything that has rows."""
    return X.shape[0] if hasattr(X, "shape") else len(X)


def stacked(old: Any, new: Any) -> Any:
    """Return the rows of one table or series, then those of another, as the first one is kept.

    A pandas index is numbered anew. Numbers that the first one's dtype cannot hold make it wider.

    Parameters
    ----------
    old : dataframe, series, array or sparse matrix
    new : the same, or an array of as many columns
    """
    if issparse(old):
        return vstack([old, new]).tocsr()
    if isinstance(old, pd.Series):
        return _series_stacked(old, new)
    if isinstance(old, pd.DataFrame):
        like = new if isinstance(new, pd.DataFrame) else pd.DataFrame(new, columns=old.columns)
        joined = [_series_stacked(old.iloc[:, j], like[name]) for j, name in enumerate(old.columns)]
        return pd.concat(joined, axis=1).set_axis(old.columns, axis=1) if joined else old
    native = nw.from_native(old, allow_series=True, eager_only=True, pass_through=True)
    if isinstance(native, nw.DataFrame):
        return _frames_stacked(native, new).to_native()
    if isinstance(native, nw.Series):
        named = native.alias(native.name or "values").to_frame()
        return _frames_stacked(named, np.asarray(new).reshape(-1, 1))[named.columns[0]].alias(native.name).to_native()
    return np.concatenate([np.asarray(old), np.asarray(new)])


def held_by_pandas(values: pd.Series, dtype: Any) -> pd.Series | None:
    """Return values in another dtype of pandas; None where it cannot hold them unchanged."""
    if isinstance(dtype, pd.CategoricalDtype) and not values.dropna().isin(dtype.categories).all():
        return None
    try:
        cast = values.astype(dtype)
    except (TypeError, ValueError):  # the dtype does not hold these: the caller keeps the values instead
        return None
    missing = values.isna() & cast.isna()
    same = (cast.astype(object) == values.astype(object)).fillna(value=False) | missing  # pd.NA equals nothing
    return cast if same.all() else None


def _series_stacked(old: pd.Series, new: Any) -> pd.Series:
    """Keep a dtype that is pandas' own, where it holds the new values; NumPy joins its own."""
    like = new if isinstance(new, pd.Series) else pd.Series(np.asarray(new))
    if like.dtype != old.dtype and not isinstance(old.dtype, np.dtype):
        held = held_by_pandas(like, old.dtype)
        like = like if held is None else held
    return pd.concat([old, like.rename(old.name)], ignore_index=True)


def _frames_stacked(old: nw.DataFrame[Any], new: Any) -> nw.DataFrame[Any]:
    array = None if hasattr(new, "columns") or hasattr(new, "column_names") else np.asarray(new)
    frame = None if array is not None else as_frame(new)
    tops, ends = [], []
    for j, name in enumerate(old.columns):
        top = old[name]
        values = array[:, j].tolist() if array is not None else frame[name].to_list()  # type: ignore[index]
        end = nw.new_series(name, values, backend=old.implementation)
        if end.dtype != top.dtype:
            wider = top.dtype.is_integer() and end.dtype.is_float()
            top, end = (top.cast(end.dtype), end) if wider else (top, end.cast(top.dtype))
        if hasattr(top.to_native(), "type"):  # pyarrow has several kinds of text that narwhals calls one
            end = nw.from_native(end.to_native().cast(top.to_native().type), series_only=True).alias(name)
        tops.append(top)
        ends.append(end)
    return nw.concat([columns[0].to_frame().with_columns(*columns[1:]) for columns in (tops, ends)])
