"""Rows that are there more than once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from datafix.checks.tables import Tables
from datafix.report import Issue, Severity


@dataclass(frozen=True)
class DuplicateRows:
    """Find training rows whose features and target equal an earlier row's."""

    name: ClassVar[str] = "duplicate_rows"
    needs: ClassVar[frozenset[str]] = frozenset()

    many: float = 0.05

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield one issue: a warning from a share of ``many`` on, else an info."""
        train = tables.train
        if train.whole is None:
            rows = pd.DataFrame({"features": train.hashes})
            if train.target is not None:
                rows["target"] = train.class_codes()[0]
        else:
            rows = pd.DataFrame({"rows": train.whole.hashes.of("rows")})
        copies = np.flatnonzero(rows.duplicated().to_numpy())
        if len(copies):
            share = len(copies) / train.n_all
            first = rows.groupby(list(rows), sort=False).ngroup().to_numpy()
            _, originals = np.unique(first, return_index=True)
            yield Issue(
                self.name,
                Severity.WARNING if share >= self.many else Severity.INFO,
                f"{len(copies)} training row(s) ({share:.2%}) equal an earlier one.",
                "If they are not different cases, learn from each once: row_steps=[datafix.DropDuplicates()]; "
                "datafix.split keeps copies in one part.",
                rows=copies,
                evidence={
                    "n_copies": len(copies),
                    "share": share,
                    "train_rows": originals[first[copies[:10]]].tolist(),
                },
            )
