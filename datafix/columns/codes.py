"""Columns as codes into their distinct values, or into values that are known already."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from datafix.columns.kind import is_missing, kind_of
from datafix.columns.values import NO_TIME, as_numbers, as_seconds, as_wide_integers

NOT_FOUND, IS_MISSING = -1, -2


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
        themselves for a mixed column, and whole numbers as such where float64 would make some equal.

    Examples
    --------
    >>> import pandas as pd
    >>> codes, uniques = factorize(nw.from_native(pd.Series(["b", None, "a", "b"]), series_only=True))
    >>> codes.tolist(), uniques.tolist()
    ([0, -1, 1, 0], ['b', 'a'])
    """
    kind = kind_of(series)
    if kind in ("number", "boolean"):
        wide = as_wide_integers(series) if kind == "number" else None
        return pd.factorize(as_numbers(series) if wide is None else wide)
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


def _factorize_text(series: nw.Series[Any]) -> tuple[np.ndarray, np.ndarray]:
    native = series.to_native()
    if isinstance(native, pd.Series):
        codes, uniques = pd.factorize(native)
    else:
        encoded = series.to_arrow().cast("string").dictionary_encode()
        codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        uniques = encoded.dictionary.to_numpy(zero_copy_only=False)
    return np.asarray(codes, dtype=np.int64), _as_labels(uniques)


def _factorize_objects(series: nw.Series[Any]) -> tuple[np.ndarray, np.ndarray]:
    given = series.to_list()
    values = np.fromiter(given, dtype=object, count=len(given))
    try:
        codes, uniques = pd.factorize(values)
    except TypeError:  # lists and dicts have no hash
        missing = is_missing(series)
        codes, uniques = pd.factorize(np.array([repr(_listed(value)) for value in values], dtype=object))
        codes = np.where(missing, -1, codes)
    return codes.astype(np.int64), uniques


def _listed(value: Any) -> Any:
    """Return an array as the list that other engines give: NumPy prints a long one in part."""
    return [_listed(part) for part in value.tolist()] if isinstance(value, np.ndarray) and value.ndim else value


def _drop_code(codes: np.ndarray, uniques: np.ndarray, dropped: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if not len(dropped):
        return codes.astype(np.int64), uniques
    gone = int(dropped[0])
    codes = np.where(codes == gone, -1, codes - (codes > gone))
    return codes.astype(np.int64), np.delete(uniques, gone)


def _as_labels(values: Any) -> np.ndarray:
    labels = np.asarray(values, dtype=object)
    return labels if isinstance(getattr(values, "dtype", None), pd.StringDtype) else _printed(labels)


def _printed(values: Any) -> np.ndarray:
    return np.array([str(value) for value in values], dtype=object)


def _labels_in_arrow(categories: pd.Index) -> pa.Array:
    stored = isinstance(categories.dtype, pd.StringDtype)
    return _in_one_piece(categories.array) if stored else pa.array(_printed(categories), pa.large_string())


def _in_one_piece(values: Any) -> pa.Array:
    arrow = values if isinstance(values, pa.ChunkedArray) else pa.array(values)
    if isinstance(arrow, pa.ChunkedArray):
        arrow = arrow.unify_dictionaries().combine_chunks()
    if pa.types.is_dictionary(arrow.type):  # minus one must fit, for a missing value
        return arrow.cast(pa.dictionary(pa.int64(), arrow.type.value_type))
    return arrow


def _positions_of(texts: pa.Array, values: pa.Array) -> np.ndarray:
    if not pa.types.is_large_string(texts.type):
        texts = texts.cast(pa.large_string())
    found = pc.index_in(texts, value_set=values).fill_null(NOT_FOUND)
    positions = found.to_numpy(zero_copy_only=False).astype(np.int64)
    if texts.null_count:
        positions[texts.is_null().to_numpy(zero_copy_only=False)] = IS_MISSING
    return positions
