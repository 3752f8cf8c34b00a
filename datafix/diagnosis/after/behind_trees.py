"""Whether a quick model does better than the network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.diagnosis.after.explained import explained
from datafix.diagnosis.case import GRAVE, Case
from datafix.report import Issue, Severity


@dataclass(frozen=True)
class BehindTrees:
    """Find networks that fit their training rows, and have more held-out errors than extra trees all the same."""

    name: ClassVar[str] = "behind_trees"
    needs: ClassVar[frozenset[str]] = frozenset(
        {"array", "numbers", "target", "labels", "mistakes", "many_rows", "balanced"}
    )

    least: float = 0.05
    errors: float = 3.0

    def find(self, case: Case) -> Iterator[Issue]:
        """Yield one issue."""
        gains = case.test.loss - case.forest_loss
        gain, error = float(gains.mean()), float(gains.std() / np.sqrt(len(gains)))
        if gain > max(self.least, self.errors * error):
            yield explained(
                case,
                self.name,
                gain,
                f"Quick trees do better on the held-out rows: {case.score_name} {1 - case.forest_loss.mean():.2f}, the "
                f"network {1 - case.error:.2f}.",
                "The inputs hold more than the network finds: see the other findings; for a table of few rows, trees "
                "may be the better model.",
                severity=Severity.WARNING if gain >= GRAVE else Severity.INFO,
                evidence={"trees": 1 - float(case.forest_loss.mean()), "network": 1 - case.error},
            )
