"""Whether a prediction depends on its row alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.diagnosis.subject import Subject
from datafix.report import Issue, Severity

ROWS = 16


@dataclass(frozen=True)
class SteadyOutputs:
    """Find networks that predict otherwise each time they are asked, or otherwise beside other rows."""

    name: ClassVar[str] = "steady_outputs"
    needs: ClassVar[frozenset[str]] = frozenset({"array", "numbers", "fits", "trial"})

    tolerance: float = 1e-3

    def find(self, subject: Subject) -> Iterator[Issue]:
        """Yield an error."""
        trial, rows = subject.trial, subject.x[:ROWS]
        once = trial.outputs(rows)
        if not np.isfinite(once).all():
            return
        spread = max(float(np.abs(once).max()), 1e-6)
        again = max(float(np.abs(trial.outputs(rows, draw=draw) - once).max()) / spread for draw in (1, 2))
        if again > self.tolerance:
            yield Issue(
                self.name,
                Severity.ERROR,
                f"The network predicts at random: the same rows give outputs that differ by {again:.1%}.",
                "Dropout or noise is on at inference: call layers without training=True.",
                evidence={"difference": again},
            )
            return
        alone = np.concatenate([trial.outputs(rows[at : at + 1]) for at in range(min(4, len(rows)))])
        beside = float(np.abs(alone - once[: len(alone)]).max()) / spread
        if beside > self.tolerance:
            yield Issue(
                self.name,
                Severity.ERROR,
                f"A prediction depends on the rows beside it: alone, outputs differ by {beside:.1%}.",
                "Batch statistics are used at inference: call BatchNormalization without training=True, and take "
                "no mean over the batch.",
                evidence={"difference": beside},
            )
