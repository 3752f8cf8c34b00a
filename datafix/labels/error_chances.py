"""How likely errors of prediction are, by the inner ones."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq
from scipy.stats import t as student

INNER = 0.7
FALSE_SHARE = 0.2
"""Expected share of right targets among the unlikely ones, at most."""


def error_chances(scaled: np.ndarray) -> np.ndarray:
    """Return each error's chance to be as large as it is, under the distribution of the inner ones."""
    size = np.abs(scaled)
    for side in (scaled > 0, scaled < 0):  # in medians of its side
        if side.any():
            size[side] /= np.median(size[side])
    degrees = _degrees(float(np.quantile(size, INNER)))
    return 2 * student.sf(size * student.ppf(0.75, degrees), degrees)


def are_unlikely(chances: np.ndarray) -> np.ndarray:
    """Tell which errors are too large for their chances: of these at most a fifth is expected to be right."""
    lowest = np.sort(chances)
    false_share = len(chances) * lowest / np.searchsorted(lowest, lowest, side="right")
    beyond = lowest[false_share <= FALSE_SHARE]
    return chances <= (beyond[-1] if len(beyond) else -1.0)


def _degrees(ratio: float) -> float:
    """Return the degrees of freedom for which the quantiles INNER and one half of a Student's size stand so."""

    def off(degrees: float) -> float:
        return float(student.ppf((1 + INNER) / 2, degrees) / student.ppf(0.75, degrees)) - ratio

    low, high = 2.5, 20.0
    if off(high) > 0:
        return high
    return low if off(low) < 0 else float(brentq(off, low, high))
