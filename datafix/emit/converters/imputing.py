"""Imputers with one fill a column, and indicators of missing values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from keras import ops

from datafix.emit.lookups import missing
from datafix.emit.symbols import (
    MISSING_TEXT,
    NO_TIME,
    Column,
    Time,
    constant,
    is_text,
    is_time,
    matrix_of,
    numbers,
    time_of,
)
from datafix.errors import NotExportableError


def simple_imputer(step: Any, columns: list[Column], who: str) -> list[Column]:
    """Write SimpleImputer, with its indicators."""
    masked = [
        with_missing(column, step.missing_values, fill, who)
        for column, fill in zip(columns, step.statistics_, strict=True)
    ]
    kept = [at for at, fill in enumerate(step.statistics_) if step.keep_empty_features or not _is_nan(fill)]
    filled = fill_missing([masked[at] for at in kept], [step.statistics_[at] for at in kept], who)
    return filled + (indicators(masked, step.indicator_.features_, who) if step.add_indicator else [])


def missing_indicator(step: Any, columns: list[Column], who: str) -> list[Column]:
    """Write MissingIndicator."""
    masked = [with_missing(column, step.missing_values, None, who) for column in columns]
    return indicators(masked, step.features_, who)


def fill_missing(columns: Sequence[Column], fills: Sequence[Any], who: str) -> list[Column]:
    """Return columns whose missing values are filled, each with its own text, seconds or number."""
    filled: dict[int, Column] = {}
    for at, (column, fill) in enumerate(zip(columns, fills, strict=True)):
        if is_text(column, fill, who):
            filled[at] = column.renamed({MISSING_TEXT: str(fill)})
        elif is_time(column):
            seconds = time_of(column, who)
            filled[at] = Time(ops.where(ops.equal(seconds, NO_TIME), np.int64(fill), seconds))
    at_numbers = [at for at in range(len(columns)) if at not in filled]
    if at_numbers:
        x = matrix_of([columns[at] for at in at_numbers], who)
        values = np.array([fills[at] for at in at_numbers], dtype=np.float64)
        filled.update(zip(at_numbers, numbers(ops.where(ops.isnan(x), values, x)), strict=True))
    return [filled[at] for at in range(len(columns))]


def indicators(columns: Sequence[Column], positions: Any, who: str) -> list[Column]:
    """Return 1.0 where a value is missing, of the columns at the positions."""
    chosen = [columns[int(position)] for position in positions]
    return numbers(missing(chosen, who)) if chosen else []


def with_missing(column: Column, marker: Any, fill: Any, who: str) -> Column:
    """Return the column with its marker of missing values made "" or NaN."""
    if is_text(column, marker if isinstance(marker, str) else fill, who):
        return column if marker is None or _is_nan(marker) else column.renamed({str(marker): MISSING_TEXT})
    if marker is None or _is_nan(marker):
        return column
    if isinstance(marker, str):
        raise NotExportableError(f"{who} looks for the text {marker!r} in a column of numbers.")
    x = matrix_of([column], who)
    return numbers(ops.where(ops.equal(x, constant(marker)), constant(np.nan), x))[0]


def _is_nan(value: Any) -> bool:
    return value is not None and bool(pd.isna(value))
