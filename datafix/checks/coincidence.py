"""How many rows of one table equal a row of another by chance."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np

from datafix.columns import factorize, take
from datafix.fingerprint import hash_summands, may_be_among
from datafix.table import Table

MOST_ROWS = 20_000
MOST_LEARNED = 200_000


def expected_copies(train: Table, test: Table, *, random_state: int = 0) -> float:
    """Return how many test rows chance alone would make equal to a training row.

    Where rows meet by chance in all columns, more of them meet in all but one. A test row that N training rows
    differ from in column j only is expected to meet N q / (1 - q) of them in all columns, q being the chance that two
    values of column j are equal. The column that gives most counts.

    Parameters
    ----------
    train, test : Table
        Of the same columns; images never meet by chance.
    random_state : int
        Chooses the rows of larger tables that are counted and scaled up: 200,000 of train, 20,000 of test.
    """
    if not train.columns:
        return 0.0
    random = np.random.RandomState(random_state)
    asked = random.permutation(test.n_rows)[:MOST_ROWS]
    known = np.sort(random.permutation(train.n_rows)[:MOST_LEARNED])
    here = train.hashes[known]
    in_all = _matches(here, test.hashes[asked])
    frames = [take(table.frame, rows) for table, rows in ((train, known), (test, asked))]
    total, total_test = (sum(hash_summands(frame, columns=train.columns)) for frame in frames)
    if (here == here[0]).all():
        return float((in_all > 0).sum()) * test.n_rows / len(asked)  # all rows are the same
    expected = 0.0
    for column, mine, theirs in zip(
        train.columns,
        *(hash_summands(frame, columns=train.columns) for frame in frames),
        strict=True,
    ):
        q = _equal_by_chance(nw.from_native(frames[0], eager_only=True)[column])
        if q >= 1 - 1e-9:
            continue
        in_all_but_one = _matches(total - mine, total_test - theirs) - in_all
        in_all_but_one = in_all_but_one * (train.n_rows / len(known))
        expected = max(expected, float(-np.expm1(-in_all_but_one * q / (1 - q)).sum()))
    return expected * test.n_rows / len(asked)


def _matches(hashes: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Return how often each asked hash stands among the hashes."""
    values, inverse = np.unique(asked, return_inverse=True)
    hashes = hashes[may_be_among(hashes, values)]
    at = np.searchsorted(values, hashes)
    at[at == len(values)] = 0
    return np.bincount(at[values[at] == hashes], minlength=len(values))[inverse]


def _equal_by_chance(series: nw.Series[Any]) -> float:
    """Return the chance that two rows have the same value, missing being one."""
    codes, uniques = factorize(series)
    counts = np.bincount(codes + 1, minlength=len(uniques) + 1).astype(np.float64)
    n = len(codes)
    return float((counts * (counts - 1)).sum() / max(n * (n - 1), 1))
