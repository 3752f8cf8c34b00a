"""Training rows that are others but for small edits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.checks.tables import Tables
from datafix.columns import take
from datafix.near_duplicates import near_duplicates
from datafix.report import Issue, Severity


@dataclass(frozen=True)
class NearDuplicateRows:
    """Find training rows that are another one with a few cells changed: they count twice, and cross splits.

    See :func:`datafix.near_duplicates.near_duplicates`; exact copies and images are other checks'. Of larger tables
    ``most_rows`` rows, drawn at random, are searched, and the share of copies is scaled up to all.
    """

    name: ClassVar[str] = "near_duplicate_rows"
    needs: ClassVar[frozenset[str]] = frozenset({"features"})

    many: float = 0.05
    most_rows: int = 25_000

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield one issue: a warning from a share of ``many`` on, else an info."""
        train = tables.train
        rows = np.arange(train.n_rows)
        if len(rows) > self.most_rows:
            rows = np.sort(np.random.RandomState(tables.random_state).permutation(rows)[: self.most_rows])
        n_drawn = len(rows)
        rows = rows[np.sort(np.unique(train.hashes[rows], return_index=True)[1])]
        group = near_duplicates(train.frame if len(rows) == train.n_rows else take(train.frame, rows))
        _, first, of = np.unique(group, return_index=True, return_inverse=True)
        copies = np.flatnonzero(first[of] != np.arange(len(rows)))
        if not len(copies):
            return
        share = min(1.0, len(copies) * train.n_all / n_drawn**2)  # of a sample a pair is found with both its rows
        sampled = "" if n_drawn == train.n_all else f" in a sample of {n_drawn}"
        yield Issue(
            self.name,
            Severity.WARNING if share >= self.many else Severity.INFO,
            f"{len(copies)} training row(s){sampled} ({share:.2%} of all) are an earlier one but for small edits.",
            "Keep them in one part: datafix.split(X, y, duplicates='near'); drop those that are one case twice.",
            rows=rows[copies],
            evidence={
                "n_copies": len(copies),
                "share": share,
                "n_searched": len(rows),
                "train_rows": rows[first[of[copies[:10]]]].tolist(),
            },
        )
