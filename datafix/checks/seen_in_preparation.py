"""Test rows that something was fitted on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.checks.leakage_types import LEAKAGE_TYPES
from datafix.checks.tables import Tables
from datafix.fingerprint import found_among, row_hashes
from datafix.report import Issue, Severity


@dataclass(frozen=True)
class SeenInPreparation:
    """Prove from the record of a ``Prepared`` that test rows were learned from, or rule it out.

    A test row with the features of a training row proves nothing: it is the training row that was learned from.
    """

    name: ClassVar[str] = "seen_in_preparation"
    needs: ClassVar[frozenset[str]] = frozenset({"prepared", "test", "exact"})

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield one error."""
        assert tables.test is not None  # they stand in needs
        assert tables.prepared is not None
        assert tables.prepared.record is not None
        record = tables.prepared.record
        train, test = (
            table.images if table.images is not None else table.frame for table in (tables.train, tables.test)
        )
        in_train = found_among(row_hashes(test, precision="float32"), row_hashes(train, precision="float32"))
        rows = np.flatnonzero(record.seen(test) & ~in_train)
        if len(rows):
            known = "" if record.share == 1 else f" (the record is a sketch: {record.share:.1%} of all rows are known)"
            yield Issue(
                self.name,
                Severity.ERROR,
                f"{len(rows)} test row(s) are among the {record.n_rows} that the preparation was fitted on{known}.",
                "Prepare again with a split that holds them out; scores on these rows are worth nothing.",
                table="test",
                rows=rows,
                evidence={"n_rows": len(rows), "share_known": record.share, "leakage": LEAKAGE_TYPES[self.name]},
            )
