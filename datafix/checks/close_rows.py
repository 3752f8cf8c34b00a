"""Rows that are nearer to one other row than the rows around them allow."""

from __future__ import annotations

import numpy as np
from sklearn.neighbors import NearestNeighbors

from datafix.checks.tables import shared_numbers
from datafix.table import Table

FEWEST_COLUMNS = 4
FREQUENT = 0.2
NEIGHBOURS = 10
MOST_ROWS = 20_000
MOST_ASKED = 2000
CHANCE = 1e-8


def close_rows(train: Table, test: Table, *, random_state: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return test rows that are copies of a training row but for a little noise on every number, and their originals.

    The nearest of the training rows is compared with the tenth nearest: with local dimension m, the ratio of the two
    distances is at most t with a chance of 1 - (1 - t^m)^9. The dimension is estimated from the third to the tenth
    neighbour (Levina and Bickel, NIPS 2004), and taken for no more than its median. Rows of a chance below 1e-8 are
    given.

    Parameters
    ----------
    train, test : Table
        Compared by columns of many numbers, none of which is frequent; four at least.
    random_state : int
        Chooses the rows of larger tables: 20,000 of train, 2,000 of test.

    Returns
    -------
    rows, originals : int64 ndarray
        Positions in test and in train.
    """
    nothing = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    columns = [name for name in shared_numbers(train, test) if not _has_frequent(train, name)]
    if len(columns) < FEWEST_COLUMNS:
        return nothing
    random = np.random.RandomState(random_state)
    (here, X), (there, X_test) = (
        _usable(table, columns, random, most) for table, most in ((train, MOST_ROWS), (test, MOST_ASKED))
    )
    if len(here) <= 2 * NEIGHBOURS or not len(there):
        return nothing
    spread = X.std(axis=0)
    spread[spread == 0] = 1.0
    model = NearestNeighbors(n_neighbors=NEIGHBOURS).fit(X / spread)
    distance, nearest = model.kneighbors(X_test / spread)
    far = distance[:, -1]
    apart = (distance[:, 0] > 0) & (far > 0)
    if not apart.any():
        return nothing
    with np.errstate(divide="ignore", invalid="ignore"):
        dimension = 1 / np.maximum(np.log(far[:, None] / distance[:, 2:-1]).mean(axis=1), 1e-9)
        dimension = np.minimum(dimension, np.median(dimension[apart]))
        near = (distance[:, 0] / far) ** dimension
        chance = -np.expm1((NEIGHBOURS - 1) * np.log1p(-near))
    close = apart & (chance < CHANCE)
    return there[close], here[nearest[close, 0]]


def _has_frequent(table: Table, column: str) -> bool:
    """Tell whether one value, or missing, stands on many rows; where nearly all differ there is nothing to count."""
    if table.statistics[column].n_unique > (1 - FREQUENT) * table.n_rows:
        return False
    return table.most_frequent(column)[1] >= FREQUENT


def _usable(
    table: Table, columns: list[str], random: np.random.RandomState, most: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return positions and values of (at most so many) rows that have every number."""
    rows = random.permutation(table.n_rows)
    complete = np.ones(table.n_rows, dtype=bool)
    for name in columns:
        complete &= np.abs(table.numbers(name)) < 1e100
    rows = np.sort(rows[complete[rows]][:most])
    return rows, np.column_stack([table.numbers(name)[rows] for name in columns])
