"""Columns of numbers and times as NumPy arrays."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from numbers import Integral
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from datafix.columns.kind import kind_of

NO_TIME = np.iinfo(np.int64).min
"""Stands for a missing time in seconds."""

FLOAT_END = 2**53
"""From here on float64 leaves whole numbers out."""


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
    if series.implementation.is_pyarrow() and series.dtype.is_integer():  # narwhals' cast refuses those past 2^53
        return np.asarray(native.cast("float64", safe=False).to_numpy(), dtype=np.float64)
    if series.implementation.is_pyarrow() and series.dtype.is_decimal():  # as text they are the nearest floats
        return np.asarray(native.cast("string").cast("float64").to_numpy(), dtype=np.float64)
    return series.cast(nw.Float64).to_numpy().astype(np.float64, copy=False)


def as_wide_integers(series: nw.Series[Any]) -> np.ndarray | None:
    """Return a column of numbers as they are where whole ones lie past 2^53, which float64 would make equal; else None.

    Returns
    -------
    values : int64, uint64 or object ndarray of shape (rows,), or None
        Objects are Python's numbers; missing as None or NaN.

    Examples
    --------
    >>> as_wide_integers(nw.from_native(pd.Series([2**53, 2**53 + 1]), series_only=True)).tolist()
    [9007199254740992, 9007199254740993]
    >>> as_wide_integers(nw.from_native(pd.Series([1, 2]), series_only=True)) is None
    True
    """
    native = series.to_native()
    if isinstance(native, pd.Series) and native.dtype == object:
        values = native.to_numpy()
        return np.array([_whole(value) for value in values], dtype=object) if any(map(_is_wide, values)) else None
    if not (series.dtype.is_integer() or series.dtype.is_decimal()) or not len(series):
        return None
    low, high = series.min(), series.max()
    if low is None or pd.isna(low) or max(-int(low), int(high)) < FLOAT_END:
        return None
    if isinstance(native, pd.Series) and isinstance(native.dtype, np.dtype):
        return native.to_numpy()
    values = np.empty(len(series), dtype=object)
    values[:] = [_whole(value) for value in series.to_list()]
    return values


def as_seconds(series: nw.Series[Any]) -> np.ndarray:
    """Return a column of times as int64 seconds since 1970 (UTC), missing as ``NO_TIME``."""
    if (ticks := _ticks(series)) is not None:
        values, a_second = ticks
        return np.where(values == NO_TIME, NO_TIME, values // a_second)
    micros = as_microseconds(series)
    return np.where(micros == NO_TIME, NO_TIME, micros // 1_000_000)


def as_microseconds(series: nw.Series[Any]) -> np.ndarray:
    """Return a column of times as int64 microseconds since 1970 (UTC), missing as ``NO_TIME``."""
    native = series.to_native()
    if isinstance(native, pd.Series) and native.dtype == object:
        series = nw.from_native(_times_of_objects(native), series_only=True)
    if series.dtype == nw.Date:
        series = series.cast(nw.Datetime("us"))
    missing = series.is_null().to_numpy().astype(bool)
    micros = series.dt.timestamp("us").fill_null(0).to_numpy().astype(np.int64)
    return np.where(missing, NO_TIME, micros)


def _is_wide(value: Any) -> bool:
    if isinstance(value, Decimal):
        return value.is_finite() and abs(value) > FLOAT_END and value == int(value)
    return isinstance(value, Integral) and abs(int(value)) > FLOAT_END


def _whole(value: Any) -> Any:
    """Return Python's whole number for any kind of one, and floats for other decimals."""
    if isinstance(value, Decimal) and not _is_wide(value):
        return float(value)
    return int(value) if isinstance(value, Integral | Decimal) else value


def _times_of_objects(native: pd.Series) -> pd.Series:
    try:
        return pd.to_datetime(native, utc=True)
    except (pd.errors.OutOfBoundsDatetime, OverflowError):  # pandas 2 counts nanoseconds, up to the year 2262
        return pd.Series(np.array([_in_microseconds(value) for value in native], dtype="datetime64[us]"))


def _in_microseconds(value: Any) -> np.datetime64:
    if pd.isna(value):
        return np.datetime64("NaT")
    if isinstance(value, datetime) and value.tzinfo is not None:
        value = value.astimezone(UTC).replace(tzinfo=None)
    return np.datetime64(value, "us")


def _ticks(series: nw.Series[Any]) -> tuple[np.ndarray, int] | None:
    """Return the whole numbers by which pandas stores plain times, and how many make a second."""
    native = series.to_native()
    if not isinstance(native, pd.Series) or not isinstance(native.dtype, np.dtype) or native.dtype.kind != "M":
        return None
    a_second = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}.get(np.datetime_data(native.dtype)[0])
    return None if a_second is None else (native.to_numpy().view(np.int64), a_second)
