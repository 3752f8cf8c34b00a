"""Columns that are distributed differently in test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np
from scipy.special import kolmogorov
from scipy.stats import chi2_contingency

from datafix.checks.leakage_types import LEAKAGE_TYPES
from datafix.checks.tables import Tables
from datafix.report import MOST, Bars, Issue, Severity
from datafix.table import Table

FEWEST_EXPECTED = 5


@dataclass(frozen=True)
class ColumnDrift:
    """Find columns whose distribution differs between the tables by more than sampling explains.

    The distance is the largest difference of the two distribution functions for numbers and times
    (Kolmogorov-Smirnov), half the sum of the differences of shares for categories (total variation).
    It must exceed what chance alone gives at these numbers of rows and columns, so that size alone flags nothing.
    Of numbers and times at most ``most_rows`` rows of each table are looked at, evenly spread.
    """

    name: ClassVar[str] = "column_drift"
    needs: ClassVar[frozenset[str]] = frozenset({"features", "test"})

    distance: float = 0.1
    p_value: float = 1e-3
    most_categories: int = 500
    most_rows: int = 200_000

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield a warning for each column."""
        train, test = tables.train, tables.test
        assert test is not None  # it stands in needs
        for column in train.columns:
            if column not in test.columns or train.kinds[column] != test.kinds[column]:
                continue
            if column in (train.roles.get("time"), train.roles.get("groups")):
                continue
            if train.kinds[column] in ("number", "time"):
                distance, p_value = _kolmogorov_smirnov(
                    *(part.numbers(column)[:: -(-part.n_rows // self.most_rows)] for part in (train, test))
                )
            elif train.kinds[column] != "mixed" and train.statistics[column].n_unique <= self.most_categories:
                distance, p_value = _total_variation(train, test, column)
            else:
                continue
            if distance >= self.distance and p_value < self.p_value / len(train.columns):
                yield Issue(
                    self.name,
                    Severity.WARNING,
                    f"Column {column!r} is distributed differently in the test table: distance {distance:.2f}, "
                    f"chance alone {max(p_value, 1e-300):.0e}.",
                    "Find out what changed; a model learned on other values than it meets is wrong there.",
                    table="test",
                    column=column,
                    evidence={"distance": distance, "p_value": p_value, "leakage": LEAKAGE_TYPES[self.name]},
                    figure=_shares(train, test, column),
                )


def _shares(train: Table, test: Table, column: str) -> Bars:
    """Return the shares of both tables in twelve ranges, or of their most frequent values."""
    if train.kinds[column] in ("number", "time"):
        parts = [values[np.isfinite(values)] for values in (train.numbers(column), test.numbers(column))]
        low, high = np.quantile(np.concatenate(parts), [0.005, 0.995])
        edges = np.linspace(low, high if high > low else low + 1, MOST + 1)
        counts = [np.histogram(values.clip(edges[0], edges[-1]), edges)[0] / len(values) for values in parts]
        ends = [_end(edge, train.kinds[column]) for edge in edges]
        labels = tuple(f"{here} to {there}" for here, there in pairwise(ends))
        shares = [tuple(map(float, part)) for part in counts]
    else:
        known = [dict(zip(*map(list, table.value_counts(column)), strict=True)) for table in (train, test)]
        most = sorted(
            {*known[0], *known[1]}, key=lambda value: -max(part.get(value, 0) / sum(part.values()) for part in known)
        )
        labels = tuple(map(str, most[:MOST]))
        shares = [tuple(part.get(value, 0) / sum(part.values()) for value in most[:MOST]) for part in known]
    return Bars(f"Share of the rows, by {column}", labels, {"train": shares[0], "test": shares[1]}, percent=True)


def _end(edge: float, kind: str) -> str:
    return f"{edge:.4g}" if kind == "number" else str(np.datetime64(int(edge), "s"))[:10]


def _kolmogorov_smirnov(here: np.ndarray, there: np.ndarray) -> tuple[float, float]:
    here, there = here[np.isfinite(here)], there[np.isfinite(there)]
    if not len(here) or not len(there):
        return 0.0, 1.0
    at = np.sort(np.concatenate([here, there]))
    below = [np.searchsorted(np.sort(part), at, "right") / len(part) for part in (here, there)]
    distance = float(np.abs(below[0] - below[1]).max())
    size = len(here) * len(there) / (len(here) + len(there))
    return distance, float(kolmogorov(np.sqrt(size) * distance))  # Smirnov 1948


def _total_variation(train: Table, test: Table, column: str) -> tuple[float, float]:
    """Return half the sum of the differences of shares, and the p-value of the chi-squared test."""
    values, counts = train.value_counts(column)
    test_values, test_counts = test.value_counts(column)
    here = dict(zip(values.tolist(), counts.tolist(), strict=True))
    there = dict(zip(test_values.tolist(), test_counts.tolist(), strict=True))
    n, m = sum(here.values()), sum(there.values())
    if not n or not m:
        return 0.0, 1.0
    table = np.array([(here.get(name, 0), there.get(name, 0)) for name in here.keys() | there.keys()], dtype=float)
    distance = float(np.abs(table[:, 0] / n - table[:, 1] / m).sum() / 2)
    rare = table.sum(axis=1) * min(n, m) / (n + m) < FEWEST_EXPECTED
    table = np.vstack([table[~rare], table[rare].sum(axis=0)]) if rare.any() else table
    table = table[table.sum(axis=1) > 0]
    return distance, float(chi2_contingency(table, correction=False).pvalue) if len(table) > 1 else 1.0
