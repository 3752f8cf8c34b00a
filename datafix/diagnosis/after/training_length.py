"""Whether training stopped too early, or its learning rate should have fallen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from datafix.diagnosis.after.explained import explained
from datafix.diagnosis.case import Case
from datafix.diagnosis.rows import Rows
from datafix.diagnosis.subject import STEPPED
from datafix.diagnosis.trial import Trial, learning_rate_of
from datafix.report import Issue

STEPS = 400
BATCH = 32


@dataclass(frozen=True)
class TrainingLength:
    """Find networks that learn more if a copy of them goes on for 400 steps, or does so at a tenth of the rate.

    Judged on validation rows, or where there are none on training rows.
    """

    name: ClassVar[str] = "training_length"
    needs: ClassVar[frozenset[str]] = STEPPED | {"mistakes", "many_rows", "balanced"}

    least: float = 0.05
    errors: float = 2.0

    def find(self, case: Case) -> Iterator[Issue]:
        """Yield one issue."""
        judged = case.validation if case.validation is not None else case.train
        if judged.error < self.least or not np.isfinite(judged.outputs).all():
            return
        trial = case.subject.trial
        on = self._gains(case, trial, judged, trial.learning_rate)
        slower = self._gains(case, trial, judged, 0.1 * trial.learning_rate)
        higher = max(10 * trial.learning_rate, learning_rate_of(case.model, initial=True))
        faster = self._gains(case, trial, judged, higher)
        where = "validation" if judged is case.validation else "training"
        gain, error = _of(on)
        slow_gain, slow_error = _of(slower)
        if slow_gain > max(self.least, self.errors * slow_error) and slow_gain > gain + self.least:
            yield explained(
                case,
                self.name,
                slow_gain,
                f"The learning rate should have fallen: {STEPS} more steps at a tenth of it raise the {where} "
                f"{case.score_name} by {slow_gain:.2f}, at the same rate by {gain:.2f}.",
                "Let it fall: keras.optimizers.schedules.CosineDecay, or ReduceLROnPlateau.",
                evidence={"gain_slower": slow_gain, "gain_same": gain},
            )
        elif (fast := _of(faster))[0] > max(self.errors * fast[1], 2 * gain, gain + 2 * self.least):
            yield explained(
                case,
                "learning_rate",
                fast[0],
                f"The learning rate of {trial.learning_rate:.2g} is too low by now: {STEPS} more steps at a higher one "
                f"raise the {where} {case.score_name} by {fast[0]:.2f}, at this one by {gain:.2f}.",
                "Let it fall later and less, or start higher.",
                evidence={"gain_faster": fast[0], "gain_same": gain},
            )
        elif gain > max(self.least, self.errors * error):
            yield explained(
                case,
                self.name,
                gain,
                f"Training stopped too early: {STEPS} more steps raise the {where} {case.score_name} by {gain:.2f}.",
                "Train for more epochs, with EarlyStopping on validation rows to end it.",
                evidence={"gain_same": gain},
            )

    def _gains(self, case: Case, trial: Trial, judged: Rows, rate: float) -> np.ndarray:
        """Return how far the loss of each judged row falls."""
        subject, random = case.subject, np.random.RandomState(0)
        trial.reset(rate)
        size = min(BATCH, len(subject.x))
        order = np.concatenate([random.permutation(len(subject.x)) for _ in range(-(-STEPS * size // len(subject.x)))])
        for at in range(STEPS):
            rows = order[at * size : (at + 1) * size]
            loss, _ = trial.step(subject.x[rows], subject.labels[rows])
            if not np.isfinite(loss):
                break
        outputs = _outputs(trial, judged.features).reshape(len(judged), -1)
        trial.reset()
        return judged.loss - judged.loss_of(case.predicted(outputs))


def _outputs(trial: Trial, features: np.ndarray) -> Any:
    return np.concatenate([trial.outputs(features[at : at + 1024]) for at in range(0, len(features), 1024)])


def _of(gains: np.ndarray) -> tuple[float, float]:
    return float(gains.mean()), float(gains.std() / np.sqrt(len(gains)))
