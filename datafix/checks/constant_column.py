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
        """Yield one info for all columns of one value; what is missing somewhere is not constant."""
        train = tables.train
        if train.n_rows < 2:
            return
        constant = {}
        for column, figures in train.all_statistics.items():
            # Values that need not compare are not told to differ by the figures, but by what was kept of all rows.
            several = figures.n_unique > 1 or (train.whole is not None and train.whole.columns[column].n_values > 1)
            value, share = (None, 0.0) if figures.n_missing or several else train.most_frequent(column)
            if share == 1:
                constant[column] = value
        if constant:
            shown = ", ".join(f"{column!r} ({value!r})" for column, value in list(constant.items())[:5])
            yield Issue(
                self.name,
                Severity.INFO,
                f"{len(constant)} column(s) hold one value on all {train.n_all} rows: {shown}"
                f"{', …' if len(constant) > 5 else ''}.",
                "Drop them: they cannot tell rows apart. datafix.TablePreprocessor() and datafix.scale.TableScaler() "
                "make such numbers 0.",
                column=next(iter(constant)) if len(constant) == 1 else None,
                evidence={"values": constant},
            )
