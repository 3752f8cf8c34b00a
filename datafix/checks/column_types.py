"""Columns that are not of one kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.checks.tables import Tables
from datafix.columns import is_missing
from datafix.report import Issue, Severity

KINDS_TOLD = {
    "list": "lists",
    "tuple": "tuples",
    "ndarray": "arrays",
    "dict": "dicts",
    "set": "sets",
    "bytes": "bytes",
    "complex": "complex numbers",
    "complex128": "complex numbers",
    "complex64": "complex numbers",
}


@dataclass(frozen=True)
class ColumnTypes:
    """Find columns of mixed types, and columns that differ in kind, or are missing, between the tables."""

    name: ClassVar[str] = "column_types"
    needs: ClassVar[frozenset[str]] = frozenset({"features"})

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield a warning for each mixed column, an error for each that the tables do not share."""
        for column, kind in tables.train.kinds.items():
            if kind == "mixed":
                yield self._mixed(tables, column)
        if tables.test is None:
            return
        here, there = tables.train.kinds, tables.test.kinds
        for column in [*here, *(name for name in there if name not in here)]:
            if column not in there or column not in here:
                table = "test" if column not in there else "training"
                yield Issue(
                    self.name,
                    Severity.ERROR,
                    f"Column {column!r} is missing in the {table} table.",
                    "Give both tables the same columns.",
                    table="test",
                    column=column,
                )
            elif here[column] != there[column] and _has_values(tables, column):
                yield Issue(
                    self.name,
                    Severity.ERROR,
                    f"Column {column!r} holds {here[column]} values in train and {there[column]} values in test.",
                    "Read both tables the same way; datafix.clean.TypeCleaner() parses numbers and dates kept as text.",
                    table="test",
                    column=column,
                    evidence={"train": here[column], "test": there[column]},
                )

    def _mixed(self, tables: Tables, column: str) -> Issue:
        series = tables.train.series(column)
        rows = np.flatnonzero(~is_missing(series))
        values = series.to_list()
        types = np.array([type(values[row]).__name__ for row in rows.tolist()], dtype=object)
        names, counts = np.unique(types.astype(str), return_counts=True)
        shares = dict(zip(names.tolist(), counts.tolist(), strict=True))
        if len(shares) == 1:
            kind = KINDS_TOLD.get(str(names[0]), f"values of type {names[0]}")
            return Issue(
                self.name,
                Severity.WARNING,
                f"Column {column!r} holds {kind}, which a network cannot take.",
                "Make columns of numbers or text of it, or drop it.",
                column=column,
                evidence={"types": shares},
            )
        rare = str(names[counts.argmin()])
        return Issue(
            self.name,
            Severity.WARNING,
            f"Column {column!r} mixes types: {', '.join(f'{count} {name}' for name, count in shares.items())}.",
            "Parse it into one type: datafix.clean.TypeCleaner().",
            column=column,
            rows=rows[types == rare],
            evidence={"types": shares},
        )


def _has_values(tables: Tables, column: str) -> bool:
    """Return whether each table has a value there; else there is no kind to differ in."""
    return all(table.statistics[column].n_missing < table.n_rows for table in tables.both if column in table.statistics)
