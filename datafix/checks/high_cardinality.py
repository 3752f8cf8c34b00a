"""Text with so many values that most of them are rare."""

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
class HighCardinality:
    """Find text with many distinct values, and so few rows to most of them that little can be learned of each.

    Columns that hold another value on every row are ``identifier_column``'s.
    """

    name: ClassVar[str] = "high_cardinality"
    needs: ClassVar[frozenset[str]] = frozenset({"features"})

    many: int = 40
    few_rows: int = 10
    share: float = 0.2

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield an info for each column."""
        train = tables.train
        for column, figures in train.all_statistics.items():
            if figures.kind != "text" or not self.many < figures.n_unique < train.n_all:
                continue
            counts = _counts(train, figures)
            rare = int(counts[counts < self.few_rows].sum())
            if rare < self.share * train.n_all or column == train.roles.get("groups"):
                continue
            yield Issue(
                self.name,
                Severity.INFO,
                f"Column {column!r} holds {figures.n_unique} values, {np.count_nonzero(counts < self.few_rows)} of "
                f"them on fewer than {self.few_rows} rows; these make up {rare / train.n_all:.0%} of the table.",
                "Join the rare ones (encode.CategoryEncoder(min_frequency=...)), encode by the target "
                '(output="target"), '
                "or draw parts out of the text; one column each would be learned by heart.",
                column=column,
                evidence={"n_unique": figures.n_unique, "n_rare_rows": rare},
            )


def _counts(table: Table, figures: ColumnStatistics) -> np.ndarray:
    """Return how often each value occurs; of a lazy frame's that were too many to be counted, how often on average."""
    if not table.counts_all(figures.name):
        return np.full(figures.n_unique, (figures.n_rows - figures.n_missing) / figures.n_unique)
    return table.all_value_counts(figures.name)[1]
