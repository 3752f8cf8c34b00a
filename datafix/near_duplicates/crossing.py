"""Near copies of training rows among test rows."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np

from datafix.errors import TableError
from datafix.fingerprint import found_among, row_hashes
from datafix.near_duplicates.images import near_image_pairs
from datafix.near_duplicates.reading import TOLERANCE, are_images, as_dense_frame, refuse_odd_tolerance
from datafix.near_duplicates.rows import near_pairs


def near_copies(train: Any, test: Any, *, tolerance: float = TOLERANCE) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find the test rows that are near copies of a training row, exact copies aside.

    Parameters
    ----------
    train, test : dataframe, array of shape (rows, columns), or images of shape (rows, height, width[, channels])
        With the same columns: features only.
    tolerance : float, default=5e-4
        As in :func:`near_duplicates`, which tells what a near copy is.

    Returns
    -------
    rows : int64 ndarray of shape (found,)
        Positions in test, ascending, each once.
    matches : int64 ndarray of shape (found,)
        Positions in train of the row that each is most surely a copy of.
    share : float64 ndarray of shape (found,)
        Of the cells that agree; of images, their correlation.

    Raises
    ------
    TableError
        If the columns differ, or the shapes of the images.

    Examples
    --------
    >>> train = np.random.default_rng(0).normal(size=(100, 10))
    >>> test = np.random.default_rng(1).normal(size=(20, 10))
    >>> test[5, 1:] = train[3, 1:]
    >>> near_copies(train, test)
    (array([5]), array([3]), array([0.9]))
    """
    refuse_odd_tolerance(tolerance, "near_copies")
    images = are_images(train) and are_images(test)
    if not images:
        train, test = _frames(train, test)
    train_hashes, test_hashes = row_hashes(train), row_hashes(test)
    n_train = len(train_hashes)
    seen = found_among(test_hashes, train_hashes)
    distinct = np.sort(np.unique(train_hashes, return_index=True)[1])
    rows = np.concatenate([distinct, n_train + np.flatnonzero(~seen)])
    if images:
        if train.shape[1:] != test.shape[1:]:
            raise TableError(f"near_copies needs images of one shape, got {train.shape[1:]} and {test.shape[1:]}.")
        found = near_image_pairs(np.concatenate([train, test]), rows, side=rows >= n_train)
    else:
        found = near_pairs([train, test], rows, tolerance, side=rows >= n_train)
    order = np.argsort(-found.bits, kind="stable")
    ends = rows[found.rows[order]]
    test_rows, best = np.unique(ends[:, 1], return_index=True)
    return test_rows - n_train, ends[best, 0], found.share[order][best]


def _frames(train: Any, test: Any) -> list[nw.DataFrame[Any]]:
    first, second = as_dense_frame(train, "near_copies"), as_dense_frame(test, "near_copies")
    if odd := sorted(set(first.columns) ^ set(second.columns)):
        raise TableError(
            f"near_copies needs the same columns in train and test; {odd[:10]} stand(s) in only one. "
            "Leave out what is no feature."
        )
    return [first, second.select(first.columns)]
