"""Rows that are like the rows before them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.stats import rankdata

from datafix.checks.tables import Tables
from datafix.report import Issue, Severity
from datafix.statistics import ColumnStatistics
from datafix.table import Table

MOST_SHOWN = 8


@dataclass(frozen=True)
class DependentRows:
    """Find columns whose values are like those of the row before: tables that are sorted, or came in batches.

    The rank correlation of neighbouring rows (Wald and Wolfowitz, Annals of Mathematical Statistics 1943), of the
    first ``most_rows`` rows, is to exceed ``correlation`` and six of its standard errors; of categories what they agree
    beyond chance. Columns of times and numbers of rows are left out. What the order says of the target, which is
    graver, is another check's.
    """

    name: ClassVar[str] = "dependent_rows"
    needs: ClassVar[frozenset[str]] = frozenset({"features"})

    correlation: float = 0.3
    errors: float = 6.0
    most_rows: int = 100_000
    fewest_rows: int = 50

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield one info of all columns."""
        train = tables.train
        if train.n_rows < self.fewest_rows:
            return
        apart = {train.roles.get("time"), train.roles.get("groups")}
        found = {}
        for column, figures in train.statistics.items():
            if column in apart or figures.kind in ("mixed", "time") or _numbers_rows(figures):
                continue
            value, n = self._dependence(train, column)
            if value >= max(self.correlation, self.errors / np.sqrt(n)):
                found[column] = value
        if not found:
            return
        found = dict(sorted(found.items(), key=lambda item: -item[1]))
        shown = ", ".join(f"{column!r} ({value:.2f})" for column, value in list(found.items())[:MOST_SHOWN])
        yield Issue(
            self.name,
            Severity.INFO,
            f"Training rows are like the row before them in {len(found)} column(s) (correlation): {shown}"
            f"{', …' if len(found) > MOST_SHOWN else ''}.",
            "Rows that came together belong together: split by group or time (datafix.split(X, y, groups=..., "
            "time=...)), and shuffle before taking the last rows as validation.",
            column=next(iter(found)) if len(found) == 1 else None,
            evidence={"correlations": found},
        )

    def _dependence(self, table: Table, column: str) -> tuple[float, int]:
        """Return how alike neighbouring rows are (0 by chance, 1 wholly), and of how many pairs that is known."""
        if table.kinds[column] == "number":
            values = table.numbers(column)[: self.most_rows]
            values = values[np.isfinite(values)]
            ranks = rankdata(values)
            if len(values) < self.fewest_rows or np.ptp(ranks) == 0:
                return 0.0, self.fewest_rows
            deviation = ranks - ranks.mean()
            return float((deviation[1:] * deviation[:-1]).sum() / (deviation**2).sum()), len(values) - 1
        codes = table.factorize(column)[0][: self.most_rows]
        codes = codes[codes >= 0]
        if len(codes) < self.fewest_rows:
            return 0.0, self.fewest_rows
        chance = float(((np.bincount(codes) / len(codes)) ** 2).sum())
        equal = float((codes[1:] == codes[:-1]).mean())
        return (equal - chance) / (1 - chance) if chance < 1 else 0.0, len(codes) - 1


def _numbers_rows(figures: ColumnStatistics) -> bool:
    """Tell whether a column names rows, each by another text or consecutive number."""
    if figures.n_unique < figures.n_rows:
        return False
    return figures.kind == "text" or (figures.maximum or 0) - (figures.minimum or 0) == figures.n_rows - 1
