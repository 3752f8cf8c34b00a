"""Columns that say nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from datafix.checks.tables import Tables
from datafix.report import Issue, Severity


@dataclass(frozen=True)
class ConstantColumn:
    """Find columns in which one value fills every row."""

    name: ClassVar[str] = "constant_column"
    needs: ClassVar[frozenset[str]] = frozenset({"features"})

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield a warning for each column of one value, missing ones aside."""
        train = tables.train
        if train.n_rows < 2:
            return
        for column, figures in train.statistics.items():
            if figures.n_missing or figures.n_unique > 1:
                continue
            value, share = train.most_frequent(column)
            if share == 1:
                yield Issue(
                    self.name,
                    Severity.WARNING,
                    f"Column {column!r} is {value!r} on all {train.n_rows} rows.",
                    "Drop it: it cannot tell rows apart.",
                    column=column,
                    evidence={"value": value},
                )
