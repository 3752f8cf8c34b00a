"""Numbers that lie far away from all others of their column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.checks.outlying import isolated
from datafix.checks.tables import FEW_NUMBERS, Tables
from datafix.report import Issue, Severity


@dataclass(frozen=True)
class OutlierValues:
    """Find numbers beyond every plausible tail of their column, with a gap before them.

    One such value squeezes all others into a sliver once the column is scaled by its range or its deviation.
    """

    name: ClassVar[str] = "outlier_values"
    needs: ClassVar[frozenset[str]] = frozenset({"features"})

    most_share: float = 0.02

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield a warning for each column and table."""
        for table in tables.both:
            for column, figures in table.statistics.items():
                if figures.kind != "number" or figures.n_unique <= FEW_NUMBERS:
                    continue
                values = table.numbers(column)
                rows = isolated(values)
                if not 0 < len(rows) <= self.most_share * table.n_rows:
                    continue
                others = np.delete(values, rows)
                ends = float(np.nanmin(others)), float(np.nanmax(others))
                shown = ", ".join(f"{value:g}" for value in np.unique(values[rows])[:5])
                yield Issue(
                    self.name,
                    Severity.WARNING,
                    f"Column {column!r} is far away from its other values on {len(rows)} {table.part} row(s): {shown}, "
                    f"where these lie from {ends[0]:g} to {ends[1]:g}.",
                    "Look at these rows: mend what is an error; else scale.QuantileClipper() or "
                    'scale.TableScaler(method="robust", clip=...) keeps the rest apart.',
                    table=table.part,
                    column=column,
                    rows=rows,
                    evidence={"n_rows": len(rows), "others_from": ends[0], "others_to": ends[1]},
                )
