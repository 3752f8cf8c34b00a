"""Numbers far away from all others."""

from __future__ import annotations

import numpy as np

INNER = 0.025
REACH = 0.5
FEWEST = 50
CHANCE = 1e-5
TAIL = 0.05


def isolated(values: np.ndarray) -> np.ndarray:
    """Return the positions of numbers that lie beyond every plausible tail, with a gap before them.

    Distances from the median are measured in quartile ranges and drawn together by the inverse hyperbolic sine, which
    makes heavy tails about as wide as light ones. What lies half the inner 95 % beyond them is far; it is isolated
    where a tail as heavy as that of the others leaves such a gap once in 100,000 times (a power law, its exponent by
    Hill, "A simple general approach to inference about the tail of a distribution", Annals of Statistics 1975).

    Parameters
    ----------
    values : float64 ndarray of shape (rows,)
        NaN and infinities are left out.

    Returns
    -------
    positions : int64 ndarray
    """
    known = np.flatnonzero(np.isfinite(values))
    if len(known) < FEWEST:
        return known[:0]
    finite = values if len(known) == len(values) else values[known]
    inner, lower, middle, upper, outer = np.quantile(finite, [INNER, 0.25, 0.5, 0.75, 1 - INNER])
    if not upper > lower:
        return known[:0]
    far = (finite - middle) / (upper - lower)
    first, last = np.arcsinh((np.array([inner, outer]) - middle) / (upper - lower))
    reach = REACH * (last - first)
    beyond = [_beyond_gap(side * far, np.sinh(side * end + reach)) for side, end in ((1, last), (-1, first))]
    return known[beyond[0] | beyond[1]]


def _beyond_gap(far: np.ndarray, limit: float) -> np.ndarray:
    """Tell which distances exceed the limit, with a gap before them that the tail of the others does not explain."""
    nothing = np.zeros(len(far), dtype=bool)
    limit = max(float(limit), 1e-12)
    if far.max() <= limit:
        return nothing
    ordered = np.sort(far)
    first = int(np.searchsorted(ordered, limit, "right"))
    before = ordered[first - 1 : -1] if first else ordered[:-1]
    gaps = ordered[len(ordered) - len(before) :] / np.maximum(before, 1.0)
    at = len(ordered) - len(before) + int(gaps.argmax())
    # The others' tail, without what may be outlying.
    tail = ordered[max(0, at - max(10, int(TAIL * len(ordered)))) : at]
    tail = tail[tail > 0]
    if len(tail) < 2:
        return nothing
    heaviness = float(np.log(tail / tail[0]).mean())
    likely = gaps.max() ** (-1 / heaviness) if heaviness > 0 else 0.0
    return far >= ordered[at] if gaps.max() > 1 and likely < CHANCE else nothing
