"""Rows without a target."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.checks.tables import Tables
from datafix.columns import as_numbers, is_missing, kind_of
from datafix.report import Issue, Severity
from datafix.sketches import ColumnSketch


@dataclass(frozen=True)
class MissingLabels:
    """Find rows whose target is missing or infinite."""

    name: ClassVar[str] = "missing_labels"
    needs: ClassVar[frozenset[str]] = frozenset({"target"})

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield an error for each table."""
        for table in tables.both:
            if table.target is None:
                continue
            bad = is_missing(table.target)
            if kind_of(table.target) == "number":
                bad = bad | np.isinf(as_numbers(table.target))
            rows = np.flatnonzero(bad)
            n_rows = len(rows) if table.whole is None else _n_unknown(table.whole.columns[table.roles["target"]])
            if n_rows:
                yield Issue(
                    self.name,
                    Severity.ERROR,
                    f"The target is missing or infinite on {n_rows} {table.part} row(s).",
                    "Find their labels, or drop these rows before datafix.split(X, y): table.dropna(subset=[target]).",
                    table=table.part,
                    column=table.roles.get("target"),
                    rows=rows,
                    evidence={"n_rows": n_rows},
                )


def _n_unknown(target: ColumnSketch) -> int:
    return target.n_missing + target.n_infinite
