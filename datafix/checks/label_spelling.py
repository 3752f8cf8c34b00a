"""One class under several names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.checks.tables import Tables
from datafix.report import Issue, Severity
from datafix.spelling import spelling_key, unify
from datafix.table import Table


@dataclass(frozen=True)
class LabelSpelling:
    """Find classes that are spelt in several ways, within the training table or between it and the test table."""

    name: ClassVar[str] = "label_spelling"
    needs: ClassVar[frozenset[str]] = frozenset({"classes"})

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield an error for each spelling that makes one class look like two."""
        known = label_counts(tables.train)
        for spelling, canonical in unify(known).items():
            yield self._issue(tables.train, spelling, canonical, f"the training label {canonical!r}")
        if tables.test is None or tables.test.target is None:
            return
        by_key = {spelling_key(label): label for label in sorted(known, key=lambda label: known[label])}
        for label in label_counts(tables.test):
            key = spelling_key(label)
            if label not in known and key in by_key:
                yield self._issue(tables.test, label, by_key[key], f"{by_key[key]!r} in the training table")

    def _issue(self, table: Table, spelling: str, canonical: str, other: str) -> Issue:
        codes, uniques = table.class_codes()
        rows = np.flatnonzero(np.isin(codes, [i for i, label in enumerate(uniques) if label == spelling]))
        return Issue(
            self.name,
            Severity.ERROR,
            f"The label {spelling!r} on {len(rows)} {table.part} rows looks like another spelling of {other}.",
            "Unify them: datafix.prepare does by default (datafix.clean.TargetCleaner).",
            table=table.part,
            column=table.roles.get("target"),
            rows=rows,
            evidence={"spelling": spelling, "canonical": canonical, "n_rows": len(rows)},
        )


def label_counts(table: Table) -> dict[str, int]:
    """Return how often each label that is text occurs."""
    codes, uniques = table.class_codes()
    counts = np.bincount(codes[codes >= 0], minlength=len(uniques))
    return {label: int(count) for label, count in zip(uniques, counts, strict=True) if isinstance(label, str)}
