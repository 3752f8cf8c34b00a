"""Columns in which missing is written in several ways."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from datafix.checks.tables import Tables
from datafix.report import Issue, Severity
from datafix.sentinels import find_sentinels
from datafix.table import Table


@dataclass(frozen=True)
class MixedNulls:
    """Find columns of text in which missing is written in several ways, such as "N/A", "none" and an empty cell.

    Whatever counts one of them as a category tells apart what is the same.
    """

    name: ClassVar[str] = "mixed_nulls"
    needs: ClassVar[frozenset[str]] = frozenset({"features"})

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield an info for each column and table; that they stand for missing is another check's warning."""
        for table in tables.both:
            for column, figures in table.statistics.items():
                if figures.kind != "text":
                    continue
                ways = _ways(table, column)
                if len(ways) < 2:
                    continue
                shown = ", ".join(f"{way} on {count} row(s)" for way, count in ways.items())
                yield Issue(
                    self.name,
                    Severity.INFO,
                    f"Column {column!r} writes missing in {len(ways)} ways: {shown}.",
                    "Make them one: datafix.clean.SentinelCleaner(), which TablePreprocessor begins with.",
                    table=table.part,
                    column=column,
                    evidence={"ways": ways},
                )


def _ways(table: Table, column: str) -> dict[str, int]:
    """Return each way and on how many rows it stands; none unless there is a text that means missing."""
    spelt = [value for value in find_sentinels(table.series(column)) if isinstance(value, str)]
    if not spelt:
        return {}
    counts = dict(zip(*map(list, table.value_counts(column)), strict=True))
    ways = {repr(value): int(counts[value]) for value in spelt}
    n_missing = table.statistics[column].n_missing
    return ways | ({"an empty cell": n_missing} if n_missing else {})
