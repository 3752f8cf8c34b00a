"""What a column holds: one of five kinds, whatever the engine stores."""

from __future__ import annotations

from typing import Any, Literal

import narwhals as nw
import numpy as np
import pandas as pd

Kind = Literal["number", "boolean", "text", "time", "mixed"]

_INFERRED: dict[str, Kind] = {
    "string": "text",
    "empty": "text",
    "boolean": "boolean",
    "integer": "number",
    "floating": "number",
    "mixed-integer-float": "number",
    "decimal": "number",
    "datetime64": "time",
    "datetime": "time",
    "date": "time",
}


def kind_of(series: nw.Series[Any]) -> Kind:
    """Return what a column holds, whatever its storage.

    A categorical column is text; a duration is a number (of seconds); a column
    whose values are of several kinds, or of none of these, is mixed.
    """
    native = series.to_native()
    if isinstance(native, pd.Series) and isinstance(native.dtype, np.dtype) and native.dtype.kind == "c":
        return "mixed"
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
    return {
        name: kind_of(frame[name]) if dtype in (nw.Object, nw.Unknown) else kind_of_dtype(dtype)
        for name, dtype in frame.schema.items()
    }


def is_missing(series: nw.Series[Any]) -> np.ndarray:
    """Return which values are missing (null or NaN), bool of shape (rows,)."""
    native = series.to_native()
    if isinstance(native, pd.Series) and isinstance(native.dtype, np.dtype):
        return native.isna().to_numpy()
    missing = series.is_null()
    if series.dtype.is_float():
        missing = missing | series.is_nan().fill_null(value=True)
    return missing.to_numpy().astype(bool)
