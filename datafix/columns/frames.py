"""Anything with rows and columns as a narwhals frame."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
from narwhals.dependencies import is_dask_dataframe

from datafix.errors import ParameterError, TableError


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
        A view where the engine allows.

    Raises
    ------
    ParameterError
        If X is a lazy frame, whose rows are not in memory.
    TableError
        If X is no table, two columns share a name, or a name is no text that can be written.

    Examples
    --------
    >>> as_frame([[1.0, 2.0], [3.0, 4.0]]).columns
    ['x0', 'x1']
    """
    if isinstance(X, nw.DataFrame):
        return X
    if isinstance(X, pd.DataFrame):
        X = _with_durations(_with_text_names(X, who))
    if is_dask_dataframe(X):  # narwhals warns of Dask, whose support moves out of it
        raise refusal_of_lazy(X, who)
    try:
        frame = nw.from_native(X)
    except TypeError:
        return nw.from_native(_frame_of_array(X, who), eager_only=True)
    except nw.exceptions.DuplicateError as error:
        told = " ".join(str(error).split())
        raise TableError(f"{who} needs column names that occur once. {told}. Rename or drop columns first.") from error
    if isinstance(frame, nw.LazyFrame):
        raise refusal_of_lazy(X, who)
    return frame


def refusal_of_lazy(X: Any, who: str) -> ParameterError:
    """Return the error of a lazy frame where rows in memory are needed."""
    engine = type(X).__module__.split(".")[0]
    return ParameterError(f"{who} needs rows in memory, got a lazy frame ({engine}). Collect it, or some of its rows.")


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
    try:
        "".join(names).encode()
    except UnicodeEncodeError as error:
        raise TableError(
            f"{who} needs column names that UTF-8 can hold, got half a surrogate pair among {names[:5]!a}. "
            "Rename it: it comes from a file that was decoded with surrogateescape."
        ) from error
    return X if names == list(X.columns) else X.set_axis(names, axis=1)


def _with_durations(X: pd.DataFrame) -> pd.DataFrame:
    """Return objects that are all durations as such; those past 292 years have no dtype that reads them."""
    objects = [name for name, dtype in X.dtypes.items() if isinstance(dtype, np.dtype) and dtype.kind == "O"]
    found = {}
    for name in objects:
        if _are_durations(X[name].head(20), "empty") and _are_durations(
            X[name]
        ):  # a look at a few spares text the whole
            try:
                found[name] = pd.to_timedelta(X[name])
            except (pd.errors.OutOfBoundsTimedelta, OverflowError):
                continue
    return X.assign(**found) if found else X


def _are_durations(values: pd.Series, *also: str) -> bool:
    return pd.api.types.infer_dtype(values, skipna=True) in ("timedelta", *also)


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
