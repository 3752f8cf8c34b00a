"""Columns that say the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.stats import rankdata

from datafix.checks.tables import Tables
from datafix.report import Issue, Severity
from datafix.table import Table

FEWEST_VALUES = 30
"""Ranks of fewer values are mostly ties."""


@dataclass(frozen=True)
class RedundantColumns:
    """Find columns whose values stand for each other one to one, are one number in another unit, or nearly so.

    Nearly: their ranks correlate by ``rank`` or more (Spearman), on at most ``most_rows`` rows.
    """

    name: ClassVar[str] = "redundant_columns"
    needs: ClassVar[frozenset[str]] = frozenset({"features"})

    precision: float = 1e-9
    most_columns: int = 500
    rank: float = 0.999
    most_rows: int = 5000

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield an info for each group of columns that are one."""
        groups = [("one to one", names) for names in _one_to_one(tables.train)]
        listed = {name for _, names in groups for name in names}
        groups += [
            ("linearly", names)
            for names in _linear(tables.train, self.precision, self.most_columns)
            if not set(names) <= listed
        ]
        listed |= {name for _, names in groups for name in names[1:]}  # one of each group speaks for it
        near = _nearly(tables.train, listed, self.rank, self.most_columns, self.most_rows)
        for how, names in groups:
            yield Issue(
                self.name,
                Severity.INFO,
                f"Columns {', '.join(map(repr, names))} say the same: their values correspond {how} on every row.",
                f"Keep one of them, such as {names[-1]!r}.",
                column=names[0],
                evidence={"columns": names, "correspondence": how},
            )

        for names in near:
            yield Issue(
                self.name,
                Severity.INFO,
                f"Columns {', '.join(map(repr, names))} say nearly the same: their ranks correlate by {self.rank} or "
                "more.",
                f"Keep one of them, such as {names[-1]!r}, unless their difference matters.",
                column=names[0],
                evidence={"columns": names, "correspondence": "nearly"},
            )


def _one_to_one(table: Table) -> list[list[str]]:
    """Columns that number their values alike, in order of appearance, are one partition of the rows."""
    partitions = defaultdict(list)
    for column, figures in table.statistics.items():
        if 2 * figures.n_unique > table.n_rows - figures.n_missing:
            continue  # hardly a value repeats
        codes, uniques = table.factorize(column)
        if len(uniques) > 1 and 2 * len(uniques) <= table.n_rows - figures.n_missing:
            partitions[hash(codes.tobytes())].append(column)
    return [names for names in partitions.values() if len(names) > 1]


def _complete(table: Table, fewest_values: int = 0) -> list[str]:
    """Return the columns of numbers that vary and have one on every row."""
    return [
        name
        for name, figures in table.statistics.items()
        if figures.kind == "number"
        and figures.std
        and np.isfinite(figures.std)
        and not figures.n_missing
        and not figures.n_infinite
        and figures.n_unique >= fewest_values
    ]


def _nearly(table: Table, listed: set[str], rank: float, most_columns: int, most_rows: int) -> list[list[str]]:
    numeric = [name for name in _complete(table, FEWEST_VALUES) if name not in listed][:most_columns]
    if len(numeric) < 2:
        return []
    step = -(-table.n_rows // most_rows)
    ranks = np.column_stack([rankdata(table.numbers(name)[::step]) for name in numeric])
    return _alike(ranks, numeric, rank)


def _linear(table: Table, precision: float, most_columns: int) -> list[list[str]]:
    numeric = _complete(table)[:most_columns]
    if len(numeric) < 2 or table.n_rows < 4:
        return []
    return _alike(np.column_stack([table.numbers(name) for name in numeric]), numeric, 1 - precision)


def _alike(values: np.ndarray, numeric: list[str], least: float) -> list[list[str]]:
    """Return groups of columns that correlate by ``least`` or more with the first of their group."""
    values = (values - values.mean(axis=0)) / values.std(axis=0)
    alike = np.abs(values.T @ values) / len(values) >= least
    groups, listed = [], np.zeros(len(numeric), dtype=bool)
    for i in range(len(numeric)):
        same = np.flatnonzero(alike[i] & ~listed)
        if not listed[i] and len(same) > 1:
            groups.append([numeric[j] for j in same])
            listed[same] = True
    return groups
