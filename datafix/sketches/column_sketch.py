"""What is kept of one column."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy, deepcopy
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from datafix.columns import Kind, as_numbers, factorize, is_missing, kind_of
from datafix.fingerprint import value_hashes
from datafix.sketches.distinct_values import DistinctValues
from datafix.statistics import ColumnStatistics

MOST_VALUES = 100_000
"""Distinct values that are counted; of more, the rarest are let go."""

_TAIL = 16
_LOOK = 4096
"""Values looked at before a column of numbers is counted: where most of them differ, it is not."""


class ColumnSketch:
    """Figures of a column that merge: counts, extremes, moments, distinct values.

    Parameters
    ----------
    series : narwhals.Series
        Its rows in one partition.

    Attributes
    ----------
    name : str
    kind : {"number", "boolean", "text", "time", "mixed"} or None
        None while no value was seen that tells.
    is_whole : bool
        Whether it is stored as whole numbers.
    n_rows, n_missing, n_infinite : int
    minimum, maximum : float or None
        Of finite numbers; times are seconds since 1970.
    tails : float64 ndarray
        The 16 smallest and the 16 largest finite numbers, sorted; all of them while they are fewer.
    is_integral : bool
        Whether all finite numbers are whole.
    mean, squares : float
        Of finite numbers; squares of the distances from the mean, added.
    distinct : DistinctValues
    counts : dict or None
        Value to how often it occurs, in order of appearance; None where a column of numbers has too many.
    n_uncounted : int
        By so much at most a count is short, and a value that is not among the counts occurs: 0 unless the column has
        more than 100,000 values.

    Notes
    -----
    Moments are merged after Chan, Golub and LeVeque (COMPSTAT 1982); values let go as Misra and Gries have it (Science
    of Computer Programming 2(2), 1982).
    """

    def __init__(self, series: nw.Series[Any]) -> None:
        self.name = series.name
        missing = is_missing(series)
        self.n_rows, self.n_missing, self.n_infinite = len(series), int(missing.sum()), 0
        kind = kind_of(series)
        empty = self.n_missing == self.n_rows
        tells = not empty or series.dtype not in (nw.Object, nw.Unknown)
        self.kind: Kind | None = kind if tells else None
        self.is_whole = series.dtype.is_integer()
        self.minimum: float | None = None
        self.maximum: float | None = None
        self.tails = np.zeros(0)
        self.is_integral = True
        self.mean = self.squares = 0.0
        self.n_uncounted = 0
        self.counts: dict[Any, int] | None = None
        if kind in ("number", "boolean", "time"):
            self._measure(as_numbers(series))
        if kind == "time" or (kind == "number" and _varied(as_numbers(series.head(_LOOK)))):
            self.distinct = DistinctValues(value_hashes(series)[~missing])
            return
        codes, uniques = factorize(series)
        known = codes[codes >= 0]
        counts = np.bincount(known, minlength=len(uniques))
        self.counts = dict(zip(uniques.tolist(), counts.tolist(), strict=True))
        first = np.flatnonzero(codes > np.maximum.accumulate(np.append(-1, codes[:-1]))) if len(codes) else codes
        self.distinct = DistinctValues(value_hashes(series[first.tolist()]))
        self._let_go()

    @classmethod
    def constant(cls, name: str, value: float, n_rows: int) -> ColumnSketch:
        """Return what is kept of a column of one number."""
        column = cls(nw.new_series(name, [float(value)], nw.Float64, backend="pandas"))
        column.n_rows = n_rows
        column.counts = {float(value): n_rows}
        return column

    def merge(self, other: ColumnSketch) -> None:
        """Take in what another has seen of the rows that follow."""
        kinds = {kind for kind in (self.kind, other.kind) if kind}
        self.kind = kinds.pop() if len(kinds) == 1 else "mixed" if kinds else None
        n, m = self.n_finite, other.n_finite
        if m:
            apart = other.mean - self.mean
            self.squares += other.squares + apart**2 * n * m / (n + m)
            self.mean = other.mean if not n else self.mean + apart * m / (n + m)
        self.minimum = min(_known(self.minimum, other.minimum), default=None)
        self.maximum = max(_known(self.maximum, other.maximum), default=None)
        self.is_whole = self.is_whole and other.is_whole
        self.is_integral = self.is_integral and other.is_integral
        self.tails = _tails(np.concatenate([self.tails, other.tails]), n + m)
        self.n_rows += other.n_rows
        self.n_missing += other.n_missing
        self.n_infinite += other.n_infinite
        self.distinct.merge(other.distinct)
        self.n_uncounted += other.n_uncounted
        if self.counts is None or other.counts is None:
            self.counts = None
            return
        for value, count in other.counts.items():
            self.counts[value] = self.counts.get(value, 0) + count
        self._let_go()

    def renamed(self, name: str) -> ColumnSketch:
        """Return what is kept of the column, by another name."""
        after = copy(self)
        after.name = name
        return after

    def without(self, values: Iterable[Any]) -> ColumnSketch:
        """Return what would be kept of the column, counted as it is, if these values were missing."""
        after = copy(self)
        after.counts = dict(self.counts or {})
        gone = sum(after.counts.pop(value, 0) for value in values)
        after.n_missing = self.n_missing + gone
        return after

    def filled(self, value: float) -> ColumnSketch:
        """Return what would be kept of a column of numbers whose missing values were this one."""
        if not self.n_missing:
            return self
        one = ColumnSketch.constant(self.name, value, self.n_missing)
        one.kind = self.kind
        after = deepcopy(self)
        after.n_rows -= self.n_missing
        after.n_missing = 0
        after.merge(one)
        return after

    def with_tails(self, numbers: np.ndarray) -> np.ndarray:
        """Return finite numbers of a sample of the column, with the smallest and largest of all in their places."""
        if self.n_finite <= 2 * _TAIL:
            return self.tails
        inner = numbers[(numbers > self.tails[_TAIL - 1]) & (numbers < self.tails[_TAIL])]
        return np.concatenate([self.tails[:_TAIL], inner, self.tails[_TAIL:]])

    @property
    def n_finite(self) -> int:
        """How many values are known, and finite."""
        return self.n_rows - self.n_missing - self.n_infinite

    @property
    def n_unique(self) -> int:
        """How many values differ, -1 where they need not compare; an estimate where many do, and were not counted."""
        if self.kind == "mixed":
            return -1
        return self.distinct.count if self.counts is None or self.n_uncounted else len(self.counts)

    @property
    def median(self) -> float | None:
        """The median of the finite numbers, where values were counted; else None."""
        if self.counts is None or self.n_uncounted or not self.n_finite:
            return None
        values = np.array([float(value) for value in self.counts])
        counts = np.fromiter(self.counts.values(), dtype=np.int64, count=len(values))
        order = np.argsort(values)
        order = order[np.isfinite(values[order])]
        up_to = np.cumsum(counts[order])
        middle = np.searchsorted(up_to, [(self.n_finite - 1) // 2, self.n_finite // 2], side="right")
        return float(values[order][middle].mean())

    @property
    def statistics(self) -> ColumnStatistics:
        """The figures as they are gathered in memory."""
        measured = self.kind == "number" and self.n_finite > 0
        return ColumnStatistics(
            name=self.name,
            kind=self.kind or "text",
            n_rows=self.n_rows,
            n_missing=self.n_missing,
            n_infinite=self.n_infinite,
            n_unique=self.n_unique,
            minimum=self.minimum if measured else None,
            maximum=self.maximum if measured else None,
            mean=self.mean if measured else None,
            std=float(np.sqrt(self.squares / (self.n_finite - 1))) if measured and self.n_finite > 1 else None,
        )

    def _measure(self, numbers: np.ndarray) -> None:
        finite = numbers[np.isfinite(numbers)]
        self.n_infinite = len(numbers) - self.n_missing - len(finite)
        if not len(finite):
            return
        self.tails = _tails(finite, len(finite))
        self.is_integral = bool((finite == np.floor(finite)).all())
        self.minimum, self.maximum = float(self.tails[0]), float(self.tails[-1])
        with np.errstate(over="ignore", invalid="ignore"):  # the spread of numbers near the largest float is infinite
            self.mean = float(finite.mean())
            self.squares = float(np.square(finite - self.mean).sum())

    def _let_go(self) -> None:
        """Keep the more frequent half of too many values; of numbers, none."""
        if self.counts is None or len(self.counts) <= MOST_VALUES:
            return
        if self.kind == "number":
            self.counts = None
            return
        counts = np.fromiter(self.counts.values(), dtype=np.int64, count=len(self.counts))
        least = int(np.partition(counts, -MOST_VALUES // 2)[-MOST_VALUES // 2])
        self.n_uncounted += least
        self.counts = {value: count for value, count in self.counts.items() if count > least}


def _varied(numbers: np.ndarray) -> bool:
    known = numbers[~np.isnan(numbers)]
    return len(known) > _LOOK // 4 and len(pd.unique(known)) > len(known) / 2


def _tails(numbers: np.ndarray, n_of: int) -> np.ndarray:
    """Return the smallest and largest of numbers that hold those of as many as ``n_of``, sorted."""
    if n_of <= 2 * _TAIL:
        return np.sort(numbers)
    if len(numbers) > 4 * _TAIL:
        numbers = np.partition(numbers, [_TAIL - 1, len(numbers) - _TAIL])
        numbers = np.concatenate([numbers[:_TAIL], numbers[-_TAIL:]])
    numbers = np.sort(numbers)
    return np.concatenate([numbers[:_TAIL], numbers[-_TAIL:]])


def _known(*values: float | None) -> list[float]:
    return [value for value in values if value is not None]
