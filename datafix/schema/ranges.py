"""How far numbers and times may go beyond those seen."""

from __future__ import annotations

import numpy as np

TOLERANCE = 0.5
MOST_EXTREME = 10
REACH = 4.0
"""Times the distance from the tenth most extreme value to the most extreme one.

That distance is 2.3 scales of an exponential tail; 4 of them hold all but 1 in 10,000 of what comes beyond the sample.
"""
PILE = 0.005
SKEWED = 5.0


def bounds(values: np.ndarray) -> tuple[float, float]:
    """Return a minimum and a maximum that fresh numbers of the same distribution keep.

    Half of the range seen on either side, or more where the tail is heavy (four times the spacing of the most
    extreme values, on the scale of logarithms of their distance from the median). A minimum is 0 where values seem
    to stop there.

    Parameters
    ----------
    values : float64 ndarray of shape (values,)
        Finite, at least one.
    """
    low, high = -_upper(-values), _upper(values)
    if values.min() >= 0 and stops_at_zero(values):
        low = max(low, 0.0)
    elif values.max() <= 0 and stops_at_zero(-values):
        high = min(high, 0.0)
    return low, high


def stops_at_zero(values: np.ndarray) -> bool:
    """Tell whether numbers that are not negative, it seems, cannot be.

    Some are 0, or the tail does not reach there, or many lie close to it, or it is far longer on the other side.
    """
    least, median = float(values.min()), float(np.median(values))
    if least == 0.0:
        return True
    inner = np.partition(values, _rank(len(values)))[_rank(len(values))]
    reach = least - 1.5 * REACH * (inner - least)
    near = np.count_nonzero(values <= 0.05 * median)
    return bool(reach >= 0 or near >= max(10, PILE * len(values)) or values.max() > SKEWED * median)


def _upper(values: np.ndarray) -> float:
    highest, lowest = float(values.max()), float(values.min())
    plain = highest + TOLERANCE * (highest - lowest)
    inner = float(-np.partition(-values, _rank(len(values)))[_rank(len(values))])
    middle = float(np.median(values))
    if not np.isfinite(plain) or inner <= middle:
        return plain
    with np.errstate(over="ignore"):  # beyond any float: no bound
        reach = np.float64((highest - middle) / (inner - middle)) ** REACH
        return max(plain, middle + (highest - middle) * float(reach))


def _rank(n_values: int) -> int:
    return min(MOST_EXTREME, n_values // 20)
