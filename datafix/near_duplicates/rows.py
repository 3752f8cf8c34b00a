"""Pairs of rows that are near copies beyond chance."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np

from datafix.near_duplicates.bands import candidate_pairs
from datafix.near_duplicates.cells import Column, read_columns
from datafix.near_duplicates.chance import LEAST, choices, judge, measure_ties, most_bits, needed_bits
from datafix.near_duplicates.pairs import Pairs, no_pairs

CHANGED = 0.2
"""Share of the cells in which near copies may differ."""
SLACK = 2
"""Cells that may seem to differ more, because jitter took them over the edge of a cell."""
MOST_CANDIDATES = 25_000_000
MOST_PAIRS = 2_000_000


def near_pairs(
    frames: list[nw.DataFrame[Any]], rows: np.ndarray, tolerance: float, side: np.ndarray | None = None
) -> Pairs:
    """Return the pairs of these rows that are near copies, as positions in ``rows``.

    Columns that tell all rows apart are no likeness and no difference.

    Parameters
    ----------
    frames : list of narwhals.DataFrame
        Under each other, with the same columns.
    rows : int64 ndarray of shape (rows,)
        Of distinct content.
    tolerance : float
    side : bool ndarray of shape (rows,), optional
        Only pairs of rows on different sides.
    """
    columns = [column for column in read_columns(frames, rows, tolerance) if _ties_rows(column.code)]
    n_edits = min(int(CHANGED * len(frames[0].columns) + 1e-9), len(columns) - 1)
    if n_edits < 0:
        return no_pairs()
    needed = needed_bits(len(rows))
    pairs = _candidates(columns, n_edits, needed, side)
    if not len(pairs):
        return no_pairs()
    agree, bits = judge(columns, pairs, measure_ties(columns))
    near = ((~agree).sum(axis=0) <= n_edits) & (bits >= needed)
    return Pairs(pairs[near], bits[near], agree[:, near].mean(axis=0))


def _ties_rows(code: np.ndarray) -> bool:
    ordered = np.sort(code)
    return bool((ordered[1:] == ordered[:-1]).any())


def _candidates(columns: list[Column], n_edits: int, needed: float, side: np.ndarray | None) -> np.ndarray:
    """Return the pairs that differ in few cells and share enough to be more than chance, at best."""
    at_most = most_bits(columns)
    edits = np.arange(n_edits + 1)
    gain = -edits * np.log2(LEAST) - choices(len(columns), edits)
    telling = np.flatnonzero(at_most.sum(axis=0, dtype=np.float32) + gain.max() >= needed)
    found = [np.zeros((0, 2), dtype=np.int64)]
    if len(telling) > 1:
        telling_most = np.argsort(-at_most.mean(axis=1, dtype=np.float32))  # so that pairs by chance soon differ
        codes, at_most = [columns[j].code[telling] for j in telling_most], at_most[np.ix_(telling_most, telling)]
        seen = kept = 0
        for pairs in candidate_pairs(codes, n_edits, None if side is None else side[telling]):
            likely = _beyond_chance(codes, _likely(codes, pairs, n_edits + SLACK), at_most, needed)
            found.append(telling[likely])
            seen, kept = seen + len(pairs), kept + len(likely)
            if seen > MOST_CANDIDATES or kept > MOST_PAIRS:
                break
    pairs = np.sort(np.concatenate(found), axis=1)
    keys = np.unique(pairs[:, 0] * len(columns[0].code) + pairs[:, 1])
    return np.column_stack(np.divmod(keys, len(columns[0].code)))


def _likely(codes: list[np.ndarray], pairs: np.ndarray, most_differing: int) -> np.ndarray:
    """Return the pairs that differ in few columns."""
    differing = np.zeros(len(pairs), dtype=np.int16)
    step = most_differing + 4
    for start in range(0, len(codes), step):
        for code in codes[start : start + step]:
            differing += code[pairs[:, 0]] != code[pairs[:, 1]]
        few = differing <= most_differing
        pairs, differing = pairs[few], differing[few]
    return pairs


def _beyond_chance(codes: list[np.ndarray], pairs: np.ndarray, at_most: np.ndarray, needed: float) -> np.ndarray:
    """Return the pairs that could be no chance if columns knew nothing of each other."""
    bits = np.zeros(len(pairs), dtype=np.float32)
    differing = np.zeros(len(pairs), dtype=np.int16)
    for code, of_cell in zip(codes, at_most, strict=True):
        agree = code[pairs[:, 0]] == code[pairs[:, 1]]
        differing += ~agree
        bits += np.where(agree, of_cell[pairs[:, 0]], 0)
    gain = differing * -np.log2(LEAST) - choices(len(codes), np.maximum(differing - SLACK, 0))
    return pairs[bits + gain >= needed]
