"""Anything with rows and columns as a narwhals frame."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from datafix.errors import TableError


def as_frame(X: Any, *, who: str = "datafix") -> nw.DataFrame[Any]:
    """Return X, any dataframe or 2-D array, as a narwhals frame with unique text names.

    Parameters
    ----------
    X : pandas, polars or pyarrow table, narwhals frame, or array of shape (rows, columns)
        Columns of an array are named ``x0``, ``x1``, ...
    who : str
        Whose name an error bears.

    Returns
    -------
    frame : narwhals.DataFrame
        A view where the engine allows; lazy frames are collected.

    Raises
    ------
    TableError
        If X is no table, or two columns share a name.

    Examples
    --------
    >>> as_frame([[1.0, 2.0], [3.0, 4.0]]).columns
    ['x0', 'x1']
    """
    if isinstance(X, nw.DataFrame):
        return X
    if isinstance(X, pd.DataFrame):
        X = _with_text_names(X, who)
    try:
        frame = nw.from_native(X)
    except TypeError:
        return nw.from_native(_frame_of_array(X, who), eager_only=True)
    return frame.collect() if isinstance(frame, nw.LazyFrame) else frame


def _with_text_names(X: pd.DataFrame, who: str) -> pd.DataFrame:
    if isinstance(X.columns, pd.MultiIndex):
        raise TableError(
            f"{who} needs one name a column, got columns of {X.columns.nlevels} levels. "
            'Flatten them first: X.columns = X.columns.map("_".join).'
        )
    names = [str(name) for name in X.columns]
    twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if twice:
        raise TableError(
            f"{who} needs column names that occur once, got {twice[:5]} more than once. "
            "Rename or drop the repeated columns."
        )
    return X if names == list(X.columns) else X.set_axis(names, axis=1)


def _frame_of_array(X: Any, who: str) -> pd.DataFrame:
    try:
        array = X if isinstance(X, np.ndarray) else np.asarray(X)
    except ValueError as error:
        raise TableError(f"{who} needs rows of one length, got a ragged {type(X).__name__}.") from error
    if array.ndim != 2:
        raise TableError(
            f"{who} needs a table: a pandas, polars or pyarrow frame, or an array of shape "
            f"(rows, columns); got {type(X).__name__} of shape {array.shape}. "
            "Reshape one column with .reshape(-1, 1)."
        )
    names = [f"x{j}" for j in range(array.shape[1])]
    frame = pd.DataFrame(array, columns=names)
    return frame.infer_objects() if array.dtype == object else frame
