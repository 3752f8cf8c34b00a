"""Whether training stopped too early, or its learning rate should have fallen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.diagnosis.after.explained import explained
from datafix.diagnosis.case import Case
from datafix.diagnosis.rows import Rows
from datafix.diagnosis.subject import LIGHT, STEPPED
from datafix.diagnosis.trial import Trial, learning_rate_of
from datafix.report import Issue

STEPS, FEWEST = 400, 100
BATCH = 32
EPOCHS = 10
OF_TRAINING = 8
"""One in so many steps of the training is tried at each rate, where a step is costly."""


@dataclass(frozen=True)
class TrainingLength:
    """Find networks that learn more if a copy of them goes on for 400 steps, or does so at a tenth of the rate.

    Of a network with costly steps fewer are tried.

    Judged on validation rows; where there are none on training rows, and no more is believed than what extra trees do
    better on held-out rows, for training longer may learn rows by heart. How much of the error it explains is what the
    copy gains on held-out rows.
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
        bound = np.inf
        if judged is case.train:
            bound = case.error - float(case.forest_loss.mean())
            if bound < self.least:
                return
        trial = case.subject.trial
        higher = max(10 * trial.learning_rate, learning_rate_of(case.model, initial=True))
        n_steps = _n_steps(case)
        same, slower, faster = (
            self._tried(case, trial, judged, rate, n_steps)
            for rate in (trial.learning_rate, 0.1 * trial.learning_rate, higher)
        )
        where = "validation" if judged is case.validation else "training"
        if slower.gain > max(self.least, self.errors * slower.error) and slower.gain > same.gain + self.least:
            found, name = slower, self.name
            message = (
                f"The learning rate should have fallen: {n_steps} more steps at a tenth of it raise the {where} "
                f"{case.score_name} by {slower.gain:.2f}, at the same rate by {same.gain:.2f}."
            )
            hint = "Let it fall: keras.optimizers.schedules.CosineDecay, or ReduceLROnPlateau."
        elif faster.gain > max(self.errors * faster.error, 2 * same.gain, same.gain + 2 * self.least):
            found, name = faster, "learning_rate"
            message = (
                f"The learning rate of {trial.learning_rate:.2g} is too low by now: {n_steps} more steps at a higher "
                f"one raise the {where} {case.score_name} by {faster.gain:.2f}, at this one by {same.gain:.2f}."
            )
            hint = "Let it fall later and less, or start higher."
        elif same.gain > max(self.least, self.errors * same.error):
            found, name = same, self.name
            message = (
                f"Training stopped too early: {n_steps} more steps raise the {where} {case.score_name} by "
                f"{same.gain:.2f}."
            )
            hint = "Train for more epochs, with EarlyStopping on validation rows to end it."
        else:
            return
        yield explained(
            case,
            name,
            max(0.0, min(found.held_out, bound)),
            f"{message} On held-out rows it is {found.held_out:+.2f}.",
            hint,
            evidence={"gain_same": same.gain, "gain_slower": slower.gain, "gain_faster": faster.gain},
        )

    def _tried(self, case: Case, trial: Trial, judged: Rows, rate: float, n_steps: int) -> _Gain:
        """Return what the steps bring."""
        subject, random = case.subject, np.random.RandomState(0)
        weight = None if subject.sample_weight is None else subject.sample_weight.astype(np.float32)
        trial.reset(rate)
        size = min(BATCH, len(subject.x))
        order = np.concatenate(
            [random.permutation(len(subject.x)) for _ in range(-(-n_steps * size // len(subject.x)))]
        )
        for at in range(n_steps):
            rows = order[at * size : (at + 1) * size]
            loss, _ = trial.step(subject.x[rows], subject.labels[rows], None if weight is None else weight[rows])
            if not np.isfinite(loss):
                break
        gains, held_out = (_gains(case, trial, rows) for rows in (judged, case.test))
        trial.reset()
        return _Gain(float(gains.mean()), float(gains.std() / np.sqrt(len(gains))), float(held_out.mean()))


def _n_steps(case: Case) -> int:
    """Return how many steps are tried: 400, of a costly network an eighth of its training where that is less."""
    if case.subject.cost <= LIGHT:
        return STEPS
    epochs = len((case.history or {}).get("loss", ())) or EPOCHS
    trained = epochs * -(-len(case.prepared.train) // (case.batch_size or BATCH))
    return min(STEPS, max(FEWEST, trained // OF_TRAINING))


@dataclass(frozen=True)
class _Gain:
    """How far the loss falls of the rows judged on, its standard error, and that of held-out rows."""

    gain: float
    error: float
    held_out: float


def _gains(case: Case, trial: Trial, rows: Rows) -> np.ndarray:
    features = rows.features
    outputs = np.concatenate([trial.outputs(features[at : at + 1024]) for at in range(0, len(features), 1024)])
    return rows.loss - rows.loss_of(case.predicted(outputs.reshape(len(rows), -1)))
