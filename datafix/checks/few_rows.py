"""Too little to learn from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from datafix.checks.tables import Tables
from datafix.report import Issue, Severity


@dataclass(frozen=True)
class FewRows:
    """Find tables with fewer rows than a network can learn from or be judged by."""

    name: ClassVar[str] = "few_rows"
    needs: ClassVar[frozenset[str]] = frozenset()

    fewest_train: int = 50
    fewest_test: int = 30

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield a warning for each table that is too small, and for more columns than rows."""
        for table, fewest in zip(tables.both, (self.fewest_train, self.fewest_test), strict=False):
            if table.n_rows < fewest:
                yield Issue(
                    self.name,
                    Severity.WARNING,
                    f"The {table.part} table has {table.n_rows} row(s).",
                    "Collect more, or use a model with few parameters and cross-validation.",
                    table=table.part,
                    evidence={"n_rows": table.n_rows},
                )
        train = tables.train
        if len(train.columns) > train.n_rows >= self.fewest_train:
            yield Issue(
                self.name,
                Severity.WARNING,
                f"The training table has more columns ({len(train.columns)}) than rows ({train.n_rows}).",
                "Select columns or regularise strongly: a network will fit any target on so many.",
                evidence={"n_columns": len(train.columns), "n_rows": train.n_rows},
            )
