"""Values that stand for missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from datafix.checks.tables import Tables
from datafix.report import Issue, Severity
from datafix.sentinels import find_table_sentinels
from datafix.table import Table


@dataclass(frozen=True)
class SentinelValue:
    """Find values such as "?", "N/A", -999, 99999 or an impossible zero, which very likely stand for missing ones."""

    name: ClassVar[str] = "sentinel_value"
    needs: ClassVar[frozenset[str]] = frozenset({"features"})

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield a warning for each such value of a column."""
        found = find_table_sentinels({column: tables.train.series(column) for column in tables.train.columns})
        for column, sentinels in found.items():
            for value, figures in sentinels.items():
                rows = _rows_with(tables.train, column, value)
                evidence = {"value": value, **figures}
                if tables.test is not None and column in tables.test.columns:
                    evidence["n_test"] = len(_rows_with(tables.test, column, value))
                yield Issue(
                    self.name,
                    Severity.WARNING,
                    f"Column {column!r} is {_shown(value)} on {len(rows)} rows "
                    f"({len(rows) / tables.train.n_rows:.1%}){_apart(value, figures)}, which very likely stands for "
                    "missing.",
                    "Make it missing: datafix.clean.SentinelCleaner(), which TablePreprocessor begins with.",
                    column=column,
                    rows=rows,
                    evidence=evidence,
                )


def _rows_with(table: Table, column: str, value: Any) -> np.ndarray:
    codes, uniques = table.factorize(column)
    return np.flatnonzero(np.isin(codes, [i for i, known in enumerate(uniques) if known == value]))


def _apart(value: Any, figures: dict[str, float]) -> str:
    return f", and the next value is {figures['nearest']:g}" if value == 0 else ""


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else repr(value)
