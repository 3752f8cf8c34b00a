"""One category under several names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.checks.tables import Tables
from datafix.report import Issue, Severity
from datafix.spelling import find_slips, unify


@dataclass(frozen=True)
class CategorySpelling:
    """Find categories that differ in case, blanks or Unicode form only, and slips of the pen a letter off."""

    name: ClassVar[str] = "category_spelling"
    needs: ClassVar[frozenset[str]] = frozenset({"features"})

    most_categories: int = 1000

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield a warning for each such column."""
        train = tables.train
        for column, kind in train.kinds.items():
            if kind != "text" or train.statistics[column].n_unique > self.most_categories:
                continue
            uniques, counts = train.value_counts(column)
            known = dict(zip(uniques.tolist(), counts.tolist(), strict=True))
            mapping = find_slips(known) | unify(known, punctuation=False)
            if mapping:
                codes, _ = train.factorize(column)
                rows = np.flatnonzero(np.isin(codes, np.flatnonzero(np.isin(uniques.astype(str), list(mapping)))))
                shown = ", ".join(f"{spelt!r} for {best!r}" for spelt, best in list(mapping.items())[:3])
                yield Issue(
                    self.name,
                    Severity.WARNING,
                    f"Column {column!r} spells {len(mapping)} categories in another way, on {len(rows)} rows: {shown}"
                    f"{', …' if len(mapping) > 3 else ''}.",
                    "Unify them: datafix.clean.CategoryCleaner(), which TablePreprocessor begins with.",
                    column=column,
                    rows=rows,
                    evidence={"mapping": mapping},
                )
