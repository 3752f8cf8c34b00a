"""Classes that training never shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from datafix.checks.tables import Tables
from datafix.report import Issue, Severity
from datafix.spelling import spelling_key


@dataclass(frozen=True)
class NewLabels:
    """Find classes in the test table that no training row has, whatever their spelling."""

    name: ClassVar[str] = "new_labels"
    needs: ClassVar[frozenset[str]] = frozenset({"classes", "test_target"})

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield one error that names them."""
        assert tables.test is not None  # it stands in needs
        known = {_key(label) for label in tables.train.all_class_counts()[0]}
        codes, _ = tables.test.class_codes()
        uniques, counts = tables.test.all_class_counts()
        new = [i for i, label in enumerate(uniques) if _key(label) not in known]
        if new:
            rows, n_rows = np.flatnonzero(np.isin(codes, new)), int(counts[new].sum())
            labels = [str(uniques[i]) for i in new]
            yield Issue(
                self.name,
                Severity.ERROR,
                f"{len(new)} label(s) on {n_rows} test rows are on no training row: {', '.join(labels[:5])}"
                f"{', …' if len(labels) > 5 else ''}.",
                "No model can predict them: give training rows with these labels, or look for another encoding.",
                table="test",
                column=tables.test.roles.get("target"),
                rows=rows,
                evidence={"labels": labels, "n_rows": n_rows},
            )


def _key(label: Any) -> Any:
    return spelling_key(label) if isinstance(label, str) else label
