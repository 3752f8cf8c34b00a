"""Groups of near copies."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from datafix.fingerprint import row_hashes
from datafix.near_duplicates.images import near_image_pairs
from datafix.near_duplicates.reading import TOLERANCE, are_images, as_dense_frame, refuse_odd_tolerance
from datafix.near_duplicates.rows import near_pairs

LARGEST_GROUP = 50


def near_duplicates(X: Any, *, tolerance: float = TOLERANCE) -> np.ndarray:
    """Group rows that are copies of each other but for small edits.

    Two rows are near copies where at most 20 % of their cells differ, and where chance would not make
    them as alike: to at most one row in 200 it gives such a likeness to any other. Images are near
    copies where one is the other but for a small shift, other brightness or contrast, and slight noise.

    Parameters
    ----------
    X : dataframe, array of shape (rows, columns), or images of shape (rows, height, width[, channels])
    tolerance : float, default=5e-4
        Numbers agree that differ by at most so many standard deviations of their column. Text, times
        and missing values agree where they are equal. Of no matter to images.

    Returns
    -------
    group : int64 ndarray of shape (rows,)
        Rows with the same number belong together; numbered by appearance.

    Raises
    ------
    ParameterError
        If the tolerance is negative.
    TableError
        If X is no table and no images.

    Notes
    -----
    Candidates agree on a few columns together (see :func:`datafix.near_duplicates.bands.candidate_pairs`),
    and each is compared in full. What chance does is measured on the table itself: how common the shared
    values are, and how often one agreement brings about another, so that a family with one ticket is no
    copy. A table of few columns, or of common values, therefore has fewer near copies than it has rows that
    differ in 20 % of their cells: nothing in it tells an edited copy from another row. Rows with the same
    content are always together.

    A group is a star: every row is a near copy of one row of it, so that chains do not join what is not
    alike. It has at most 50 rows of different content.

    Examples
    --------
    >>> rows = np.random.default_rng(0).normal(size=(100, 10))
    >>> copy = rows[0] + 1e-5
    >>> copy[[3, 7]] = 0.0, np.nan
    >>> np.flatnonzero(near_duplicates(np.vstack([rows, copy])) == 0)
    array([  0, 100])
    """
    refuse_odd_tolerance(tolerance, "near_duplicates")
    table = X if are_images(X) else as_dense_frame(X, "near_duplicates")
    content = pd.factorize(row_hashes(table))[0]
    first = np.flatnonzero(~pd.Series(content).duplicated().to_numpy())
    pairs = near_image_pairs(X, first) if are_images(X) else near_pairs([table], first, tolerance)
    centre = _stars(pairs.rows, pairs.bits, len(first))
    return pd.factorize(centre[content])[0].astype(np.int64)


def _stars(pairs: np.ndarray, bits: np.ndarray, n_rows: int) -> np.ndarray:
    """Return for each row the centre of its group: a row that it is a near copy of, or itself.

    The row with the most near copies takes them, strongest first; then the next that is left.
    """
    strongest = np.argsort(-bits, kind="stable")
    ends = np.concatenate([pairs[strongest], pairs[strongest, ::-1]])
    ends = ends[np.argsort(ends[:, 0], kind="stable")]
    degree = np.bincount(ends[:, 0], minlength=n_rows)
    start = np.concatenate([[0], np.cumsum(degree)])
    centre, free = np.arange(n_rows), degree > 0
    for row in np.argsort(-degree, kind="stable")[: int(free.sum())].tolist():
        if free[row]:
            copies = ends[start[row] : start[row + 1], 1]
            copies = copies[free[copies]][: LARGEST_GROUP - 1]
            centre[copies] = row
            free[copies] = free[row] = False
    return centre
