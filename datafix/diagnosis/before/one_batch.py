"""Whether the network can learn one batch by heart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from datafix.diagnosis.before.stepping import BATCH
from datafix.diagnosis.subject import STEPPED, Subject
from datafix.report import Issue, Severity

MOST_STEPS = 300
FEWEST_STEPS = 100
LOOK_EVERY = 25


@dataclass(frozen=True)
class OneBatch:
    """Find networks that cannot fit one batch of 32 rows in 300 steps, which any sound one can.

    What cannot be learned by heart is not learned at all: a bug in head, loss or layers, or no signal. Tried on a
    copy, at the model's learning rate, ten times it, and a tenth. Of a large network fewer steps are taken, down to
    100: too few for a verdict, so that it is only told.
    """

    name: ClassVar[str] = "one_batch"
    needs: ClassVar[frozenset[str]] = STEPPED

    share: float = 0.5

    def find(self, subject: Subject) -> Iterator[Issue]:
        """Yield a warning, after fewer steps an info."""
        rows = _different_rows(subject)
        if len(rows) < 8:
            return
        left = np.inf
        for factor in (1.0, 10.0, 0.1):
            left = min(left, _left(subject, rows, factor, self.share))
            if left <= self.share:
                return
        n_steps = _n_steps(subject)
        if np.isfinite(left) and n_steps < MOST_STEPS:
            yield Issue(
                self.name,
                Severity.INFO,
                f"{n_steps} steps are too few for the network to learn {len(rows)} rows by heart ({left:.0%} of the "
                f"loss of a constant output is left); more were not tried, as a row takes {subject.cost / 1e6:.3g} "
                "million multiplications.",
                "Train a copy on these few rows for longer: its loss should come near 0.",
                evidence={"loss_left": left, "steps": n_steps},
            )
        elif np.isfinite(left):
            yield Issue(
                self.name,
                Severity.WARNING,
                f"The network cannot learn {len(rows)} rows by heart: after {MOST_STEPS} steps {left:.0%} of the loss "
                "of a constant output is left.",
                "Look at head, loss and activations, and whether inputs reach the network as they should.",
                evidence={"loss_left": left},
            )


def _different_rows(subject: Subject) -> np.ndarray:
    """Return positions of at most 32 rows that count, no two with equal features, of as many classes as there are."""
    order = np.random.RandomState(0).permutation(len(subject.x))
    order = order[_weights(subject, order) > 0]
    if subject.is_classification:  # the first of each class, the second of each, ...
        place = pd.Series(subject.codes[order]).groupby(subject.codes[order]).cumcount()
        order = order[np.argsort(place.to_numpy(), kind="stable")]
    chosen: dict[bytes, int] = {}
    for row in order[: BATCH * 8].tolist():
        chosen.setdefault(subject.x[row].tobytes(), row)
    return np.sort(list(chosen.values())[:BATCH])


def _n_steps(subject: Subject) -> int:
    return subject.spared(MOST_STEPS, FEWEST_STEPS)


def _left(subject: Subject, rows: np.ndarray, factor: float, enough: float) -> float:
    """Return which share of the loss of a constant is left, at the best step looked at."""
    trial, x, y = subject.trial, subject.x[rows], subject.labels[rows]
    weight = None if subject.sample_weight is None else subject.sample_weight[rows].astype(np.float32)
    trial.reset(trial.learning_rate * factor)
    first, best = None, np.inf
    recent: list[float] = []
    for at in range(_n_steps(subject)):
        loss, _ = trial.step(x, y, weight)
        if not np.isfinite(loss):
            break
        first = loss if first is None else first
        recent = [*recent, loss][-5:]
        if at % LOOK_EVERY == LOOK_EVERY - 1:
            best = min(best, float(np.mean(recent)) / _constant_loss(subject, rows, first))
            if best <= enough / 2:
                break
    trial.reset()
    return best


def _constant_loss(subject: Subject, rows: np.ndarray, first: float) -> float:
    """Return the loss of the best constant output where it is known and not 0, else the first loss."""
    known, weight = 0.0, _weights(subject, rows)
    if subject.loss == "mean_squared_error":
        y = subject.y[rows].astype(np.float64)
        known = float(np.average((y - np.average(y, axis=0, weights=weight)) ** 2, axis=0, weights=weight).mean())
    elif subject.loss in ("sparse_categorical_crossentropy", "categorical_crossentropy"):
        share = np.bincount(subject.codes[rows] - subject.codes.min(), weights=weight) / weight.sum()
        known = -float((share * np.log(share, where=share > 0, out=np.zeros_like(share))).sum())
    return known * float(weight.mean()) if known > 0 else max(first, 1e-9)


def _weights(subject: Subject, rows: np.ndarray) -> np.ndarray:
    """Return how much each row counts in training."""
    if subject.sample_weight is None:
        return np.ones(len(rows))
    return subject.sample_weight[rows].astype(np.float64).reshape(len(rows), -1).mean(axis=1)
