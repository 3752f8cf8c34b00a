"""How many labels are wrong, and how sure that is."""

from __future__ import annotations

import numpy as np

from datafix.labels.confident import confident_flags
from datafix.labels.pool import Pooled

ROWS_A_BLOCK = 16_384
LEARNED = 0.1
UNSURE = 0.55
"""Mean probability of labels that are not suspicious at which classes overlap (1: they do not); chosen on nine sets."""


def label_quality(codes: np.ndarray, proba: np.ndarray) -> np.ndarray:
    """Return the given label's probability beside that of the likeliest other: p / (p + other), 1 for one class."""
    quality = np.ones(len(codes))
    if proba.shape[1] < 2:
        return quality
    for start in range(0, len(codes), ROWS_A_BLOCK):
        block = slice(start, start + ROWS_A_BLOCK)
        others, own = proba[block].astype(np.float64), codes[block]
        rows = np.arange(len(own))
        given = others[rows, own]
        others[rows, own] = -1.0
        total = given + others.max(axis=1)
        quality[block] = np.divide(given, total, out=np.full(len(own), 0.5), where=total > 0)
    return quality


def suspicious(codes: np.ndarray, pooled: Pooled) -> np.ndarray:
    """Choose how many labels to call suspicious, and take those of lowest quality.

    Two counts are made, and the larger one is taken, for each is too low where the other is right. Noise that does
    not depend on the features is told by the pool's channel: the count has the highest expected F1, given each row's
    posterior probability of being wrong (Lipton, Elkan and Naryanaswamy, "Optimal thresholding of classifiers to
    maximize F1 measure", ECML 2014), without rows that are more likely right. Noise near the boundary of classes looks
    like overlap to a channel; confident learning counts it (Northcutt, Jiang and Chuang, "Confident learning", JAIR
    2021), as cleanlab does, pruning both by class and by noise rate. Labels of a class that the models have not
    learned are never suspicious.

    Parameters
    ----------
    codes : int ndarray of shape (rows,)
    pooled : Pooled

    Returns
    -------
    flags : bool ndarray of shape (rows,)
    """
    quality = label_quality(codes, pooled.proba)
    flags = np.zeros(len(codes), dtype=bool)
    wrong = 1 - pooled.posterior[np.arange(len(codes)), codes]
    if pooled.proba.shape[1] > 1:
        count = max(int(channel_flags(wrong).sum()), int(confident_flags(codes, pooled.proba).sum()))
        flags[np.argsort(quality, kind="stable")[:count]] = True
        flags &= (quality < 0.5) & is_learned(codes, pooled.proba)
    return flags


def channel_flags(wrong: np.ndarray) -> np.ndarray:
    """Return the rows that have the highest expected F1, given their probabilities of being wrong."""
    order = np.argsort(-wrong, kind="stable")
    worst = wrong[order]
    expected_f1 = 2 * np.cumsum(worst) / (np.arange(1, len(worst) + 1) + worst.sum())
    flags = np.zeros(len(wrong), dtype=bool)
    flags[order[: int(expected_f1.argmax()) + 1]] = True
    return flags & (wrong > 0.5)


def is_learned(codes: np.ndarray, proba: np.ndarray) -> np.ndarray:
    """Tell of which rows' classes the models know something: bool of shape (rows,).

    Where next to no row of a class is taken for it, by models that have not seen that row, they have not learned the
    class (it is rare, or the features do not tell it), and cannot say which of its labels are wrong.
    """
    taken = np.bincount(codes, proba.argmax(axis=1) == codes, minlength=proba.shape[1])
    counts = np.bincount(codes, minlength=proba.shape[1])
    return (taken >= np.maximum(1, LEARNED * counts))[codes]


def separation(codes: np.ndarray, flags: np.ndarray, proba: np.ndarray) -> float:
    """Return how far classes are apart, from 0 (they overlap as much as those of any doubtful label) to 1.

    The mean probability of the labels that are not suspicious, each class counting the same.
    """
    others = ~flags
    n_others = np.bincount(codes[others], minlength=proba.shape[1])
    own = np.bincount(codes[others], proba[others, codes[others]], minlength=proba.shape[1])
    there = np.bincount(codes, minlength=proba.shape[1]) > 0
    sure = float((own / np.maximum(n_others, 1))[there].mean())
    return float(np.clip((sure - UNSURE) / (1 - UNSURE), 0, 1))


def sureness(proba: np.ndarray) -> float:
    """Return the mean probability of the likeliest class, each class counting the same; 0 without rows."""
    likeliest, highest = proba.argmax(axis=1), proba.max(axis=1)
    counts = np.bincount(likeliest)
    return float((np.bincount(likeliest, highest)[counts > 0] / counts[counts > 0]).mean()) if len(proba) else 0.0
