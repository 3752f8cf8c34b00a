"""Numbers that are no numbers to a network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.checks.tables import Tables
from datafix.report import Issue, Severity
from datafix.table import Table


@dataclass(frozen=True)
class InfiniteValues:
    """Find infinities, one of which makes a network's weights NaN."""

    name: ClassVar[str] = "infinite_values"
    needs: ClassVar[frozenset[str]] = frozenset()

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield an error for each column and table."""
        for table in tables.both:
            yield from self._in_images(table)
            for column, figures in table.all_statistics.items():
                if figures.n_infinite:
                    yield Issue(
                        self.name,
                        Severity.ERROR,
                        f"Column {column!r} is infinite on {figures.n_infinite} {table.part} row(s).",
                        "Find the division by zero or overflow that made them. datafix.SchemaValidator(schema, "
                        "on_invalid='null') makes them missing where the schema bounds the column; "
                        "row_steps=[datafix.DropOutliers()] leaves their rows out.",
                        table=table.part,
                        column=column,
                        rows=np.flatnonzero(np.isinf(table.numbers(column))),
                        evidence={"n_infinite": figures.n_infinite},
                    )

    def _in_images(self, table: Table) -> Iterator[Issue]:
        if table.images is None or table.images.dtype.kind != "f":
            return
        rows = np.flatnonzero(~np.isfinite(table.images.reshape(table.n_rows, -1)).all(axis=1))
        if len(rows):
            yield Issue(
                self.name,
                Severity.ERROR,
                f"{len(rows)} {table.part} image(s) have missing or infinite pixels, the first at position {rows[0]}.",
                "Drop them, or find out how they were made.",
                table=table.part,
                rows=rows,
                evidence={"n_images": len(rows)},
            )
