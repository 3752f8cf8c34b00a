"""Gaps of a column filled cell by cell, in the column's own kind."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from datafix.columns import as_numbers, factorize, kind_of, kind_of_dtype
from datafix.repairs import number_column, text_column


def is_stored_as(column: nw.Series[Any], kind: str) -> bool:
    """Tell whether a column is stored as one of this kind is once its gaps are filled, whether it has some or not."""
    if kind == "number":
        return bool(column.dtype.is_integer() or column.dtype.is_float())
    return kind == "mixed" or (kind_of_dtype(column.dtype) == kind and not isinstance(column.dtype, nw.Unknown))


def filled_with(column: nw.Series[Any], missing: np.ndarray, fills: np.ndarray, kind: str) -> nw.Series[Any]:
    """Return the column with its missing cells filled.

    Parameters
    ----------
    column : narwhals.Series
    missing : bool ndarray of shape (rows,)
    fills : ndarray of shape (missing cells,)
        Floats for numbers, booleans and times (seconds since 1970, UTC), labels for text.
    kind : str
        Of the column at fit; that of a column without any value is not to be seen.
    """
    if kind == "number" and column.dtype.is_integer():
        return _whole_numbers(column, missing, fills)
    if kind == "number":
        numbers = as_numbers(column).copy() if kind_of(column) in ("number", "boolean") else np.empty(len(missing))
        numbers[missing] = fills
        return number_column(column.name, numbers, column, nw.Float32 if column.dtype == nw.Float32 else nw.Float64)
    if kind == "time":
        return _times(column, missing, fills)
    if kind == "boolean":
        truths = as_numbers(column).copy() if kind_of(column) in ("number", "boolean") else np.empty(len(missing))
        truths[missing] = fills.astype(np.float64)
        return _booleans(column, truths.astype(bool))
    if kind == "text" and kind_of(column) == "text":
        codes, uniques = factorize(column)
        labels, places = np.unique(fills.astype(str), return_inverse=True)
        codes = codes.copy()
        codes[missing] = len(uniques) + places
        every, first = np.unique(np.concatenate([uniques.astype(str), labels]), return_inverse=True)
        return text_column(column, first[codes], every.astype(object))
    values = np.empty(len(missing), dtype=object)
    values[:] = column.to_list()
    values[missing] = fills
    return nw.new_series(column.name, values.tolist(), backend=column.implementation)


def _whole_numbers(column: nw.Series[Any], missing: np.ndarray, fills: np.ndarray) -> nw.Series[Any]:
    """Return a column stored as whole numbers filled with the nearest ones."""
    ends = np.iinfo(str(column.dtype).lower())
    whole = np.clip(np.round(fills), float(ends.min), np.nextafter(float(ends.max), 0))
    values = nw.new_series("fills", whole.astype(ends.dtype), column.dtype, backend=column.implementation)
    return column.scatter(np.flatnonzero(missing).tolist(), values)


def _booleans(column: nw.Series[Any], truths: np.ndarray) -> nw.Series[Any]:
    native = column.to_native()
    if isinstance(native, pd.Series) and isinstance(native.dtype, pd.BooleanDtype):
        return nw.from_native(pd.Series(truths, native.index, native.dtype, native.name), series_only=True)
    return nw.new_series(column.name, truths, nw.Boolean, backend=column.implementation)


def _times(column: nw.Series[Any], missing: np.ndarray, fills: np.ndarray) -> nw.Series[Any]:
    seconds = np.zeros(len(missing))
    seconds[missing] = np.floor(fills)
    moments = seconds.astype("datetime64[s]").astype("datetime64[us]")
    filled = nw.new_series(column.name, moments, nw.Datetime("us"), backend=column.implementation)
    if kind_of(column) != "time":  # nothing was known: all is filled
        return filled
    if zone := getattr(column.dtype, "time_zone", None):
        filled = filled.dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    filled = filled.cast(column.dtype)
    native = column.to_native()
    if isinstance(native, pd.Series):
        return nw.from_native(native.where(~missing, filled.to_native().set_axis(native.index)), series_only=True)
    known = nw.new_series("known", ~missing, nw.Boolean, backend=column.implementation)
    return column.zip_with(known, filled)
