"""Which measured targets look as if they were those of other rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import gaussian_kde, norm, t

ROUNDS = 200
NARROW = 0.85
GAIN = 12.0
ALIKE = 0.13
VARIED = 0.5
LEAST_SKILL = 0.05


@dataclass(frozen=True, eq=False)
class WrongQuantities:
    """What a mixture tells of the errors of out-of-fold predictions.

    Attributes
    ----------
    share : float
        Of the targets that come from anywhere.
    chances : float64 ndarray of shape (rows,)
        That a row's target is such a one.
    gain : float
        Log-likelihood against errors of one kind with heavy tails.
    """

    share: float
    chances: np.ndarray
    gain: float


def wrong_quantities(y: np.ndarray, predicted: np.ndarray) -> WrongQuantities | None:
    """Return what a mixture tells of wrong targets; None where errors of one kind explain as much.

    A target is near its prediction, by a normal error, or from anywhere among all targets: two components, fitted by
    expectation and maximisation (Dempster, Laird and Rubin, JRSS B 39(1), 1977). Errors of one kind have Student's
    distribution. What is from anywhere must be spread as all targets are: a second process of its own is no mistake.

    Parameters
    ----------
    y, predicted : float64 ndarray of shape (rows,)

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> truth = rng.normal(size=500)
    >>> y = truth + rng.normal(0, 0.2, 500)
    >>> wrong_quantities(y, truth) is None
    True
    >>> y[:100] = rng.permutation(y[:100])
    >>> bool(0.1 < wrong_quantities(y, truth).share < 0.25)
    True
    """
    error = y - predicted
    centre, spread = float(np.median(error)), float(np.median(np.abs(error - np.median(error)))) * 1.48
    if not spread > 0 or len(np.unique(y)) < VARIED * len(y):  # counts and grades have errors of their own
        return None
    if 1 - (error**2).mean() / y.var() < LEAST_SKILL:  # nothing is known of any
        return None
    anywhere = np.log(np.maximum(gaussian_kde(y)(y), 1e-300))
    share = 0.2
    for _ in range(ROUNDS):
        wrong, right = np.log(share) + anywhere, np.log(1 - share) + norm.logpdf(error, centre, spread)
        either = np.logaddexp(wrong, right)
        chances = np.exp(wrong - either)
        share, kept = float(np.clip(chances.mean(), 1e-4, 0.9)), 1 - chances
        centre = float((kept * error).sum() / kept.sum())
        spread = max(float(np.sqrt((kept * (error - centre) ** 2).sum() / kept.sum())), 1e-9)
    one_kind = t.logpdf(error, *t.fit(error, floc=float(np.median(error)))).sum()
    gain = float(either.sum() - one_kind)
    if gain < GAIN or spread > NARROW * y.std() or _apart(y, chances) > ALIKE:
        return None
    return WrongQuantities(share, chances, gain)


def _apart(y: np.ndarray, chances: np.ndarray) -> float:
    """Return the largest difference of the distribution of targets, weighted by chances, from that of all."""
    order = np.argsort(y)
    weighted = np.cumsum(chances[order]) / chances.sum()
    return float(np.abs(weighted - np.arange(1, len(y) + 1) / len(y)).max())
