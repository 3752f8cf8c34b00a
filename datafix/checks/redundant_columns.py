"""Columns that say the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.checks.tables import Tables
from datafix.report import Issue, Severity
from datafix.table import Table


@dataclass(frozen=True)
class RedundantColumns:
    """Find columns whose values stand for each other one to one, or are the same number in another unit."""

    name: ClassVar[str] = "redundant_columns"
    needs: ClassVar[frozenset[str]] = frozenset({"features"})

    precision: float = 1e-9
    most_columns: int = 500

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield an info for each group of columns that are one."""
        groups = [("one to one", names) for names in _one_to_one(tables.train)]
        listed = {name for _, names in groups for name in names}
        groups += [
            ("linearly", names)
            for names in _linear(tables.train, self.precision, self.most_columns)
            if not set(names) <= listed
        ]
        for how, names in groups:
            yield Issue(
                self.name,
                Severity.INFO,
                f"Columns {', '.join(map(repr, names))} say the same: their values correspond {how} on every row.",
                f"Keep one of them, such as {names[-1]!r}.",
                column=names[0],
                evidence={"columns": names, "correspondence": how},
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


def _linear(table: Table, precision: float, most_columns: int) -> list[list[str]]:
    numeric = [
        name
        for name, figures in table.statistics.items()
        if figures.kind == "number"
        and figures.std
        and np.isfinite(figures.std)
        and not figures.n_missing
        and not figures.n_infinite
    ][:most_columns]
    if len(numeric) < 2 or table.n_rows < 4:
        return []
    values = np.column_stack([table.numbers(name) for name in numeric])
    values = (values - values.mean(axis=0)) / values.std(axis=0)
    alike = np.abs(values.T @ values) / len(values) >= 1 - precision
    groups, listed = [], np.zeros(len(numeric), dtype=bool)
    for i in range(len(numeric)):
        same = np.flatnonzero(alike[i] & ~listed)
        if not listed[i] and len(same) > 1:
            groups.append([numeric[j] for j in same])
            listed[same] = True
    return groups
