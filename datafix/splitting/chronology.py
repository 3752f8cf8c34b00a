"""Parts in the order of time."""

from __future__ import annotations

import datetime as dt
import numbers
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from datafix.columns import as_microseconds, as_numbers, is_missing, kind_of
from datafix.errors import ParameterError, TableError
from datafix.splitting.drawing import NUMBERS, Sizes

IN_GAP, TIED = -1, -2


def cut(times: np.ndarray, units: np.ndarray, shares: Sizes, gap: float) -> np.ndarray:
    """Return each row's part (0 train, 1 validation, 2 test), or why it is in none, int8 of shape (rows,).

    The last rows are the test part, the last of those that are left then the validation part. Equal times
    are never parted. What is not later than a part's first row but by at most the gap before it is
    ``IN_GAP``; earlier rows of a unit that the part holds are ``TIED``.

    Parameters
    ----------
    times : float64 ndarray of shape (rows,)
    units : int64 ndarray of shape (rows,)
        Rows with the same number must not lie on both sides of a border.
    shares : dict of "test" and "validation" to float
    gap : float
        In the units of ``times``.
    """
    part = np.zeros(len(times), dtype=np.int8)
    free = np.ones(len(times), dtype=bool)
    for name in ("test", "validation"):
        start = _start(times[free], round(shares[name] * len(times)))
        held = free & (times >= start)
        part[held] = NUMBERS[name]
        free &= ~held
        if not held.any():
            continue
        tied = free & np.isin(units, units[held])
        near = free & (start - times <= gap) & (gap > 0)
        part[tied], part[near] = TIED, IN_GAP
        free &= ~(tied | near)
    return part


def _start(times: np.ndarray, wanted: int) -> float:
    """Return the first moment of as many last rows as wanted, or of fewer where a moment would be parted."""
    moments, counts = np.unique(times, return_counts=True)
    after = np.cumsum(counts[::-1])[::-1]
    late = moments[after <= wanted]
    return float(late[0]) if len(late) else np.inf


def times_of(series: nw.Series[Any]) -> np.ndarray:
    """Return times as float64 (microseconds, or the numbers themselves).

    Raises
    ------
    TableError
        If they are neither times nor numbers, or some are missing.
    """
    kind = kind_of(series)
    if kind not in ("number", "time"):
        raise TableError(f"split needs times or numbers to order rows by, got {series.dtype}. Parse them first.")
    missing = is_missing(series)
    if missing.any():
        raise TableError(
            f"split cannot order {int(missing.sum())} row(s) without a time, the first at position "
            f"{np.flatnonzero(missing)[0]}. Drop them or give them one."
        )
    return as_microseconds(series).astype(np.float64) if kind == "time" else as_numbers(series)


def gap_of(gap: Any, series: nw.Series[Any]) -> float:
    """Return a gap in the units of ``times_of(series)``.

    Raises
    ------
    ParameterError
        If it is no span of the kind that the times are of, or negative.
    """
    if gap is None:
        return 0.0
    timed = kind_of(series) == "time"
    span = isinstance(gap, dt.timedelta | np.timedelta64)
    number = isinstance(gap, numbers.Real) and not isinstance(gap, bool | np.timedelta64)
    if span and (timed or series.dtype == nw.Duration):
        length = pd.Timedelta(gap) / pd.Timedelta(microseconds=1) / (1 if timed else 1e6)
    elif number and not timed:
        length = float(gap)
    else:
        wanted = "a timedelta, as the times are dates" if timed else "a number, as the times are numbers"
        raise ParameterError(f"split needs gap as {wanted}; got {gap!r}.")
    if not 0 <= length < np.inf:
        raise ParameterError(f"split needs a gap of at least 0, got {gap!r}.")
    return length
