"""Rows that contradict each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from datafix.checks.tables import Tables
from datafix.report import Issue, Severity


@dataclass(frozen=True)
class ConflictingLabels:
    """Find training rows with the same features and different classes."""

    name: ClassVar[str] = "conflicting_labels"
    needs: ClassVar[frozenset[str]] = frozenset({"classes"})

    many: float = 0.02

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield one issue: a warning from a share of ``many`` on, else an info."""
        train = tables.train
        codes, _ = train.class_codes()
        labels = pd.DataFrame({"features": train.hashes, "label": codes})[codes >= 0]
        n_labels = labels.groupby("features")["label"].transform("nunique")
        rows = labels.index[n_labels > 1].to_numpy(np.int64)
        if len(rows):
            share = len(rows) / train.n_rows
            yield Issue(
                self.name,
                Severity.WARNING if share >= self.many else Severity.INFO,
                f"{len(rows)} training row(s) ({share:.2%}) have the features of a row with another label.",
                "Look at their labels; datafix.DropDuplicates(conflicting='drop') leaves them out of the fit.",
                rows=rows,
                evidence={"n_rows": len(rows), "share": share},
            )
