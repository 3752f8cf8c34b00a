"""Columns that name rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.checks.tables import Tables
from datafix.report import Issue, Severity
from datafix.statistics import ColumnStatistics
from datafix.table import Table


@dataclass(frozen=True)
class IdentifierColumn:
    """Find columns that hold another value on every row, as names and numbers of rows do."""

    name: ClassVar[str] = "identifier_column"
    needs: ClassVar[frozenset[str]] = frozenset({"features"})

    fewest_rows: int = 30

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield a warning for each column of distinct text, or of consecutive whole numbers."""
        train = tables.train
        if train.n_rows < self.fewest_rows:
            return
        apart = {train.roles.get("groups"), train.roles.get("time")}
        for column, figures in train.all_statistics.items():
            if column not in apart and _names_rows(train, figures):
                is_told = train.whole is None or train.whole.columns[column].has_exact_values
                yield Issue(
                    self.name,
                    Severity.WARNING,
                    f"Column {column!r} holds another value on {'' if is_told else 'nearly '}each of the {train.n_all} "
                    "rows, as an identifier does.",
                    "It can only be learned by heart: drop it, or name it with ids=... .",
                    column=column,
                    evidence={"n_unique": figures.n_unique},
                )


def _names_rows(table: Table, figures: ColumnStatistics) -> bool:
    if figures.n_missing or not _all_differ(table, figures):
        return False
    if figures.kind == "text":
        return True
    if figures.kind != "number" or figures.maximum is None or figures.minimum is None:
        return False
    values = table.numbers(figures.name)
    consecutive = figures.maximum - figures.minimum == table.n_all - 1
    return bool(consecutive and np.array_equal(values, np.floor(values)))


def _all_differ(table: Table, figures: ColumnStatistics) -> bool:
    """Tell whether all values differ; of a lazy frame those drawn, and as many of all as can be told."""
    if table.whole is None:
        return figures.n_unique == table.n_rows
    drawn = table.statistics[figures.name].n_unique == table.n_rows
    return drawn and table.whole.columns[figures.name].may_all_differ
