"""Mends of what was found, tried on a copy of the model."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.utils.class_weight import compute_sample_weight

from datafix.diagnosis.after import mislabeled_train
from datafix.diagnosis.case import Case
from datafix.diagnosis.trial import Trial
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
        Training rows, changed or chosen.
    seen : ndarray
        The validation rows' features, changed likewise.
    told : callable of outputs to outputs
        Brings outputs back to the target's unit.
    weight : ndarray of shape (rows,) or None
    rate : float or None
        Learning rate, None for the model's.
    stops_early : bool
        Whether the best epoch by the validation rows counts, and not the last.
    """

    words: str
    x: np.ndarray
    y: np.ndarray
    seen: np.ndarray
    told: Callable[[np.ndarray], np.ndarray] = lambda outputs: outputs
    weight: np.ndarray | None = None
    rate: float | None = None
    stops_early: bool = False


def with_mends(issues: Iterable[Issue], case: Case) -> list[Issue]:
    """Return the issues, those with a safe mend with what it brought on validation rows, in ``evidence["mend"]``.

    Each mend trains a copy from the weights with which the model began, on at most 4,000 training rows, for as many
    epochs as the history tells (else ten) and at most 4,000 steps. Test rows are never looked at.
    """
    tried: dict[str, dict[str, Any] | None] = {}
    told = []
    for issue in issues:
        if issue.check not in tried:
            mend = MENDS[issue.check](case) if issue.check in MENDS else None
            tried[issue.check] = None if mend is None else _tried(case, mend)
        brought = tried[issue.check]
        told.append(issue if brought is None else _told(issue, brought))
    return told


def _told(issue: Issue, brought: dict[str, Any]) -> Issue:
    sentence = (
        f" Tried on a copy: {brought['what']} brings the validation {brought['score']} from {brought['before']:.2f} to "
        f"{brought['after']:.2f}."
    )
    return replace(issue, message=issue.message + sentence, evidence=issue.evidence | {"mend": brought})


def _tried(case: Case, mend: Mend) -> dict[str, Any]:
    rows = case.validation
    assert rows is not None  # with_mends is asked only with a validation part
    trial = Trial(case.model, initial=True)
    trial.reset(mend.rate)
    random = np.random.RandomState(0)
    size = min(BATCH, len(mend.x))
    n_steps = -(-len(mend.x) // size)
    chosen_on = np.arange(len(rows)) % 2 == 0  # the best epoch is chosen on half of the rows, and told of the others
    best, after = np.inf, np.inf
    for _ in range(max(1, min(_n_epochs(case), MOST_STEPS // n_steps))):
        order = random.permutation(len(mend.x))
        for at in range(n_steps):
            chosen = order[at * size : (at + 1) * size]
            trial.step(mend.x[chosen], mend.y[chosen], None if mend.weight is None else mend.weight[chosen])
        if mend.stops_early:
            lost = _lost(case, trial, mend)
            if (error := _error(case, lost, chosen_on)) < best:
                best, after = error, _error(case, lost, ~chosen_on)
    told_of = ~chosen_on if mend.stops_early else np.ones(len(rows), dtype=bool)
    after = after if mend.stops_early else _error(case, _lost(case, trial, mend), told_of)
    before = _error(case, rows.loss, told_of)
    score = "balanced accuracy" if case.is_classification else "R²"
    return {"what": mend.words, "score": score, "before": 1 - before, "after": 1 - after, "gain": before - after}


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


def _plain(case: Case, words: str, **how: Any) -> Mend:
    assert case.validation is not None
    return Mend(words, case.train.features, case.train.labels, case.validation.features, **how)


def _other_rate(case: Case) -> Mend | None:
    """Return the best of the rates that were tried on a few steps."""
    tried = case.untrained.kept.get("steps", {})
    better = max(tried.values(), key=lambda steps: steps.gain, default=None)
    return better and _plain(case, f"a learning rate of {better.learning_rate:.1g}", rate=better.learning_rate)


def _scaled(case: Case) -> Mend | None:
    assert case.validation is not None
    x = case.train.features.astype(np.float32)
    axes = tuple(range(x.ndim - 1)) if x.ndim > 2 else (0,)
    mean, spread = x.mean(axis=axes), np.maximum(x.std(axis=axes), 1e-6)
    seen = (case.validation.features - mean) / spread
    return Mend("standardised inputs", (x - mean) / spread, case.train.labels, seen.astype(np.float32))


def _target_scaled(case: Case) -> Mend | None:
    y = case.train.labels
    mean, spread = y.mean(), y.std()
    if case.is_classification or spread == 0:
        return None
    scaled = ((y - mean) / spread).astype(np.float32)
    return replace(_plain(case, "a standardised target"), y=scaled, told=lambda outputs: outputs * spread + mean)


def _stopped(case: Case) -> Mend | None:
    return _plain(case, "stopping at the best epoch", stops_early=True)


def _without_suspects(case: Case) -> Mend | None:
    kept = ~mislabeled_train.suspicious(case)
    mend = _plain(case, f"leaving out {int((~kept).sum())} unlikely labels")
    return replace(mend, x=mend.x[kept], y=mend.y[kept])


def _balanced(case: Case) -> Mend | None:
    weight = compute_sample_weight("balanced", case.train.y).astype(np.float32)
    return _plain(case, "balanced class weights", weight=weight)


MENDS: dict[str, Callable[[Case], Mend | None]] = {
    "learning_rate": _other_rate,
    "input_scale": _scaled,
    "label_values": _target_scaled,
    "overfitting": _stopped,
    "mislabeled_train": _without_suspects,
    "rare_classes": _balanced,
}
"""The mend of each cause that has one which can do no harm."""
