"""The mean of the target for each code, drawn towards the mean of all where a code has few rows."""

from __future__ import annotations

from typing import Any

import numpy as np


def smoothed_means(codes: np.ndarray, target: np.ndarray, n_codes: int, smooth: Any) -> np.ndarray:
    """Return what each code becomes, as scikit-learn's TargetEncoder has it, in a few passes over the rows.

    Parameters
    ----------
    codes : int64 ndarray of shape (rows,)
        Between 0 and ``n_codes - 1``.
    target : float64 ndarray of shape (rows,)
    n_codes : int
    smooth : "auto" or float
        "auto" weighs a code's mean by its variance and that of the target
        (empirical Bayes: Micci-Barreca, SIGKDD Explorations 3(1), 2001); a
        number is the count of rows that the mean of all is worth.

    Returns
    -------
    means : float64 ndarray of shape (n_codes + 1,)
        The last is the mean of all, which codes without rows have too.

    Examples
    --------
    >>> smoothed_means(np.array([0, 0, 1]), np.array([0.0, 1.0, 1.0]), 3, 0.0).round(3).tolist()
    [0.5, 1.0, 0.667, 0.667]
    """
    overall = target.mean()
    counts = np.bincount(codes, minlength=n_codes)
    sums = np.bincount(codes, weights=target, minlength=n_codes)
    means = np.full(n_codes + 1, overall)
    seen = np.flatnonzero(counts)
    if smooth != "auto":
        means[seen] = (sums[seen] + smooth * overall) / (counts[seen] + smooth)
        return means
    own = np.zeros(n_codes)
    own[seen] = sums[seen] / counts[seen]
    scatter = np.bincount(codes, weights=(target - own[codes]) ** 2, minlength=n_codes)[seen] / counts[seen]
    between = target.var() * counts[seen]
    total = between + scatter
    # Both are zero where the target is constant: its mean is all there is to say.
    share = np.divide(between, total, out=np.zeros(len(seen)), where=total > 0)
    means[seen] = share * own[seen] + (1 - share) * overall
    return means
