"""Whether unlikely labels are wrong ones, or what classes that overlap give anyway."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, softmax

MOST_ROWS = 6000
LEAST = 1e-4
"""Smallest probability that a model's word is taken for."""


@dataclass(frozen=True)
class LabelNoise:
    """Two explanations of given labels by out-of-fold probabilities, compared.

    Where classes overlap, labels are draws from the models' probabilities once these are calibrated (raised to a power
    that fits best). Where labels are wrong, the best power makes the models surer than the labels are, and a share of
    the labels comes from elsewhere: from the class that models believe, by the chance with which it is given for that.

    Attributes
    ----------
    gain : float
        Twice the logarithm of how many times likelier the labels are with wrong ones among them than without.
    rate : float
        Share of wrong labels that fits best.
    wrong : float64 ndarray of shape (asked rows,)
        Chance that each asked label is a wrong one.
    """

    gain: float
    rate: float
    wrong: np.ndarray


def label_noise(proba: np.ndarray, codes: np.ndarray, asked: np.ndarray, *, random_state: int = 0) -> LabelNoise:
    """Fit both explanations, on at most 6,000 rows.

    Parameters
    ----------
    proba : float64 ndarray of shape (rows, classes)
        Out of fold.
    codes : int64 ndarray of shape (rows,)
        Given labels, as columns of ``proba``.
    asked : int64 ndarray
        Positions of the labels in doubt.

    Examples
    --------
    >>> import numpy as np
    >>> sure = np.repeat([[0.9, 0.1], [0.1, 0.9]], 100, axis=0)
    >>> codes = np.repeat([0, 1], 100)
    >>> codes[[3, 150]] = 1, 0
    >>> label_noise(sure, codes, np.array([3, 150])).gain < 1  # two of a hundred are fewer than the models expect
    True
    """
    noise = _noise(proba, codes)
    logs = np.log(np.maximum(proba, LEAST))
    rows = np.arange(len(codes))
    if len(rows) > MOST_ROWS:
        rows = np.sort(np.random.RandomState(random_state).permutation(rows)[:MOST_ROWS])

    def likelihoods(rows: np.ndarray, power: float) -> tuple[np.ndarray, np.ndarray]:
        sharpened = softmax(logs[rows] * np.exp(np.clip(power, -5, 4)), axis=1)
        return sharpened[np.arange(len(rows)), codes[rows]], (sharpened * noise[:, codes[rows]].T).sum(axis=1)

    def loss(parameters: np.ndarray) -> float:
        own, other = likelihoods(rows, parameters[0])
        rate = expit(parameters[1]) / 2 if len(parameters) > 1 else 0.0
        return float(-np.log((1 - rate) * own + rate * other + 1e-300).sum())

    overlapping = minimize(loss, [0.3], method="Nelder-Mead")
    noisy = min(
        (minimize(loss, [start, -2.0], method="Nelder-Mead", options={"maxiter": 300}) for start in (0.3, 1.2)),
        key=lambda found: float(found.fun),
    )
    rate = float(expit(noisy.x[1]) / 2)
    own, other = likelihoods(asked, noisy.x[0])
    wrong = rate * other / np.maximum((1 - rate) * own + rate * other, 1e-300)
    return LabelNoise(2 * float(overlapping.fun - noisy.fun), rate, wrong)


def _noise(proba: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Return how often each class is given for another that models believe, float64 of shape (classes, classes)."""
    n_classes = proba.shape[1]
    counts = np.full((n_classes, n_classes), 2 / n_classes)
    np.add.at(counts, (proba.argmax(axis=1), codes), 1)
    np.fill_diagonal(counts, 0)
    return counts / counts.sum(axis=1, keepdims=True)
