"""How likely chance alone makes two rows as alike as they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from datafix.near_duplicates.cells import CELL, Column

CHANCE = 0.005
"""Share of rows to which chance may give a row as alike, anywhere in the table."""
ALIKE = 0.65
"""Pairs that agree on a larger share of the columns may be near copies, and tell nothing of chance."""
SURE, SURE_SHARE = 20, 0.005
"""So many rows with a value, and such a share of all, count as much as what is known of its column."""
LEAST = 0.1
"""No disagreement counts as less likely by chance than this."""

SLOTS = 20
"""Bits of a slot in a count, where 16 slots a row are more; many slots overflow the cache."""
PAIRS = 3000
WORK = 100_000_000


@dataclass(frozen=True)
class Ties:
    """How often columns agree by chance.

    Parameters
    ----------
    alone : float64 ndarray of shape (columns,)
        Probability that two rows agree.
    tied : float64 ndarray of shape (columns, columns)
        ``tied[i, j]``: the share of pairs that agree on column i and for this reason agree on j.
    """

    alone: np.ndarray
    tied: np.ndarray


def needed_bits(n_rows: int) -> float:
    """Return the evidence from which on a pair is no chance, among so many rows."""
    return float(np.log2(max(n_rows - 1, 1) / CHANCE))


def measure_ties(columns: list[Column]) -> Ties:
    """Measure how often columns agree, on pairs that are no near copies themselves."""
    n_columns = len(columns)
    random = np.random.default_rng(0)
    shuffled = random.permutation(len(columns[0].code))
    most = max(50, min(PAIRS, WORK // n_columns**2))
    alone, tied, sampled = np.zeros(n_columns), np.zeros((n_columns, n_columns)), []
    for j, column in enumerate(columns):
        alone[j], pairs = _pairs_agreeing(column.code[shuffled])
        sampled.append(shuffled[pairs[np.unique(random.integers(0, len(pairs), most))]])
    for i, pairs in enumerate(sampled):
        agree = np.stack([column.code[pairs[:, 0]] == column.code[pairs[:, 1]] for column in columns])
        distinct = agree[:, agree.mean(axis=0) < ALIKE]
        share = (distinct.sum(axis=1) + alone) / (distinct.shape[1] + 1)
        tied[i] = np.clip((share - alone) / np.maximum(1 - alone, 1e-9), 0, 1)
    return Ties(alone, tied)


def _pairs_agreeing(code: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the probability that two rows agree, and pairs of neighbours among the rows of each value."""
    packed = np.sort((code.astype(np.uint64) << np.uint64(32)) | np.arange(len(code), dtype=np.uint64))
    value, row = packed >> np.uint64(32), (packed & np.uint64(0xFFFFFFFF)).astype(np.int64)
    same = value[1:] == value[:-1]
    sizes = np.diff(np.flatnonzero(np.concatenate([[True], ~same, [True]]))).astype(np.float64)
    here = np.flatnonzero(same)
    alone = (sizes * (sizes - 1)).sum() / (len(code) * max(len(code) - 1.0, 1.0))
    return float(alone), np.column_stack([row[here], row[here + 1]])


def most_bits(columns: list[Column]) -> np.ndarray:
    """Return the evidence of each cell if another row agrees on it, at most; float16 of shape (columns, rows)."""
    n_rows = len(columns[0].code)
    bits = np.empty((len(columns), n_rows), dtype=np.float16)
    for j, column in enumerate(columns):
        fine = column.fine_code()
        counts, slots = _counts(fine)
        others = np.maximum(counts - 2.0, 1.0)
        if column.tolerance is not None:  # as they are counted of numbers that are close and not equal
            others = np.maximum(counts - 3.0, 0.5) * 2 / CELL
        bits[j] = np.log2(n_rows / others).astype(np.float16)[slots]
    return bits


def judge(columns: list[Column], pairs: np.ndarray, ties: Ties) -> tuple[np.ndarray, np.ndarray]:
    """Return in which columns pairs agree, and the bits of evidence that this is no chance.

    The likelihood ratio of "a copy with as many edits, wherever" over chance. Chance makes two rows
    agree on a column as often as the shared value is common or, if more, as often as agreement on another
    column that agrees brings it about: by the share of such pairs that do, and by the other rows that
    have the one value and the other.

    Parameters
    ----------
    columns : list of Column
    pairs : int64 ndarray of shape (pairs, 2)
    ties : Ties

    Returns
    -------
    agree : bool ndarray of shape (columns, pairs)
    bits : float64 ndarray of shape (pairs,)
    """
    n_columns, n_rows = len(columns), len(columns[0].code)
    n_parents = max(3, int(WORK / 2 / (n_rows * n_columns)))
    agree = np.zeros((n_columns, len(pairs)), dtype=bool)
    bits, jittered = np.zeros(len(pairs)), np.zeros(len(pairs))
    before: dict[int, np.ndarray] = {}  # how many rows share the value of the first of each pair
    for j in np.argsort(ties.alone, kind="stable").tolist():  # what tells most first: a ticket brings about its fare
        fine = columns[j].fine_code()
        alike = _others(columns[j].code, pairs[:, 0])
        agree[j], common, smooth = _agreement(columns[j], fine, pairs, alike)
        chance = common
        for i in sorted(before, key=lambda i, j=j: -ties.tied[i, j])[:n_parents]:  # type: ignore[misc]
            given = _given(before[i], columns[i].code, fine, pairs[:, 0], ties.tied[i, j], common)
            chance = np.where(agree[i], np.maximum(chance, given), chance)
        chance = np.minimum(chance, 1.0)
        bits -= np.log2(np.where(agree[j], chance, np.maximum(1 - chance, LEAST)))
        jittered += np.log2(common / smooth, where=agree[j], out=np.zeros(len(pairs)))
        before[j] = alike.astype(np.float32)
    n_same = agree.sum(axis=0)
    # Where every cell agrees, being so close and not equal is evidence as well.
    return agree, bits - choices(n_columns, n_columns - n_same) + np.where(n_same == n_columns, jittered, 0)


def choices(n_columns: int, n_edits: np.ndarray) -> np.ndarray:
    """Return log2 of how many ways there are to edit so many of the columns."""
    ways = gammaln(n_columns + 1) - gammaln(n_edits + 1) - gammaln(n_columns - n_edits + 1)
    return np.asarray(ways / np.log(2))


def _agreement(
    column: Column, fine: np.ndarray, pairs: np.ndarray, alike: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return which pairs agree, how common agreement with the first is, and how common if close but not equal."""
    n_rows = len(column.code)
    others = np.maximum(_others(fine, pairs[:, 0]), 1.0)
    if column.tolerance is None:
        return fine[pairs[:, 0]] == fine[pairs[:, 1]], others / n_rows, others / n_rows
    values = column.values()
    first, second = values[pairs[:, 0]], values[pairs[:, 1]]
    with np.errstate(invalid="ignore"):
        close = np.abs(first - second) <= column.tolerance * (1 + 1e-9)
    same = (first == second) | (np.isnan(first) & np.isnan(second))
    # Values that differ by less than the tolerance are no steps of a scale: their density tells how common they are.
    smooth = (alike + 0.5) * 2 / CELL
    common = np.where(same, others, np.maximum(others - 1, smooth))
    return close | same, common / n_rows, np.where(same, common, smooth) / n_rows


def _given(
    known: np.ndarray, cause: np.ndarray, effect: np.ndarray, rows: np.ndarray, tied: float, common: np.ndarray
) -> np.ndarray:
    """Return how likely the effect's column agrees where the cause's does."""
    on_the_whole = tied + (1 - tied) * common
    sure = max(SURE, SURE_SHARE * len(cause))
    keys = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F], dtype=np.uint64)
    both = _others(((cause * keys[0] + effect * keys[1]) >> np.uint64(32)).astype(np.uint32), rows)
    return np.maximum(on_the_whole, (both + sure * on_the_whole) / (known + sure))


def _others(code: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return how many rows have the code of each of these rows, it and its copy not counted."""
    counts, slots = _counts(code)
    return np.maximum(counts[slots[rows]] - 2.0, 0.0)


def _counts(code: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return how many rows fall in each slot, and each row's slot: a hash of its code."""
    bits = min((32 * len(code)).bit_length(), max(SLOTS, (2 * len(code)).bit_length()), 32)
    slots = code >> np.uint32(32 - bits)
    return np.bincount(slots), slots
