"""Frames of any engine, read column by column as NumPy arrays.

Engines differ in what they call a missing value, in how they store text and
in what they infer; everything above this module sees one of five kinds.
"""

from __future__ import annotations

from typing import Any, Literal

import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import issparse, vstack

from datafix.errors import TableError

Kind = Literal["number", "boolean", "text", "time", "mixed"]

NO_TIME = np.iinfo(np.int64).min
"""Stands for a missing time in seconds."""
NOT_FOUND, IS_MISSING = -1, -2

_INFERRED: dict[str, Kind] = {
    "string": "text",
    "empty": "text",
    "boolean": "boolean",
    "integer": "number",
    "floating": "number",
    "mixed-integer-float": "number",
    "decimal": "number",
    "timedelta": "number",
    "datetime64": "time",
    "datetime": "time",
    "date": "time",
}


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


def kind_of(series: nw.Series[Any]) -> Kind:
    """Return what a column holds, whatever its storage.

    A categorical column is text; a duration is a number (of seconds); a column
    whose values are of several kinds, or of none of these, is mixed.
    """
    native = series.to_native()
    if isinstance(native, pd.Series) and native.dtype == object:
        return _INFERRED.get(pd.api.types.infer_dtype(native, skipna=True), "mixed")
    return kind_of_dtype(series.dtype)


def kind_of_dtype(dtype: Any) -> Kind:
    """Return the kind that a narwhals dtype stands for, without looking at values."""
    if dtype == nw.Boolean:
        return "boolean"
    if dtype.is_numeric() or dtype == nw.Duration:
        return "number"
    if dtype in (nw.Datetime, nw.Date):
        return "time"
    if dtype in (nw.String, nw.Categorical, nw.Enum):
        return "text"
    # A column without a single value: polars and pyarrow have a dtype for it.
    return "text" if str(dtype) in {"Null", "Unknown"} else "mixed"


def kinds(frame: nw.DataFrame[Any]) -> dict[str, Kind]:
    """Return the kind of every column, by name."""
    return {name: kind_of(frame[name]) for name in frame.columns}


def is_missing(series: nw.Series[Any]) -> np.ndarray:
    """Return which values are missing (null or NaN), bool of shape (rows,)."""
    native = series.to_native()
    if isinstance(native, pd.Series) and isinstance(native.dtype, np.dtype):
        return native.isna().to_numpy()
    missing = series.is_null()
    if series.dtype.is_float():
        missing = missing | series.is_nan().fill_null(value=True)
    return missing.to_numpy().astype(bool)


def as_numbers(series: nw.Series[Any]) -> np.ndarray:
    """Return a column of numbers, booleans or times as float64 of shape (rows,), missing as NaN.

    Times are seconds since 1970, durations seconds.
    """
    if kind_of(series) == "time":
        seconds = as_seconds(series)
        return np.where(seconds == NO_TIME, np.nan, seconds.astype(np.float64))
    native = series.to_native()
    if isinstance(native, pd.Series):
        if native.dtype.kind == "m":
            return native.dt.total_seconds().to_numpy(np.float64)
        return native.to_numpy(dtype=np.float64, na_value=np.nan)
    if series.dtype == nw.Duration:
        series = series.dt.total_microseconds().cast(nw.Float64) / 1e6
    return series.cast(nw.Float64).to_numpy().astype(np.float64, copy=False)


def as_seconds(series: nw.Series[Any]) -> np.ndarray:
    """Return a column of times as int64 seconds since 1970 (UTC), missing as ``NO_TIME``."""
    micros = as_microseconds(series)
    return np.where(micros == NO_TIME, NO_TIME, micros // 1_000_000)


def as_microseconds(series: nw.Series[Any]) -> np.ndarray:
    """Return a column of times as int64 microseconds since 1970 (UTC), missing as ``NO_TIME``."""
    native = series.to_native()
    if isinstance(native, pd.Series) and native.dtype == object:
        series = nw.from_native(pd.to_datetime(native, utc=True), series_only=True)
    if series.dtype == nw.Date:
        series = series.cast(nw.Datetime("us"))
    missing = series.is_null().to_numpy().astype(bool)
    micros = series.dt.timestamp("us").fill_null(0).to_numpy().astype(np.int64)
    return np.where(missing, NO_TIME, micros)


def factorize(series: nw.Series[Any]) -> tuple[np.ndarray, np.ndarray]:
    """Return a column as codes into its distinct values, in order of appearance.

    Parameters
    ----------
    series : narwhals.Series

    Returns
    -------
    codes : int64 ndarray of shape (rows,)
        -1 where the value is missing.
    uniques : ndarray of shape (distinct values,)
        ``str`` objects for text (and for the labels of a categorical column),
        float64 for numbers and booleans, int64 seconds for times; the objects
        themselves for a mixed column.

    Examples
    --------
    >>> import pandas as pd
    >>> codes, uniques = factorize(nw.from_native(pd.Series(["b", None, "a", "b"]), series_only=True))
    >>> codes.tolist(), uniques.tolist()
    ([0, -1, 1, 0], ['b', 'a'])
    """
    kind = kind_of(series)
    if kind in ("number", "boolean"):
        return pd.factorize(as_numbers(series))
    if kind == "time":
        codes, uniques = pd.factorize(as_seconds(series))
        return _drop_code(codes, uniques, np.flatnonzero(uniques == NO_TIME))
    if kind == "mixed":
        return _factorize_objects(series)
    return _factorize_text(series)


def positions_in(series: nw.Series[Any], values: pa.Array) -> np.ndarray:
    """Return where each text of a column stands among ``values``: a hash join, not one lookup a row.

    Parameters
    ----------
    series : narwhals.Series
        Of kind text.
    values : pyarrow.LargeStringArray
        Distinct.

    Returns
    -------
    positions : int64 ndarray of shape (rows,)
        ``NOT_FOUND`` (-1) where the text is not among them, ``IS_MISSING`` (-2) where there is none.

    Examples
    --------
    >>> import pandas as pd
    >>> towns = nw.from_native(pd.Series(["Bern", None, "Rome"]), series_only=True)
    >>> positions_in(towns, pa.array(["Basel", "Bern"], pa.large_string())).tolist()
    [1, -2, -1]
    """
    native = series.to_native()
    if isinstance(native, pd.Series) and isinstance(native.dtype, pd.CategoricalDtype):
        codes, labels = native.cat.codes.to_numpy(), _labels_in_arrow(native.cat.categories)
    elif isinstance(native, pd.Series) and not isinstance(native.dtype, pd.StringDtype | pd.ArrowDtype):
        codes, texts = factorize(series)
        where = {value: at for at, value in enumerate(values.to_pylist())}
        return np.array([*(where.get(text, NOT_FOUND) for text in texts), IS_MISSING], dtype=np.int64)[codes]
    else:
        arrow = _in_one_piece(native.array if isinstance(native, pd.Series) else series.to_arrow())
        if not pa.types.is_dictionary(arrow.type):
            return _positions_of(arrow, values)
        codes, labels = arrow.indices.fill_null(-1).to_numpy(zero_copy_only=False), arrow.dictionary
        codes = codes.astype(np.int64, copy=False)
    return np.append(_positions_of(labels, values), IS_MISSING)[codes]


def _in_one_piece(values: Any) -> pa.Array:
    arrow = values if isinstance(values, pa.ChunkedArray) else pa.array(values)
    if isinstance(arrow, pa.ChunkedArray):
        arrow = arrow.unify_dictionaries().combine_chunks()
    if pa.types.is_dictionary(arrow.type):  # minus one must fit, for a missing value
        return arrow.cast(pa.dictionary(pa.int64(), arrow.type.value_type))
    return arrow


def _labels_in_arrow(categories: pd.Index) -> pa.Array:
    stored = isinstance(categories.dtype, pd.StringDtype)
    return _in_one_piece(categories.array) if stored else pa.array(_printed(categories), pa.large_string())


def _positions_of(texts: pa.Array, values: pa.Array) -> np.ndarray:
    if not pa.types.is_large_string(texts.type):
        texts = texts.cast(pa.large_string())
    found = pc.index_in(texts, value_set=values).fill_null(NOT_FOUND)
    positions = found.to_numpy(zero_copy_only=False).astype(np.int64)
    if texts.null_count:
        positions[texts.is_null().to_numpy(zero_copy_only=False)] = IS_MISSING
    return positions


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


def _factorize_text(series: nw.Series[Any]) -> tuple[np.ndarray, np.ndarray]:
    native = series.to_native()
    if isinstance(native, pd.Series):
        codes, uniques = pd.factorize(native)
    else:
        encoded = series.to_arrow().cast("string").dictionary_encode()
        codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        uniques = encoded.dictionary.to_numpy(zero_copy_only=False)
    return np.asarray(codes, dtype=np.int64), _as_labels(uniques)


def _as_labels(values: Any) -> np.ndarray:
    labels = np.asarray(values, dtype=object)
    return labels if isinstance(getattr(values, "dtype", None), pd.StringDtype) else _printed(labels)


def _printed(values: Any) -> np.ndarray:
    return np.array([str(value) for value in values], dtype=object)


def _factorize_objects(series: nw.Series[Any]) -> tuple[np.ndarray, np.ndarray]:
    values = np.empty(len(series), dtype=object)
    values[:] = series.to_list()
    try:
        codes, uniques = pd.factorize(values)
    except TypeError:  # lists and dicts have no hash
        missing = is_missing(series)
        codes, uniques = pd.factorize(np.array([repr(value) for value in values], dtype=object))
        codes = np.where(missing, -1, codes)
    return codes.astype(np.int64), uniques


def _drop_code(codes: np.ndarray, uniques: np.ndarray, dropped: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if not len(dropped):
        return codes.astype(np.int64), uniques
    gone = int(dropped[0])
    codes = np.where(codes == gone, -1, codes - (codes > gone))
    return codes.astype(np.int64), np.delete(uniques, gone)


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
