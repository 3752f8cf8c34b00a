"""Values that are not there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.checks.tables import Tables
from datafix.columns import is_missing
from datafix.report import MOST, Bars, Issue, Severity
from datafix.table import Table


@dataclass(frozen=True)
class MissingValues:
    """Find columns with missing values: all, most, or some of them; or far more in one part than in the other."""

    name: ClassVar[str] = "missing_values"
    needs: ClassVar[frozenset[str]] = frozenset({"features"})

    most: float = 0.95
    difference: float = 0.1

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield a warning for columns that hold next to nothing or differ between parts, one info for the rest."""
        train = tables.train
        some = {}
        for column, figures in train.all_statistics.items():
            if figures.missing_share >= self.most:
                yield Issue(
                    self.name,
                    Severity.WARNING,
                    f"Column {column!r} is missing on {figures.missing_share:.1%} of the rows.",
                    "Drop it, or find out why it was not filled.",
                    column=column,
                    evidence={"share": figures.missing_share, "n_missing": figures.n_missing},
                )
            elif figures.n_missing:
                some[column] = figures.missing_share
        if some:
            yield self._some(tables, some)
        yield from self._differing(tables)

    def _some(self, tables: Tables, some: dict[str, float]) -> Issue:
        shown = ", ".join(f"{column!r} {share:.1%}" for column, share in list(some.items())[:5])
        rows = np.zeros(tables.train.n_rows, dtype=bool)
        for column in some:
            rows |= is_missing(tables.train.series(column))
        return Issue(
            self.name,
            Severity.INFO,
            f"{len(some)} column(s) have missing values, on {_told(rows, tables.train)}: {shown}"
            f"{', …' if len(some) > 5 else ''}.",
            "Impute them on the training rows: datafix.impute.TableImputer().",
            column=next(iter(some)) if len(some) == 1 else None,
            rows=np.flatnonzero(rows),
            evidence={"shares": some},
            figure=_bars(some),
        )

    def _differing(self, tables: Tables) -> Iterator[Issue]:
        if tables.test is None:
            return
        for column, here in tables.train.all_statistics.items():
            there = tables.test.all_statistics.get(column)
            if there is None:
                continue
            # Two standard errors, so that small tables do not differ by chance.
            pooled = (here.n_missing + there.n_missing) / (here.n_rows + there.n_rows)
            error = 2 * np.sqrt(pooled * (1 - pooled) * (1 / here.n_rows + 1 / there.n_rows))
            if abs(here.missing_share - there.missing_share) > self.difference + error:
                yield Issue(
                    self.name,
                    Severity.WARNING,
                    f"Column {column!r} is missing on {here.missing_share:.1%} of the training rows and on "
                    f"{there.missing_share:.1%} of the test rows.",
                    "Find out why the parts were filled differently: the model will meet the test's kind.",
                    table="test",
                    column=column,
                    evidence={"train": here.missing_share, "test": there.missing_share},
                )


def _told(rows: np.ndarray, train: Table) -> str:
    return f"{int(rows.sum())} rows" if train.whole is None else f"about {rows.mean():.1%} of the rows"


def _bars(some: dict[str, float]) -> Bars:
    most = sorted(some, key=lambda column: -some[column])[:MOST]
    return Bars(
        "Share of the rows that are missing", tuple(most), {"train": tuple(some[c] for c in most)}, percent=True
    )
