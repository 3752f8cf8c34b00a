"""What the search for near copies finds."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Pairs(NamedTuple):
    """Pairs of near copies.

    Parameters
    ----------
    rows : int64 ndarray of shape (pairs, 2)
        The lower one first.
    bits : float64 ndarray of shape (pairs,)
        The evidence that they are no chance.
    share : float64 ndarray of shape (pairs,)
        Of the cells that agree; of images, their correlation.
    """

    rows: np.ndarray
    bits: np.ndarray
    share: np.ndarray


def no_pairs() -> Pairs:
    """Return none."""
    return Pairs(np.zeros((0, 2), dtype=np.int64), np.zeros(0), np.zeros(0))
