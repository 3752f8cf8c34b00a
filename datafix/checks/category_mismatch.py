"""Categories that only one part has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.checks.tables import Tables
from datafix.report import Issue, Severity


@dataclass(frozen=True)
class CategoryMismatch:
    """Find categories that only the test table has, or only the training table."""

    name: ClassVar[str] = "category_mismatch"
    needs: ClassVar[frozenset[str]] = frozenset({"features", "test"})

    many: float = 0.01
    most_unique: float = 0.2

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield an issue a column and side: a warning where new categories stand on many test rows, else an info."""
        train, test = tables.train, tables.test
        assert test is not None  # it stands in needs
        for column in train.columns:
            if column not in test.columns or train.kinds[column] != "text" or test.kinds[column] != "text":
                continue
            if train.all_statistics[column].n_unique > max(20, self.most_unique * train.n_all):
                continue  # names and free text, not categories
            if not (train.counts_all(column) and test.counts_all(column)):
                continue  # what is not in two samples of so many values may be in all
            known, counts = train.all_value_counts(column)
            seen, test_counts = test.all_value_counts(column)
            new = np.flatnonzero(~np.isin(seen.astype(str), known.astype(str)))
            n_rows = int(test_counts[new].sum())
            if n_rows:
                yield Issue(
                    self.name,
                    Severity.WARNING if n_rows >= self.many * test.n_all else Severity.INFO,
                    f"Column {column!r} has {len(new)} category(ies) only in the test table, on {n_rows} rows: "
                    f"{_shown(seen[new])}.",
                    "datafix.encode.CategoryEncoder gives unseen categories a code of their own; "
                    "or look for spellings that differ.",
                    table="test",
                    column=column,
                    rows=np.flatnonzero(np.isin(test.factorize(column)[0], new)),
                    evidence={"categories": seen[new].tolist(), "n_rows": n_rows},
                )
            gone = np.flatnonzero(~np.isin(known.astype(str), seen.astype(str)))
            if len(gone):
                n_rows = int(counts[gone].sum())
                yield Issue(
                    self.name,
                    Severity.INFO,
                    f"Column {column!r} has {len(gone)} category(ies) only in the training table, on {n_rows} rows: "
                    f"{_shown(known[gone])}.",
                    "Rare ones can be grouped: datafix.encode.CategoryEncoder(min_frequency=...).",
                    column=column,
                    rows=np.flatnonzero(np.isin(train.factorize(column)[0], gone)),
                    evidence={"categories": known[gone].tolist(), "n_rows": n_rows},
                )


def _shown(values: np.ndarray) -> str:
    return ", ".join(repr(str(value)) for value in values[:5]) + (", …" if len(values) > 5 else "")
