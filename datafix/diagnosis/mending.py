"""Mends of what was found, tried on a copy of the model."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.utils.class_weight import compute_sample_weight

from datafix.diagnosis.after import mislabeled_train
from datafix.diagnosis.case import Case
from datafix.diagnosis.trial import Trial, learning_rate_of
from datafix.report import Issue

BATCH = 32
MOST_STEPS = 4000
EPOCHS = 10


@dataclass(frozen=True)
class Mend:
    """How a copy is trained anew.

    Attributes
    ----------
    words : str
    x, y : ndarray
        The training rows looked at, changed or as they are.
    rows : int64 ndarray
        Which of them are learned from.
    seen : ndarray
        The validation rows' features, changed likewise.
    told : callable of outputs to outputs
        Brings outputs back to the target's unit.
    weight : ndarray of shape (rows,) or None
    rate : float or None
        Learning rate, None for the model's.
    falls : bool
        Whether the learning rate falls to 0 along a cosine (Loshchilov and Hutter, "SGDR", 2017).
    stops_early : bool
        Whether the best epoch by the validation rows counts, and not the last.
    """

    words: str
    x: np.ndarray
    y: np.ndarray
    rows: np.ndarray
    seen: np.ndarray
    told: Callable[[np.ndarray], np.ndarray] = lambda outputs: outputs
    weight: np.ndarray | None = None
    rate: float | None = None
    falls: bool = False
    stops_early: bool = False

    def but(self, words: str, **changed: Any) -> Mend:
        """Return the same with something changed, and said."""
        return replace(self, words=f"{self.words}, {words}" if self.words else words, **changed)


def with_mends(issues: Iterable[Issue], case: Case) -> list[Issue]:
    """Return the issues, those with a safe mend with what it brought on validation rows, in ``evidence["mend"]``.

    Each mend trains a copy from the weights with which the model began, on at most 4,000 training rows, for as many
    epochs as the history tells (else ten), in batches as large as it tells (else of 32), and at most 4,000 steps; where
    there are several, all together too. What a mend brings is told against a copy trained in the same way without it.
    Test rows are never looked at; which mends there are to be tried follows from the findings, some of which they bear
    out.
    """
    issues = list(issues)
    named = dict.fromkeys(issue.check for issue in issues if issue.check in MENDS)
    mends = {name: mend for name in named if (mend := MENDS[name](_plain(case), case)) is not None}
    if not mends:
        return issues
    trial = Trial(case.model, initial=True)
    unmended = _trained(case, trial, _plain(case))[-1]
    brought = {name: _tried(case, trial, mend, unmended) for name, mend in mends.items()}
    if len(mends) > 1:
        together = _tried(case, trial, _together(case, list(mends)), unmended)
        brought = {name: one | {"together": together} for name, one in brought.items()}
    first = next(iter(brought), None)  # what all bring together is said once
    return [
        _told(issue, brought[issue.check], with_all=issue.check == first) if issue.check in brought else issue
        for issue in issues
    ]


def _told(issue: Issue, brought: dict[str, Any], *, with_all: bool) -> Issue:
    sentence = f" Tried on copies trained anew, {_said(brought)}"
    if with_all and "together" in brought:
        sentence += f"; with all mends, {_said(brought['together'])}"
    return replace(issue, message=f"{issue.message}{sentence}.", evidence=issue.evidence | {"mend": brought})


def _said(brought: dict[str, Any]) -> str:
    return (
        f"{brought['what']}: validation {brought['score']} {brought['before']:.2f} without, {brought['after']:.2f} with"
    )


def _together(case: Case, names: list[str]) -> Mend:
    """Return all mends one upon the other."""
    mend = _plain(case)
    for name in names:
        mend = MENDS[name](mend, case) or mend
    return mend


def _tried(case: Case, trial: Trial, mend: Mend, unmended: np.ndarray) -> dict[str, Any]:
    """Return what a mend brings beyond the same training without it."""
    lost = _trained(case, trial, mend)
    every = np.ones(len(unmended), dtype=bool)
    if mend.stops_early:  # the best epoch is chosen on half of the rows, and told of the others
        half = np.arange(len(unmended)) % 2 == 0
        best = min(lost, key=lambda one: _error(case, one, half))
        before, after = (_error(case, one, ~half) for one in (unmended, best))
    else:
        before, after = (_error(case, one, every) for one in (unmended, lost[-1]))
    score = "balanced accuracy" if case.is_classification else "R²"
    return {"what": mend.words, "score": score, "before": 1 - before, "after": 1 - after, "gain": before - after}


def _trained(case: Case, trial: Trial, mend: Mend) -> list[np.ndarray]:
    """Train the copy anew; return what it loses on each validation row at the end, or after each epoch."""
    trial.reset(mend.rate)
    random = np.random.RandomState(0)
    size = min(case.batch_size or BATCH, len(mend.rows))
    n_steps = -(-len(mend.rows) // size)
    n_epochs = max(1, min(_n_epochs(case), MOST_STEPS // n_steps))
    rate = trial.learning_rate if mend.rate is None else mend.rate
    lost = []
    for epoch in range(n_epochs):
        order = random.permutation(mend.rows)
        for at in range(n_steps):
            if mend.falls:
                done = (epoch * n_steps + at) / (n_epochs * n_steps)
                trial.optimizer.learning_rate = rate * (1 + np.cos(np.pi * done)) / 2
            chosen = order[at * size : (at + 1) * size]
            trial.step(mend.x[chosen], mend.y[chosen], None if mend.weight is None else mend.weight[chosen])
        if mend.stops_early:
            lost.append(_lost(case, trial, mend))
    return lost or [_lost(case, trial, mend)]


def _lost(case: Case, trial: Trial, mend: Mend) -> np.ndarray:
    """Return what the copy loses on each validation row."""
    rows = case.validation
    assert rows is not None  # with_mends is asked only with a validation part
    outputs = np.concatenate([trial.outputs(mend.seen[at : at + 1024]) for at in range(0, len(mend.seen), 1024)])
    return rows.loss_of(case.predicted(mend.told(outputs.reshape(len(rows), -1))))


def _error(case: Case, lost: np.ndarray, among: np.ndarray) -> float:
    """Return the mean loss of some validation rows, of classes the mean of theirs."""
    assert case.validation is not None  # with_mends is asked only with a validation part
    if not case.is_classification:
        return float(lost[among].mean())
    y = case.validation.y[among]
    return float(np.mean([lost[among][y == code].mean() for code in np.unique(y)]))


def _n_epochs(case: Case) -> int:
    return len((case.history or {}).get("loss", ())) or EPOCHS


def _plain(case: Case) -> Mend:
    assert case.validation is not None  # with_mends is asked only with a validation part
    train = case.train
    return Mend(
        "", train.features, train.labels, np.arange(len(train)), case.validation.features, weight=train.sample_weight
    )


def _other_rate(mend: Mend, case: Case) -> Mend | None:
    """Take the best of the rates that were tried on a few steps."""
    tried = case.untrained.kept.get("steps", {})
    better = max(tried.values(), key=lambda steps: steps.gain, default=None)
    if better is None or better.learning_rate == learning_rate_of(case.model, initial=True):
        return None
    return mend.but(f"a learning rate of {better.learning_rate:.1g}", rate=better.learning_rate)


def _falling(mend: Mend, _: Case) -> Mend | None:
    return mend.but("a learning rate that falls along a cosine", falls=True)


def _scaled(mend: Mend, _: Case) -> Mend | None:
    x = mend.x.astype(np.float32)
    axes = tuple(range(x.ndim - 1)) if x.ndim > 2 else (0,)
    mean, spread = x.mean(axis=axes), np.maximum(x.std(axis=axes), 1e-6)
    seen = ((mend.seen - mean) / spread).astype(np.float32)
    return mend.but("standardised inputs", x=(x - mean) / spread, seen=seen)


def _target_scaled(mend: Mend, case: Case) -> Mend | None:
    mean, spread = mend.y.mean(), mend.y.std()
    if case.is_classification or spread == 0:
        return None
    scaled = ((mend.y - mean) / spread).astype(np.float32)
    return mend.but("a standardised target", y=scaled, told=lambda outputs: outputs * spread + mean)


def _stopped(mend: Mend, _: Case) -> Mend | None:
    return mend.but("stopping at the best epoch", stops_early=True)


def _without_suspects(mend: Mend, case: Case) -> Mend | None:
    suspect = mislabeled_train.suspicious(case)
    kept = mend.rows[~suspect[mend.rows]]
    return mend.but(f"{int(suspect.sum())} unlikely labels left out", rows=kept)


def _balanced(mend: Mend, case: Case) -> Mend | None:
    balanced = compute_sample_weight("balanced", case.train.y).astype(np.float32)
    weight = balanced if mend.weight is None else balanced * mend.weight
    return mend.but("balanced class weights", weight=weight)


MENDS: dict[str, Callable[[Mend, Case], Mend | None]] = {
    "learning_rate": _other_rate,
    "training_length": _falling,
    "input_scale": _scaled,
    "label_values": _target_scaled,
    "overfitting": _stopped,
    "mislabeled_train": _without_suspects,
    "rare_classes": _balanced,
}
"""The mend of each cause that has one which can do no harm; each may stand upon others."""
