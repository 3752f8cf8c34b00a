"""Confident learning's flags, in blocks of rows."""

from __future__ import annotations

import numpy as np

ROWS_A_BLOCK = 16_384
SLACK = 1e-6


def confident_flags(codes: np.ndarray, proba: np.ndarray) -> np.ndarray:
    """Return the labels that confident learning prunes both by class and by noise rate.

    Northcutt, Jiang and Chuang, "Confident Learning: Estimating Uncertainty in Dataset Labels", JAIR 2021. The flags
    are those of ``cleanlab.filter.find_label_issues(codes, proba, filter_by="both", min_examples_per_class=0)``; of
    rows whose probabilities tie, any may be taken. It needs memory for one class's rows, not for all of them.

    Parameters
    ----------
    codes : int ndarray of shape (rows,)
        Given classes 0..K-1.
    proba : float ndarray of shape (rows, K)

    Returns
    -------
    flags : bool ndarray of shape (rows,)
    """
    n_rows, n_classes = proba.shape
    counts = np.bincount(codes, minlength=n_classes)
    joint = _confident_joint(codes, proba, counts)
    order = np.argsort(codes.astype(np.int16 if n_classes < 2**15 else np.int32), kind="stable").astype(np.int32)
    ends = np.cumsum(counts)
    flags = np.zeros(n_rows, dtype=bool)
    for given in np.flatnonzero(counts > 1):
        rows = order[ends[given] - counts[given] : ends[given]]
        n_wrong = counts[given] - joint[given, given]
        if n_wrong < 1:
            continue
        own = proba[rows, given]
        unlikely = _lowest(own, n_wrong)
        pruned = np.zeros(len(rows), dtype=bool)
        for true in np.flatnonzero(joint[given]):
            if true != given:
                pruned[_lowest(own - proba[rows, true], joint[given, true])] = True
        found = unlikely[pruned[unlikely]]
        doubtful = proba[rows[found]]
        found = found[doubtful.max(axis=1) > own[found] + SLACK]
        flags[rows[found]] = True
    return flags


def _lowest(values: np.ndarray, count: int) -> np.ndarray:
    if count >= len(values):
        return np.arange(len(values))
    return np.argpartition(values, count - 1)[:count]


def _confident_joint(codes: np.ndarray, proba: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Count the rows of each given label (row) that are confidently of a true class (column)."""
    from cleanlab.internal.util import round_preserving_row_totals

    n_rows, n_classes = proba.shape
    step = max(1, 10 * ROWS_A_BLOCK // max(10, n_classes))
    own = proba[np.arange(n_rows), codes].astype(np.float64)
    means = np.bincount(codes, own, minlength=n_classes) / np.maximum(counts, 1)
    thresholds = np.where(counts > 0, np.maximum(means, 2 * SLACK), 2.0) - SLACK
    joint = np.zeros(n_classes**2, dtype=np.int64)
    for start in range(0, n_rows, step):
        block = slice(start, start + step)
        confident = proba[block] >= thresholds
        true = confident.argmax(axis=1)
        several = np.flatnonzero(np.count_nonzero(confident, axis=1) > 1)
        true[several] = proba[block][several].argmax(axis=1)
        sure = confident.any(axis=1)
        joint += np.bincount(codes[block][sure] * n_classes + true[sure], minlength=n_classes**2)
    # In cleanlab's order of steps, for halves are rounded by the last bit.
    calibrated = joint.reshape(n_classes, n_classes).T.astype(np.float64, order="C")
    del joint
    np.fill_diagonal(calibrated, np.maximum(calibrated.diagonal(), 1))
    calibrated /= calibrated.sum(axis=0)
    calibrated *= counts
    calibrated /= max(float(calibrated.sum()), 1e-12)
    calibrated *= n_rows
    return np.asarray(round_preserving_row_totals(calibrated.T))
