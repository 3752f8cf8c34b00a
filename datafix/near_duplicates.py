"""Rows and images that are copies but for small edits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.spatial import KDTree

from datafix.columns import as_frame, as_numbers, kind_of
from datafix.errors import ParameterError
from datafix.fingerprint import row_hashes

THUMBNAIL = 8
PROJECTIONS = 3


def near_duplicates(X: Any, *, tolerance: float | None = None) -> np.ndarray:
    """Group rows that are copies of each other but for a small jitter of their numbers.

    Two rows belong together where all their text, times and missing values agree and
    no number differs by more than ``tolerance`` standard deviations of its column.
    Images are compared by thumbnails of 8 × 8 pixels and channel.

    Parameters
    ----------
    X : dataframe, array of shape (rows, columns), or images of shape (rows, height, width[, channels])
    tolerance : float, optional
        In standard deviations of a column (default 1e-4), for images in shares of the range
        of pixel values (default 0.01).

    Returns
    -------
    group : int64 ndarray of shape (rows,)
        Rows with the same number belong together, through others too; numbered by appearance.

    Notes
    -----
    Candidates come from a k-d tree over three orthogonal projections, which never make two rows
    more distant than they are, so none is missed; each is then compared in full.

    Examples
    --------
    >>> near_duplicates([[1.0, 5.0], [2.0, 6.0], [1.00001, 5.0]])
    array([0, 1, 0])
    """
    images = isinstance(X, np.ndarray) and X.ndim > 2
    if tolerance is None:
        tolerance = 0.01 if images else 1e-4
    if not tolerance >= 0:
        raise ParameterError(f"near_duplicates needs a tolerance of at least 0, got {tolerance!r}.")
    exact = np.unique(row_hashes(X), return_inverse=True)[1].ravel()
    first = np.unique(exact, return_index=True)[1]
    values, rest = (_thumbnails(X), None) if images else _scaled(X)
    pairs = _close_pairs(values[first], tolerance)
    if rest is not None and len(pairs):
        pairs = pairs[rest[first][pairs[:, 0]] == rest[first][pairs[:, 1]]]
    ties = sparse.coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(first), len(first)))
    group = sparse.csgraph.connected_components(ties, directed=False)[1]
    return pd.factorize(group[exact])[0].astype(np.int64)


def _scaled(X: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return numbers in standard deviations (missing as 0), and a hash of all that is no number."""
    frame = as_frame(X, who="near_duplicates")
    numbers = [name for name in frame.columns if kind_of(frame[name]) == "number"]
    values = np.column_stack([np.zeros(len(frame)), *(as_numbers(frame[name]) for name in numbers)])
    absent = ~np.isfinite(values)
    values[absent] = 0.0
    spread = values.std(axis=0)
    values = values / np.where(spread > 0, spread, 1.0)
    others = frame.drop(numbers)
    rest = row_hashes(others) if others.columns else np.zeros(len(frame), dtype=np.uint64)
    return values, rest + row_hashes(absent.astype(np.int8))


def _thumbnails(images: np.ndarray) -> np.ndarray:
    """Return means over an 8 × 8 grid of each image, in shares of the range, of shape (rows, cells)."""
    pixels = images.reshape(*images.shape[:3], -1)
    rows = np.array_split(np.arange(pixels.shape[1]), min(THUMBNAIL, pixels.shape[1]))
    columns = np.array_split(np.arange(pixels.shape[2]), min(THUMBNAIL, pixels.shape[2]))
    bands = np.stack([pixels[:, band].mean(axis=1, dtype=np.float64) for band in rows], axis=1)
    cells = np.stack([bands[:, :, band].mean(axis=2) for band in columns], axis=2)
    spread = np.ptp(cells) or 1.0
    return cells.reshape(len(images), -1) / spread


def _close_pairs(values: np.ndarray, tolerance: float) -> np.ndarray:
    """Return pairs of positions, of shape (pairs, 2), whose values all agree within the tolerance."""
    n_columns = values.shape[1]
    axes = np.linalg.qr(np.random.RandomState(0).normal(size=(n_columns, min(PROJECTIONS, n_columns))))[0]
    reach = tolerance * np.sqrt(n_columns)
    pairs = KDTree(values @ axes).query_pairs(reach * (1 + 1e-9) + 1e-12, output_type="ndarray")
    close = np.zeros(len(pairs), dtype=bool)
    for start in range(0, len(pairs), 100_000):
        block = pairs[start : start + 100_000]
        gap = np.abs(values[block[:, 0]] - values[block[:, 1]]).max(axis=1)
        close[start : start + 100_000] = gap <= tolerance * (1 + 1e-9)
    return pairs[close]
