"""Errors on rows with missing inputs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.diagnosis.after.explained import explained
from datafix.diagnosis.case import Case
from datafix.report import Issue


@dataclass(frozen=True)
class ImputedInputs:
    """Find held-out rows with cells that were missing, or cleaned, and how many more errors they have."""

    name: ClassVar[str] = "imputed_inputs"
    needs: ClassVar[frozenset[str]] = frozenset({"array", "target", "labels", "mistakes", "many_rows"})

    fewest: int = 10
    errors: float = 3.0

    def find(self, case: Case) -> Iterator[Issue]:
        """Yield an issue a column, the costliest first."""
        test = case.test
        changes = case.prepared.changes.to_frame()
        cells = changes[changes["column"].notna() & changes["row"].isin(test.index)]
        found = []
        for column, rows in cells.groupby("column", observed=True)["row"]:
            touched = np.isin(test.index, rows)
            if min(touched.sum(), (~touched).sum()) < self.fewest:
                continue
            here, elsewhere = float(test.loss[touched].mean()), float(test.loss[~touched].mean())
            error = float(test.loss[touched].std() / np.sqrt(touched.sum()))
            if here - elsewhere > self.errors * max(error, 1e-9):
                found.append((here, elsewhere, touched, str(column)))
        for here, elsewhere, touched, column in sorted(found, key=lambda one: -(one[0] - one[1]) * one[2].sum()):
            yield explained(
                case,
                self.name,
                (here - elsewhere) * float(touched.mean()),
                f"Where {column!r} was missing or cleaned ({int(touched.sum())} held-out rows) the error is "
                f"{here:.2f}, {elsewhere:.2f} elsewhere.",
                "Find out why it is missing; impute with an indicator (datafix.TablePreprocessor) or by a model.",
                column=column,
                rows=test.index[touched],
                evidence={"error_there": here, "error_elsewhere": elsewhere},
            )
