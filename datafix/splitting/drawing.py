"""Parts drawn at random, with the same shares of classes in each."""

from __future__ import annotations

import numpy as np

Sizes = dict[str, float]
"""The share of all rows that each held-out part is to have."""

NUMBERS = {"test": 2, "validation": 1, "train": 0}


def draw(units: np.ndarray, classes: np.ndarray | None, shares: Sizes, random: np.random.RandomState) -> np.ndarray:
    """Return each row's part (0 train, 1 validation, 2 test), int8 of shape (rows,).

    Units of several classes go, one by one, where they leave the shares of classes most alike
    (as scikit-learn's StratifiedGroupKFold does); units of one class then fill up what each part lacks.

    Parameters
    ----------
    units : int64 ndarray of shape (rows,)
        From 0 on; rows with the same number stay together.
    classes : int64 ndarray of shape (rows,), optional
    shares : dict of "test" and "validation" to float
    random : RandomState
    """
    classes = np.zeros(len(units), dtype=np.int64) if classes is None else np.unique(classes, return_inverse=True)[1]
    n_units, n_classes = units.max() + 1, classes.max() + 1
    pairs, counts = np.unique(units * n_classes + classes, return_counts=True)
    unit, stratum = pairs // n_classes, pairs % n_classes
    several = np.bincount(unit, minlength=n_units) > 1
    part = np.zeros(n_units, dtype=np.int8)
    totals = np.bincount(classes)
    mixed = several[unit]
    given = np.zeros((3, n_classes))
    if mixed.any():
        given = _place_mixed(part, unit[mixed], stratum[mixed], counts[mixed], totals, shares, random)
    _place_pure(part, unit[~mixed], stratum[~mixed], counts[~mixed], totals, given, shares, random)
    return part[units]


def _place_mixed(
    part: np.ndarray,
    unit: np.ndarray,
    stratum: np.ndarray,
    counts: np.ndarray,
    totals: np.ndarray,
    shares: Sizes,
    random: np.random.RandomState,
) -> np.ndarray:
    """Set the part of units of several classes; return how many rows of each class each part has then."""
    share = np.array([1 - sum(shares.values()), shares["validation"], shares["test"]])
    numbers = np.flatnonzero(share)
    wanted = share[numbers, None] * totals
    given = np.zeros_like(wanted)
    starts = np.flatnonzero(np.append(True, unit[1:] != unit[:-1]))
    ends = np.append(starts[1:], len(unit))
    sizes = np.add.reduceat(counts, starts)
    # Large ones first, while there is room to balance them; those about as large in random order.
    for i in np.lexsort([random.permutation(len(starts)), -np.log2(sizes).astype(int)]).tolist():
        here = slice(starts[i], ends[i])
        now, new = given[:, stratum[here]] - wanted[:, stratum[here]], counts[here]
        # By how much this unit takes each part away from what it is to have (chi-square).
        worse = ((2 * now * new + new**2) / wanted[:, stratum[here]]).sum(axis=1)
        best = int(worse.argmin())
        part[unit[starts[i]]] = numbers[best]
        given[best, stratum[here]] += new
    placed = np.zeros((3, len(totals)))
    placed[numbers] = given
    return placed


def _place_pure(
    part: np.ndarray,
    unit: np.ndarray,
    stratum: np.ndarray,
    sizes: np.ndarray,
    totals: np.ndarray,
    given: np.ndarray,
    shares: Sizes,
    random: np.random.RandomState,
) -> None:
    """Set the part of units of one class, class by class.

    Shares are kept over all classes so far, so that many small ones do not round to nothing.
    """
    seen, done = 0, np.zeros(3)
    by_stratum = np.argsort(stratum, kind="stable")
    edges = np.searchsorted(stratum[by_stratum], np.arange(len(totals) + 1))
    for one in random.permutation(len(totals)):
        members = random.permutation(by_stratum[edges[one] : edges[one + 1]])
        seen += totals[one]
        done += given[:, one]
        for name in ("test", "validation"):
            number = NUMBERS[name]
            wanted = round(shares[name] * seen) - done[number]
            middle = np.cumsum(sizes[members]) - sizes[members] / 2
            chosen = members[middle < wanted]
            part[unit[chosen]] = number
            done[number] += sizes[chosen].sum()
            members = members[middle >= wanted]
