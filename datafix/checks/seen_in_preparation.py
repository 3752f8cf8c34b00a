"""Test rows that something was fitted on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.checks.leakage_types import LEAKAGE_TYPES
from datafix.checks.tables import Tables
from datafix.fingerprint import row_hashes
from datafix.report import Issue, Severity


@dataclass(frozen=True)
class SeenInPreparation:
    """Prove from the record of a ``Prepared`` that test rows were learned from, or rule it out."""

    name: ClassVar[str] = "seen_in_preparation"
    needs: ClassVar[frozenset[str]] = frozenset({"prepared", "test"})

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield one error."""
        assert tables.test is not None  # they stand in needs
        assert tables.prepared is not None
        assert tables.prepared.record is not None
        table = tables.test.images if tables.test.images is not None else tables.test.frame
        hashes = row_hashes(table, precision="float32")
        rows = np.flatnonzero(np.isin(hashes, tables.prepared.record.hashes, kind="sort"))
        if len(rows):
            yield Issue(
                self.name,
                Severity.ERROR,
                f"{len(rows)} test row(s) are among the {tables.prepared.record.n_rows} rows "
                "that the preparation was fitted on.",
                "Prepare again with a split that holds them out; scores on these rows are worth nothing.",
                table="test",
                rows=rows,
                evidence={"n_rows": len(rows), "leakage": LEAKAGE_TYPES[self.name]},
            )
