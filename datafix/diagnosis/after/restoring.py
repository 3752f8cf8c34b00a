"""Which change to held-out features, or to held-out labels, restores most of the predictions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from datafix.diagnosis.after.relabelling import relabellings
from datafix.diagnosis.after.undoing import Way, ways
from datafix.diagnosis.case import Case

RESTORED = 0.6
"""Share of the distance between held-out and training error that undoing must take away."""
ERRORS = 4.0
LEAST_OF_FEATURES, LEAST_OF_LABELS = 0.05, 0.1
SIMPLER = 0.02
"""Accuracy or R² by which a later way must be better than an earlier one, which is simpler."""


@dataclass(frozen=True)
class Restored:
    """What restores most, in words.

    Attributes
    ----------
    gain : float
        How far the held-out error falls.
    words, hint : str
    way : Way or None
        How features are undone.
    """

    gain: float
    words: str
    hint: str = ""
    way: Way | None = None

    @property
    def shown(self) -> bool:
        """Whether the features show it without labels."""
        return self.way is not None and self.way.shown


def features_restored(case: Case) -> Restored | None:
    """Return the way of preparation whose undoing restores most, on all rows or on those of which the model is surer.

    An order of columns that the labels alone suggest must restore more than other labels do.
    """
    return _once(case, "features restored", _of_features)


def labels_restored(case: Case) -> Restored | None:
    """Return the change of labels that restores most."""
    return _once(case, "labels restored", _of_labels)


def _of_features(case: Case) -> Restored | None:
    test, gap = case.test, case.error - case.train.error
    best: Restored | None = None
    for way in ways(case) if gap > LEAST_OF_FEATURES else ():
        outputs = case.outputs(way.undone(test.features).astype(test.features.dtype))
        tried = [(way.words, outputs)]
        if case.gives_probabilities:
            surer = case.probabilities(outputs).max(axis=1) > case.probabilities(test.outputs).max(axis=1)
            tried.append((f"some of them, {way.words}", np.where(surer[:, None], outputs, test.outputs)))
        for words, answers in tried:
            gain = _gain(case, test.loss_of(case.predicted(answers)), LEAST_OF_FEATURES)
            if gain is not None and (best is None or gain > best.gain + SIMPLER):
                best = Restored(gain, words, way=way)
    if best is not None and best.way is not None and best.way.of_labels and not best.shown:
        rival = labels_restored(case)
        return None if rival is not None and rival.gain > best.gain - SIMPLER else best
    return best


def _of_labels(case: Case) -> Restored | None:
    judged = [(_gain(case, lost, LEAST_OF_LABELS), words, hint) for words, hint, lost in relabellings(case)]
    known = [Restored(gain, words, hint) for gain, words, hint in judged if gain is not None]
    return max(known, key=lambda one: one.gain, default=None)


def _gain(case: Case, lost: np.ndarray, least: float) -> float | None:
    """Return how far the error falls, None where that is too little or may be chance."""
    gains = case.test.loss - lost
    gain, error = float(gains.mean()), float(gains.std() / np.sqrt(len(gains)))
    return gain if gain > max(least, ERRORS * error, RESTORED * (case.error - case.train.error)) else None


def _once(case: Case, name: str, found: Callable[[Case], Restored | None]) -> Restored | None:
    if name not in case.kept:
        case.kept[name] = found(case)
    known: Restored | None = case.kept[name]
    return known
