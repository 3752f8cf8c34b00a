"""Columns that are distributed differently in test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.checks.tables import Tables
from datafix.report import Issue, Severity
from datafix.table import Table


@dataclass(frozen=True)
class ColumnDrift:
    """Find columns whose distribution differs between the tables by more than sampling explains.

    The distance is the largest difference of the two distribution functions for numbers and times
    (Kolmogorov-Smirnov), half the sum of the differences of shares for categories (total variation).
    What chance alone gives at these numbers of rows is taken off, so that size alone flags nothing.
    """

    name: ClassVar[str] = "column_drift"
    needs: ClassVar[frozenset[str]] = frozenset({"features", "test"})

    distance: float = 0.1
    most_categories: int = 500

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
                distance, chance = _kolmogorov_smirnov(train.numbers(column), test.numbers(column))
            elif train.kinds[column] != "mixed" and train.statistics[column].n_unique <= self.most_categories:
                distance, chance = _total_variation(train, test, column)
            else:
                continue
            if distance - chance > self.distance:
                yield Issue(
                    self.name,
                    Severity.WARNING,
                    f"Column {column!r} is distributed differently in the test table: distance {distance:.2f}, "
                    f"where chance would give up to {chance:.2f}.",
                    "Find out what changed; a model learned on other values than it meets is wrong there.",
                    table="test",
                    column=column,
                    evidence={"distance": distance, "chance": chance},
                )


def _kolmogorov_smirnov(here: np.ndarray, there: np.ndarray) -> tuple[float, float]:
    here, there = np.sort(here[np.isfinite(here)]), np.sort(there[np.isfinite(there)])
    if not len(here) or not len(there):
        return 0.0, 0.0
    at = np.concatenate([here, there])
    below = np.searchsorted(here, at, "right") / len(here) - np.searchsorted(there, at, "right") / len(there)
    # The 99.9 % quantile of the statistic (Smirnov 1948).
    return float(np.abs(below).max()), float(1.95 * np.sqrt(1 / len(here) + 1 / len(there)))


def _total_variation(train: Table, test: Table, column: str) -> tuple[float, float]:
    values, counts = train.value_counts(column)
    test_values, test_counts = test.value_counts(column)
    here = dict(zip(values.tolist(), counts.tolist(), strict=True))
    there = dict(zip(test_values.tolist(), test_counts.tolist(), strict=True))
    n, m = sum(here.values()), sum(there.values())
    if not n or not m:
        return 0.0, 0.0
    names = here.keys() | there.keys()
    shares = np.array([(here.get(name, 0) / n, there.get(name, 0) / m) for name in names])
    pooled = np.array([(here.get(name, 0) + there.get(name, 0)) / (n + m) for name in names])
    # Mean of a folded normal for every category, and three standard errors of the largest on top.
    error = np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    chance = 0.5 * (np.sqrt(2 / np.pi) * error.sum() + 3 * error.max())
    return float(np.abs(shares[:, 0] - shares[:, 1]).sum() / 2), float(chance)
