"""A column read, cell by cell, as the kind that its rule asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from numbers import Real
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from datafix.columns import Kind, is_missing, kind_of
from datafix.repairs import number_column

_TYPES: dict[Kind, tuple[type, ...]] = {
    "number": (Real, Decimal),
    "boolean": (bool, np.bool_),
    "text": (str,),
    "time": (datetime, date, np.datetime64),
}
_ISO = r"\d{4}-\d{2}-\d{2}"
_TRUTH = {"true": True, "false": False}


@dataclass(frozen=True, eq=False)
class Reading:
    """A column as a kind.

    Attributes
    ----------
    series : narwhals.Series
        Of the kind, missing where the cell is of another; the column itself where nothing had to be read.
    wrong : bool ndarray of shape (rows,)
        Cells of another kind, which spell none of it either.
    spelt : bool ndarray of shape (rows,)
        Cells of another kind that were read.
    """

    series: nw.Series[Any]
    wrong: np.ndarray
    spelt: np.ndarray


def as_kind(series: nw.Series[Any], kind: Kind, *, coerce: bool = False) -> Reading:
    """Read a column as a kind.

    Text is read where it spells a number, a truth value or a time in ISO 8601, so that one odd cell of a CSV file, for
    which its whole column is text, is the only one at fault. A mixed column may hold anything.

    Parameters
    ----------
    series : narwhals.Series
    kind : {"number", "boolean", "text", "time", "mixed"}
    coerce : bool
        Whether numbers and truth values (1 and 0) stand for each other, and anything for the text by which it prints.

    Examples
    --------
    >>> reading = as_kind(nw.from_native(pd.Series(["1.5", "oops", None]), series_only=True), "number")
    >>> reading.series.to_list(), reading.wrong.tolist()
    ([1.5, nan, nan], [False, True, False])
    """
    none = np.zeros(len(series), dtype=bool)
    if kind == "mixed" or kind_of(series) == kind:
        return Reading(series, none, none)
    missing = is_missing(series)
    cells = np.empty(len(series), dtype=object)
    cells[:] = series.to_list()
    cells[missing] = None
    types = np.fromiter(map(type, cells), dtype=object, count=len(cells))
    own = _are(types, _TYPES[kind]) & ~missing
    if kind == "number":
        own &= ~_are(types, _TYPES["boolean"])
    values = np.full(len(cells), None, dtype=object)
    values[own] = cells[own]
    for at in (_are(types, (str,)) & ~own, ~_are(types, (str,)) & ~own & ~missing):
        if at.any():
            values[at] = _spelt(cells[at], kind, coerce=coerce)
    column, failed = _column(series, values, kind)
    return Reading(column, failed & ~missing, ~failed & ~own & ~missing)


def read_as(frame: nw.DataFrame[Any], kinds: Mapping[str, Kind], *, coerce: bool = False) -> dict[str, Reading]:
    """Return the columns of the frame that had to be read to be of these kinds, those without a value too."""
    columns = {name: frame[name] for name in kinds if name in frame.columns}
    found = {name: as_kind(series, kinds[name], coerce=coerce) for name, series in columns.items()}
    return {name: reading for name, reading in found.items() if reading.series is not columns[name]}


def beside(frame: nw.DataFrame[Any], series: nw.Series[Any]) -> nw.DataFrame[Any]:
    """Return the frame with a column in the place of that of its name, or at the end; row by row."""
    native = frame.to_native()
    if frame.implementation.is_pandas():
        return nw.from_native(
            native.assign(**{series.name: series.to_native().set_axis(native.index)}), eager_only=True
        )
    return frame.with_columns(series)


def _are(types: np.ndarray, wanted: tuple[type, ...]) -> np.ndarray:
    codes, kinds = pd.factorize(types)
    return np.array([issubclass(one, wanted) for one in kinds], dtype=bool)[codes]


def _spelt(cells: np.ndarray, kind: Kind, *, coerce: bool) -> np.ndarray:
    """Return what texts, or cells that are neither text nor of the kind, stand for; None where for nothing."""
    values = np.full(len(cells), None, dtype=object)
    if kind == "text":
        return np.array([_printed(cell) for cell in cells], dtype=object) if coerce else values
    if not isinstance(cells[0], str):
        if coerce and kind in ("number", "boolean"):
            values[:] = [_truth_or_number(cell, kind) for cell in cells]
        return values
    texts = pd.Series(cells, dtype=object).str.strip()
    if kind == "number":
        numbers = pd.to_numeric(texts, errors="coerce").to_numpy(np.float64)
        values[:] = np.where(np.isnan(numbers), None, numbers)
    elif kind == "time":
        values[:] = texts.where(texts.str.match(_ISO).astype(bool), None)
    else:
        values[:] = [_TRUTH.get(text.casefold()) for text in texts]
    return values


def _truth_or_number(cell: Any, kind: Kind) -> Any:
    if kind == "number":
        return float(cell) if isinstance(cell, bool | np.bool_) else None
    return bool(cell) if isinstance(cell, Real) and cell in (0, 1) else None


def _printed(cell: Any) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def _column(series: nw.Series[Any], values: np.ndarray, kind: Kind) -> tuple[nw.Series[Any], np.ndarray]:
    """Return values as a column of the engine, and which of them are none."""
    backend = series.implementation
    if kind == "number":
        numbers = np.array([np.nan if value is None else float(value) for value in values], dtype=np.float64)
        return number_column(series.name, numbers, series), np.isnan(numbers)
    if kind == "time":
        times = pd.to_datetime(pd.Series(values, dtype=object), format="ISO8601", errors="coerce", utc=True)
        times = times.dt.tz_localize(None)
        if backend.is_pandas_like():
            return nw.from_native(times.rename(series.name), series_only=True), times.isna().to_numpy()
        moments = [None if pd.isna(time) else time.to_pydatetime() for time in times]
        return nw.new_series(series.name, moments, nw.Datetime("us"), backend=backend), times.isna().to_numpy()
    failed = np.array([value is None for value in values], dtype=bool)
    if backend.is_pandas_like():
        return nw.from_native(pd.Series(values.tolist(), name=series.name), series_only=True), failed
    dtype = nw.Boolean if kind == "boolean" else nw.String
    return nw.new_series(series.name, values.tolist(), dtype, backend=backend), failed
