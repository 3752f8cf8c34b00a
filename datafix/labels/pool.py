"""How several models' opinions of a label become one: a pool behind a noisy channel."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax, logsumexp

DOUBT = 0.01
"""Share of every opinion that is the classes' frequencies instead, so that no model alone rules a class out."""

PULL = 3.0
"""What it costs, in units of log-likelihood, when the squares of the weights' differences add up to 1."""

MOST_CELLS_TO_WEIGH = 2_000_000
MOST_ROWS_TO_WEIGH = 20_000
ROUNDS_OF_EM = 15
CELLS_A_BLOCK = 2_000_000


class Pooled(NamedTuple):
    """What the models together believe.

    Attributes
    ----------
    proba : float64 ndarray of shape (rows, classes)
        Of the true class, from the features alone.
    posterior : float64 ndarray of shape (rows, classes)
        Of the true class, from the features and the given label.
    transition : float64 ndarray of shape (classes, classes)
        Chance that a row of the true class (row) was given a label (column).
    log_likelihood : float
        Mean logarithm of the given labels' probability.
    """

    proba: np.ndarray
    posterior: np.ndarray
    transition: np.ndarray
    log_likelihood: float


def pool(probas: list[np.ndarray], codes: np.ndarray, random_state: int) -> Pooled:
    """Join several models' out-of-fold probabilities, and tell noise from honest doubt.

    A log-linear pool (Genest and Zidek, "Combining probability distributions", Statistical Science 1986): the true
    class's probabilities are proportional to the product of the models', each to the power of a weight of at least 0.
    Behind it stands a noisy channel (Natarajan et al., "Learning with noisy labels", NeurIPS 2013; Patrini et al.,
    CVPR 2017): the label that is given is the true one, changed with chances that depend on the true class alone.
    Weights and chances are learned together, by expectation maximisation of the given labels' likelihood; the chances
    are drawn towards equal ones by two rows a pair of classes, and the weights towards each other, so that a few
    hundred rows do not choose a model by luck.

    Parameters
    ----------
    probas : list of float ndarrays of shape (rows, classes)
    codes : int ndarray of shape (rows,)
    random_state : int
        Picks the rows that weigh where there are more than 20,000 (fewer for many classes).

    Returns
    -------
    pooled : Pooled
    """
    n_rows, n_classes = probas[0].shape
    most = min(MOST_ROWS_TO_WEIGH, max(1000, MOST_CELLS_TO_WEIGH // n_classes))
    rows = np.arange(n_rows)
    frequency = (np.bincount(codes, minlength=n_classes) + 0.5) / (n_rows + 0.5 * n_classes)
    if n_rows > most:
        rows = np.sort(np.random.RandomState(random_state).choice(rows, most, replace=False))
    weights, transition, log_likelihood = _learned(_logs([proba[rows] for proba in probas], frequency), codes[rows])
    joined, posterior = np.empty((n_rows, n_classes)), np.empty((n_rows, n_classes))
    step = max(1, CELLS_A_BLOCK // (n_classes * len(probas)))
    for start in range(0, n_rows, step):
        block = slice(start, start + step)
        log_p = log_softmax(np.tensordot(weights, _logs([proba[block] for proba in probas], frequency), 1), axis=1)
        joined[block] = np.exp(log_p)
        posterior[block], _ = _responsibilities(log_p, transition, codes[block])
    return Pooled(joined, posterior, transition, log_likelihood)


def _logs(probas: list[np.ndarray], frequency: np.ndarray) -> np.ndarray:
    return np.stack([np.log((1 - DOUBT) * np.clip(proba, 0, 1) + DOUBT * frequency) for proba in probas])


def _responsibilities(log_p: np.ndarray, transition: np.ndarray, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    joint = log_p + np.log(transition[:, codes].T)
    given = logsumexp(joint, axis=1, keepdims=True)
    return np.exp(joint - given), given[:, 0]


def _learned(logs: np.ndarray, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    n_models, n_rows, n_classes = logs.shape
    weights, transition = np.full(n_models, 1 / n_models), _equal_chances(0.1, n_classes)
    pull = PULL / n_rows

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        log_p = log_softmax(np.tensordot(weights, logs, 1), axis=1)
        posterior, given = _responsibilities(log_p, transition, codes)
        slope = np.einsum("mnk,nk->m", logs, np.exp(log_p) - posterior) / n_rows
        apart = weights - weights.mean()
        return pull * (apart**2).sum() - given.mean(), slope + 2 * pull * apart

    before = -np.inf
    for _ in range(ROUNDS_OF_EM):
        bounds = [(0, None)] * n_models
        weights = minimize(loss, weights, jac=True, bounds=bounds, method="L-BFGS-B", options={"maxiter": 20}).x
        log_p = log_softmax(np.tensordot(weights, logs, 1), axis=1)
        posterior, given = _responsibilities(log_p, transition, codes)
        transition = _chances(posterior, codes)
        if given.mean() - before < 1e-5:
            break
        before = given.mean()
    _, given = _responsibilities(log_p, transition, codes)
    return weights, transition, float(given.mean())


def _chances(posterior: np.ndarray, codes: np.ndarray) -> np.ndarray:
    n_rows, n_classes = posterior.shape
    counts = np.zeros((n_classes, n_classes))
    np.add.at(counts, codes, posterior)
    counts = counts.T
    noise = 1 - np.trace(counts) / n_rows
    prior = 2.0 * n_classes
    chances = (counts + prior * _equal_chances(noise, n_classes)) / (counts.sum(axis=1, keepdims=True) + prior)
    chances = np.clip(chances, 1e-6, 1)
    return chances / chances.sum(axis=1, keepdims=True)


def _equal_chances(noise: float, n_classes: int) -> np.ndarray:
    chances = np.full((n_classes, n_classes), noise / max(1, n_classes - 1))
    np.fill_diagonal(chances, 1 - noise)
    return chances
