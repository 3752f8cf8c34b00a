"""Figures of all rows for scales that are fitted on a sample of them."""

from __future__ import annotations

import numpy as np
from sklearn.preprocessing import StandardScaler

from datafix.sketches import TableSketch


def extremes(seen: TableSketch) -> np.ndarray:
    """Return the smallest and the largest number of every column, float64 of shape (2, columns)."""
    columns = seen.columns.values()
    return np.array([[column.minimum for column in columns], [column.maximum for column in columns]], dtype=np.float64)


def deviations(seen: TableSketch) -> np.ndarray:
    """Return the standard deviation of every column, float64 of shape (columns,); without degrees of freedom."""
    return np.sqrt([column.squares / column.n_finite for column in seen.columns.values()])


def set_moments(scaler: StandardScaler, seen: TableSketch) -> None:
    """Give a scaler the mean and variance of all rows; a column of one value keeps the scale 1."""
    low, high = extremes(seen)
    spread = np.where(low == high, 0.0, deviations(seen))
    scaler.mean_ = np.array([column.mean for column in seen.columns.values()])
    scaler.var_, scaler.scale_ = spread**2, np.where(spread == 0, 1.0, spread)
    counts = np.array([column.n_finite for column in seen.columns.values()])
    scaler.n_samples_seen_ = int(counts[0]) if (counts == counts[0]).all() else counts
