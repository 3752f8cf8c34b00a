"""Whether what batch normalisation remembers is what it saw."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import keras
import numpy as np

from datafix.diagnosis.after.explained import explained
from datafix.diagnosis.case import Case
from datafix.report import Issue

BATCH = 128


@dataclass(frozen=True)
class BatchStatistics:
    """Find networks that are right with the statistics of a batch, as in training, and wrong with those remembered.

    Training rows are predicted both ways, in batches of 128, on a copy of the state.
    """

    name: ClassVar[str] = "batch_statistics"
    needs: ClassVar[frozenset[str]] = frozenset(
        {"array", "numbers", "target", "labels", "trial", "mistakes", "many_rows"}
    )

    least: float = 0.05

    def find(self, case: Case) -> Iterator[Issue]:
        """Yield an error."""
        if not any(isinstance(layer, keras.layers.BatchNormalization) for layer in case.subject.layers):
            return
        train, trial = case.train, case.subject.trial
        order = np.random.RandomState(0).permutation(len(train))
        outputs = np.empty_like(train.outputs)
        for at in range(0, len(order), BATCH):
            rows = order[at : at + BATCH]
            outputs[rows] = trial.outputs(train.features[rows], training=True).reshape(len(rows), -1)
        gain = train.error - float(train.loss_of(case.predicted(outputs)).mean())
        if gain > self.least:
            yield explained(
                case,
                self.name,
                min(gain, case.error),
                f"Batch normalisation remembers other means and variances than it trained with: training rows have a "
                f"{case.score_name} of {1 - train.error + gain:.2f} by those of their batch, {1 - train.error:.2f} by "
                "those remembered.",
                "Lower its momentum (0.9), train for more steps, use larger batches, or LayerNormalization.",
                evidence={"by_batch": 1 - train.error + gain, "remembered": 1 - train.error},
            )
