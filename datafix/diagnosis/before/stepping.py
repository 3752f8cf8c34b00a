"""What a few steps on a copy of the weights bring."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from datafix.diagnosis.subject import Subject

STEPS = 40
FEWEST_STEPS = 20
FEWEST_ROWS = 64
BATCH = 32
ASKED_ROWS = 256


@dataclass(frozen=True)
class Steps:
    """Forty steps from the model's own weights, of a large network twenty, on batches of at most 32 rows.

    Attributes
    ----------
    learning_rate : float
    before, after : float
        Loss of 256 rows, of a large network 64, as in evaluation.
    losses : float64 ndarray of shape (steps,)
        Of each batch, before its step.
    norms : float64 ndarray of shape (steps, variables)
        Of gradients.
    """

    learning_rate: float
    before: float
    after: float
    losses: np.ndarray
    norms: np.ndarray

    @property
    def is_finite(self) -> bool:
        """Whether no loss became NaN or infinite."""
        return bool(np.isfinite(self.losses).all() and np.isfinite(self.after))

    @property
    def gain(self) -> float:
        """How far the loss fell; below 0 where it rose, or is no number any more."""
        return self.before - self.after if self.is_finite else -np.inf


def steps_at(subject: Subject, factor: float = 1.0) -> Steps:
    """Take the steps at the model's learning rate times a factor; each factor once."""
    kept = subject.kept.setdefault("steps", {})
    if factor not in kept:
        kept[factor] = _steps(subject, factor)
    known: Steps = kept[factor]
    return known


def _steps(subject: Subject, factor: float) -> Steps:
    trial, x, y = subject.trial, subject.x, subject.labels
    weight = None if subject.sample_weight is None else subject.sample_weight.astype(np.float32)
    random = np.random.RandomState(0)
    size = min(BATCH, len(x))
    n_steps = subject.spared(STEPS, FEWEST_STEPS)
    asked = np.sort(random.permutation(len(x))[: subject.spared(ASKED_ROWS, FEWEST_ROWS)])
    trial.reset(trial.learning_rate * factor)
    before = trial.loss(x[asked], y[asked])
    losses, norms = np.full(n_steps, np.nan), np.full((n_steps, len(subject.model.trainable_variables)), np.nan)
    order = np.concatenate([random.permutation(len(x)) for _ in range(-(-n_steps * size // len(x)))])
    for at in range(n_steps):
        rows = order[at * size : (at + 1) * size]
        losses[at], norms[at] = trial.step(x[rows], y[rows], None if weight is None else weight[rows])
        if not np.isfinite(losses[at]):
            break
    after = trial.loss(x[asked], y[asked])
    trial.reset()
    return Steps(trial.learning_rate * factor, before, after, losses, norms)
