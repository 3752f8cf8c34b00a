"""Whether the held-out score can be believed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pandas as pd

from datafix.auditing import audit
from datafix.diagnosis.after.names import feature_names
from datafix.diagnosis.case import Case
from datafix.diagnosis.rows import Rows
from datafix.report import Issue, Severity

FEWEST_ROWS = 200
CHECKS = ("train_test_copies", "target_leakage")


@dataclass(frozen=True)
class Leakage:
    """Find held-out rows that stand in training, and features that give the label away, by the audit's checks."""

    name: ClassVar[str] = "leakage"
    needs: ClassVar[frozenset[str]] = frozenset({"array", "numbers", "target", "labels"})

    def find(self, case: Case) -> Iterator[Issue]:
        """Yield the audit's findings, of the validation part copies alone."""
        yield from self._of(case, case.test, CHECKS)
        if case.validation is not None and case.test.part != "validation":
            for issue in self._of(case, case.validation, CHECKS[:1]):
                yield replace(issue, message=issue.message.replace("test row", "validation row"))

    def _of(self, case: Case, held: Rows, checks: tuple[str, ...]) -> Iterator[Issue]:
        train = case.train
        if case.subject.is_image:
            images = [part.features[..., None] if part.features.ndim == 3 else part.features for part in (train, held)]
            report = audit(images[0], test=images[1], checks=["train_test_copies"], progress=False)
        else:
            names = feature_names(case)
            tables = [
                pd.DataFrame(part.matrix, columns=names).assign(**{"the target": part.y}) for part in (train, held)
            ]
            report = audit(
                tables[0], target="the target", test=tables[1], checks=list(checks), task=case.task, progress=False
            )
        for issue in report.issues:
            if issue.check == "target_leakage" and len(train) < FEWEST_ROWS and issue.severity is not Severity.ERROR:
                continue  # of few rows some feature tells much by chance
            index = train.index if issue.table == "train" else held.index
            rows = None if issue.rows is None else np.sort(index[issue.rows])
            yield replace(issue, check=self.name, rows=rows)
