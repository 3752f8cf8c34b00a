"""Groups too small to learn from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from datafix.checks.tables import Tables
from datafix.columns import factorize
from datafix.report import Issue, Severity
from datafix.table import Table

TOLD = 5


@dataclass(frozen=True)
class SmallGroups:
    """Find groups, and categories of columns of few, that hardly a row is of: a model may serve them badly unseen.

    Of columns (and groups) of at most ``most_values`` values those with fewer than ``few_rows`` rows and less than the
    share ``rare`` of all.
    """

    name: ClassVar[str] = "small_groups"
    needs: ClassVar[frozenset[str]] = frozenset()

    few_rows: int = 30
    rare: float = 0.01
    most_values: int = 20

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield one info for all of them."""
        train = tables.train
        small = {}
        for name, codes, values, counts in _groupings(train, self.most_values):
            few = np.flatnonzero((counts > 0) & (counts < self.few_rows) & (counts < self.rare * train.n_all))
            for code in few.tolist():
                small[f"{name} {values[code]!r}"] = codes == code, int(counts[code])
        if not small:
            return
        told = ", ".join(f"{name} ({count} row(s))" for name, (_, count) in list(small.items())[:TOLD])
        yield Issue(
            self.name,
            Severity.INFO,
            f"{len(small)} group(s) have fewer than {self.few_rows} of {train.n_all} training rows: {told}"
            f"{', …' if len(small) > TOLD else ''}.",
            "Collect more if the model is to serve them; datafix.encode.CategoryEncoder(min_frequency=0.01) joins "
            "them.",
            rows=np.flatnonzero(np.any([rows for rows, _ in small.values()], axis=0)),
            evidence={"n_rows": {name: count for name, (_, count) in small.items()}},
        )


def _groupings(train: Table, most_values: int) -> Iterator[tuple[str, np.ndarray, np.ndarray, np.ndarray]]:
    """Yield what is grouped by, the group of each row (-1 none), what groups are called and how many rows they have."""
    groups: Any = train.roles.get("groups")
    if train.groups is not None:
        codes, values = factorize(train.groups)
        counts = np.bincount(codes[codes >= 0], minlength=len(values))
        values, counts = (values, counts) if train.whole is None else train.all_value_counts(groups)
        if len(values) <= most_values:
            yield "group", codes, values, counts
    for column, figures in train.all_statistics.items():
        if column != groups and figures.kind in ("text", "boolean") and 1 < figures.n_unique <= most_values:
            yield repr(column), train.factorize(column)[0], *train.all_value_counts(column)
