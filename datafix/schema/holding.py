"""Which values of a column break its rule."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa

from datafix.columns import (
    NO_TIME,
    NOT_FOUND,
    Kind,
    as_microseconds,
    as_numbers,
    factorize,
    is_missing,
    kind_of,
    positions_in,
)
from datafix.errors import SchemaError
from datafix.schema.as_kind import as_kind
from datafix.schema.column_rule import ColumnRule, as_number

_BOUNDS: dict[str, tuple[str, Any]] = {
    "minimum": ("at least", np.less),
    "above": ("above", np.less_equal),
    "maximum": ("at most", np.greater),
    "below": ("below", np.greater_equal),
}


def judged(
    series: nw.Series[Any], rule: ColumnRule, *, text_passes: bool = False
) -> tuple[nw.Series[Any] | None, list[tuple[str, np.ndarray]]]:
    """Return a column as its kind (None: no cell is of it), and the parts that it breaks, in words, with their rows.

    No rows: the whole column is at fault.
    """
    reading = as_kind(series, rule.kind)
    wrong = reading.wrong if text_passes or reading.wrong.any() else reading.spelt
    if wrong.any() and (wrong | is_missing(series)).all():
        told = f"must hold {rule.kind} values, holds {kind_of(series)}"
        return None, [(told, np.zeros(0, dtype=np.int64))]
    parts = [(told, broken & ~reading.wrong) for told, broken in broken_parts(reading.series, rule)]
    parts = [(f"of kind {rule.kind}", wrong), *parts]
    return reading.series, [(told, np.flatnonzero(broken)) for told, broken in parts if broken.any()]


def broken_parts(series: nw.Series[Any], rule: ColumnRule) -> Iterator[tuple[str, np.ndarray]]:
    """Yield each part of the rule that a value breaks, in words, and which values do, bool of shape (rows,).

    One vectorised pass a part. pandera, asked for all failures, makes a row of objects of each cell: five times the CPU
    and six times the memory (``benchmarks/schema_speed.py``).
    """
    if not rule.nullable:
        yield "not missing", is_missing(series)
    if rule.bounds or rule.integer:
        yield from _broken_numbers(_comparable(series), rule)
    if rule.categories is not None:
        foreign = _is_foreign(series, rule)
        if foreign.sum() > rule.unknown_share * len(foreign):
            yield f"one of {len(rule.categories)} known values", foreign
    if rule.excluded is not None:
        yield f"none of {len(rule.excluded)} excluded values", _is_one_of(series, rule.excluded, rule.kind)
    if rule.pattern is not None:
        codes, uniques = factorize(series)
        matches = re.compile(rule.pattern).match
        yield f"matching {rule.pattern!r}", np.array([matches(text) is None for text in uniques] + [False])[codes]
    if rule.unique:
        codes = exact_codes(series)
        yield "unique", np.append(np.bincount(codes[codes >= 0]) > 1, False)[codes]
    if rule.check is not None:
        yield f"right by {getattr(rule.check, '__name__', repr(rule.check))}", _wrong_by(rule.check, series)


def exact_codes(series: nw.Series[Any]) -> np.ndarray:
    """Return codes of distinct values, -1 for missing: times to the microsecond, whole numbers to the last digit."""
    if kind_of(series) == "time":
        micros = as_microseconds(series)
        return np.where(micros == NO_TIME, -1, pd.factorize(micros)[0])
    if series.dtype.is_integer() and not series.null_count():
        return pd.factorize(series.to_numpy())[0]
    return factorize(series)[0]


def _broken_numbers(values: np.ndarray, rule: ColumnRule) -> Iterator[tuple[str, np.ndarray]]:
    for name, bound in rule.bounds.items():
        told, breaks = _BOUNDS[name]
        yield f"{told} {bound}", breaks(values, as_number(bound))
    if rule.integer:
        yield "whole", np.isfinite(values) & (values != np.floor(values))


def _comparable(series: nw.Series[Any]) -> np.ndarray:
    """Return numbers, or times as microseconds since 1970, as float64 of shape (rows,), missing as NaN."""
    if kind_of(series) != "time":
        return as_numbers(series)
    micros = as_microseconds(series)
    return np.where(micros == NO_TIME, np.nan, micros.astype(np.float64))


def _is_foreign(series: nw.Series[Any], rule: ColumnRule) -> np.ndarray:
    categories = rule.categories or ()
    if rule.kind == "text":
        known = pa.array(list(dict.fromkeys(map(str, categories))), pa.large_string())
        return positions_in(series, known) == NOT_FOUND
    return ~_is_one_of(series, categories, rule.kind) & ~is_missing(series)


def _is_one_of(series: nw.Series[Any], values: tuple[Any, ...], kind: Kind) -> np.ndarray:
    if kind == "time":
        return np.isin(_comparable(series), [as_number(pd.Timestamp(value)) for value in values])
    codes, uniques = factorize(series)
    among = {str(value) for value in values} if kind == "text" else set(values)
    return np.array([value in among for value in uniques.tolist()] + [False], dtype=bool)[codes]


def _wrong_by(check: Any, series: nw.Series[Any]) -> np.ndarray:
    known = ~is_missing(series)
    values = series.to_pandas().reset_index(drop=True)[known]
    right = np.asarray(check(values))
    if right.shape != values.shape or right.dtype != bool:
        raise SchemaError(
            f"Check {check!r} of column {series.name!r} must return one bool a value, shape {values.shape}; "
            f"got {right.dtype} of shape {right.shape}."
        )
    wrong = np.zeros(len(known), dtype=bool)
    wrong[known] = ~right
    return wrong
