"""Pairs of rows that may be near copies: those that agree on a few columns together."""

from __future__ import annotations

from collections.abc import Iterator
from math import comb

import numpy as np

SAMPLE = 20_000
ALONE = 1.0
"""Other rows that a row may meet by chance in a bucket of a band that is long enough."""
CROWD = 0.3
"""Share of the rows, those in the largest buckets, that no band is made for."""
SMALL_BUCKET = 8
LARGE_BUCKET = 100
IN_CELL = 0.98
"""Share of jittered numbers, at least, that stay in their cell."""
MISSED = 1e-3
"""Share of edited copies that may be on no band with their original."""
MOST_BANDS = 400
WORK = 50_000_000
"""Rows times bands that are sorted at most."""


def candidate_pairs(codes: list[np.ndarray], n_edits: int, side: np.ndarray | None) -> Iterator[np.ndarray]:
    """Yield pairs of rows that agree on a band of columns, int64 of shape (pairs, 2), the lower row first.

    A copy with few edits agrees with its original on one of several disjoint bands at least (the
    pigeonhole principle of Manku, Jain and Das Sarma, WWW 2007). Bands are drawn at random until
    an edited copy would be missed once in a thousand times. A band takes in columns until most rows
    stand alone in their bucket; what stands in large buckets says little.

    Parameters
    ----------
    codes : list of uint32 ndarray of shape (rows,)
        One a column.
    n_edits : int
        In how many columns near copies differ at most.
    side : bool ndarray of shape (rows,), optional
        Only pairs of rows on different sides.
    """
    n_columns, n_rows = len(codes), len(codes[0])
    random = np.random.default_rng(0)
    keys = random.integers(1, 2**63, n_columns, dtype=np.uint64) | np.uint64(1)
    rows = random.permutation(n_rows)[:SAMPLE]
    sample = np.stack([code[rows] for code in codes])
    missed, seen = 1.0, set[frozenset[int]]()
    for _ in range(MOST_BANDS):
        order = random.permutation(n_columns).tolist()
        while order:
            band = _band(sample, keys, n_rows, order)
            order = order[len(band) :]
            if (name := frozenset(band)) in seen:
                continue
            if missed <= MISSED or len(seen) == max(8, WORK // n_rows):
                return
            seen.add(name)
            unedited = comb(n_columns - len(band), n_edits) / comb(n_columns, n_edits)
            missed *= 1 - unedited * IN_CELL ** len(band)
            yield _pairs_in_buckets(_mixed([codes[j] for j in band], keys[band]), side)


def _mixed(codes: list[np.ndarray], keys: np.ndarray) -> np.ndarray:
    total = np.zeros(len(codes[0]), dtype=np.uint64)
    for code, key in zip(codes, keys, strict=True):
        total += code * key
    return total


def _band(sample: np.ndarray, keys: np.ndarray, n_rows: int, order: list[int]) -> list[int]:
    """Return the first columns, as many as leave most rows about alone in their bucket."""
    mixed = np.zeros(sample.shape[1], dtype=np.uint64)
    for n_columns, j in enumerate(order, start=1):
        mixed += sample[j] * keys[j]
        if _others_in_bucket(mixed) * n_rows / len(mixed) <= ALONE:
            return order[:n_columns]
    return order


def _others_in_bucket(mixed: np.ndarray) -> float:
    """Return how many others share a row's bucket on average, the crowd in the largest left aside."""
    counts = np.sort(np.unique(mixed, return_counts=True)[1])
    uncrowded = counts[np.cumsum(counts) <= (1 - CROWD) * len(mixed)]
    return float((uncrowded * (uncrowded - 1)).sum() / max(uncrowded.sum(), 1))


def _pairs_in_buckets(mixed: np.ndarray, side: np.ndarray | None) -> np.ndarray:
    """Return pairs of rows with equal hashes: all of a small bucket, of a larger one those with its first row."""
    low = np.uint64(max(len(mixed) - 1, 1).bit_length())
    # The row stands in the low bits of its hash: sorting numbers is five times faster than sorting rows by them.
    packed = np.sort((mixed >> low << low) | np.arange(len(mixed), dtype=np.uint64))
    rows = (packed & ((np.uint64(1) << low) - np.uint64(1))).astype(np.int64)
    bucket = packed >> low
    starts = np.flatnonzero(np.append(True, bucket[1:] != bucket[:-1]))
    sizes = np.diff(np.append(starts, len(bucket)))
    small = np.repeat(sizes <= SMALL_BUCKET, sizes)
    large = np.repeat((sizes > SMALL_BUCKET) & (sizes <= LARGE_BUCKET), sizes)
    found = [np.column_stack([rows[np.repeat(starts, sizes)[large]], rows[large]])]
    for lag in range(1, SMALL_BUCKET):
        here = np.flatnonzero((bucket[lag:] == bucket[:-lag]) & small[lag:])
        found.append(np.column_stack([rows[here], rows[here + lag]]))
    pairs = np.concatenate(found)
    return pairs[pairs[:, 0] < pairs[:, 1]] if side is None else pairs[side[pairs[:, 0]] != side[pairs[:, 1]]]
