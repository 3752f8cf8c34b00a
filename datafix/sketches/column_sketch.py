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
from datafix.task import Task, task_of

MOST_VALUES = 100_000
"""Distinct values that are counted, at most; of a column with more, none is."""

_TAIL = 16
_LOOK = 4096
"""Values looked at before a column of fractions is counted: where most of them differ, it is not."""

_ERROR = 0.03
"""By so much of itself an estimate of distinct values is wrong, at most: five standard errors."""


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
        Value to how often it occurs, in order of appearance; None where there are more than 100,000, for times, and for
        numbers with fractions of which more than half of 4,096 differ.
    first_known : int or None
        Where the first value stands that is not missing.

    Notes
    -----
    Moments are merged after Chan, Golub and LeVeque (COMPSTAT 1982).
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
        self.first_known = None if empty else int(missing.argmin())
        self.counts: dict[Any, int] | None = None
        if kind in ("number", "boolean", "time"):
            self._measure(as_numbers(series))
        if kind == "time" or (kind == "number" and not self.is_integral and _varied(as_numbers(series.head(_LOOK)))):
            self.distinct = DistinctValues(value_hashes(series)[~missing])
            return
        codes, uniques = factorize(series)
        if len(uniques) <= MOST_VALUES:
            counts = np.bincount(codes[codes >= 0], minlength=len(uniques))
            self.counts = dict(zip(uniques.tolist(), counts.tolist(), strict=True))
        first = np.flatnonzero(codes > np.maximum.accumulate(np.append(-1, codes[:-1]))) if len(codes) else codes
        self.distinct = DistinctValues(value_hashes(series[first.tolist()]))

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
            self.squares += other.squares + apart * apart * n * m / (n + m)
            self.mean = other.mean if not n else self.mean + apart * m / (n + m)
        self.minimum = min(_known(self.minimum, other.minimum), default=None)
        self.maximum = max(_known(self.maximum, other.maximum), default=None)
        self.is_whole = self.is_whole and other.is_whole
        self.is_integral = self.is_integral and other.is_integral
        self.tails = _tails(np.concatenate([self.tails, other.tails]), n + m)
        if self.first_known is None and other.first_known is not None:
            self.first_known = self.n_rows + other.first_known
        self.n_rows += other.n_rows
        self.n_missing += other.n_missing
        self.n_infinite += other.n_infinite
        self.distinct.merge(other.distinct)
        if self.counts is None or other.counts is None:
            self.counts = None
            return
        for value, count in other.counts.items():
            self.counts[value] = self.counts.get(value, 0) + count
        if len(self.counts) > MOST_VALUES:
            self.counts = None

    def renamed(self, name: str) -> ColumnSketch:
        """Return what is kept of the column, by another name."""
        after = copy(self)
        after.name = name
        return after

    def without(self, values: Iterable[Any]) -> ColumnSketch:
        """Return what would be kept of the column if these values were missing; they are not where none is counted."""
        after = copy(self)
        if self.counts is None:
            return after
        after.counts = dict(self.counts)
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
        """Return finite numbers of a sample, sorted, its smallest and largest replaced by those of all."""
        if self.has_all:
            return self.tails
        inner = np.sort(numbers)[_TAIL:-_TAIL]
        return np.concatenate([self.tails[:_TAIL], inner, self.tails[_TAIL:]])

    @property
    def n_finite(self) -> int:
        """How many values are known, and finite."""
        return self.n_rows - self.n_missing - self.n_infinite

    @property
    def has_all(self) -> bool:
        """Whether the tails are all finite numbers there are."""
        return self.n_finite == len(self.tails)

    @property
    def n_unique(self) -> int:
        """How many values differ, -1 where they need not compare; an estimate where many do, and were not counted."""
        return -1 if self.kind == "mixed" else self.n_values

    @property
    def n_values(self) -> int:
        """How many values differ, of whatever kinds; an estimate where they were not counted."""
        return self.distinct.count if self.counts is None else len(self.counts)

    @property
    def may_all_differ(self) -> bool:
        """Whether no value comes again, as far as can be told of values that were not counted."""
        fewest = 1.0 if self.has_exact_values else 1 - _ERROR
        return self.n_values >= fewest * (self.n_rows - self.n_missing)

    @property
    def has_exact_values(self) -> bool:
        """Whether the number of distinct values is no estimate."""
        return self.counts is not None or self.distinct.is_exact

    @property
    def task(self) -> Task:
        """What the column is as a target."""
        n_known = self.n_rows - self.n_missing
        return task_of(self.kind, is_integral=self.is_integral, n_values=self.n_values, n_known=n_known)

    @property
    def median(self) -> float | None:
        """The median of the finite numbers, where values were counted; else None."""
        if self.counts is None or not self.n_finite:
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
