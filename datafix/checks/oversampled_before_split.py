"""A rare class that was repeated, or interpolated, before the split."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.stats import fisher_exact
from sklearn.neighbors import NearestNeighbors

from datafix.checks import effect
from datafix.checks.leakage_types import LEAKAGE_TYPES
from datafix.checks.tables import Tables, shared_numbers
from datafix.fingerprint import found_among
from datafix.report import Issue, Severity
from datafix.table import Table

STRAIGHT = 1e-6
OPPOSED = -0.999
MOST_QUERIES = 500
MOST_MEMBERS = 10_000
MIX = np.uint64(0x9E3779B97F4A7C15)
"""Parts the hashes of one row under two labels."""


@dataclass(frozen=True)
class OversampledBeforeSplit:
    """Find test rows of one class that are copies of training rows, or lie exactly between two of them.

    Random oversampling repeats rows of the rarer classes, SMOTE (Chawla et al., JAIR 2002) puts new ones on
    the lines between neighbours; done before the split, test rows are made of training rows. Copies count where
    one class has them far more often than the others; rows between others where at least ``fewest_numbers``
    numbers lie at the same point of the same line.
    """

    name: ClassVar[str] = "oversampled_before_split"
    needs: ClassVar[frozenset[str]] = frozenset({"features", "classes", "test_target"})

    times_as_often: float = 5.0
    p_value: float = 1e-4
    share: float = 0.02
    fewest_numbers: int = 3
    neighbours: int = 20

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield an error for each of the two ways."""
        train, test = tables.train, tables.test
        assert test is not None  # they stand in needs
        if sorted(train.columns) != sorted(test.columns):
            return  # another check says so
        y, y_test = train.class_codes()[0], effect.codes_like_train(tables)
        repeated = self._repeated(train.hashes, y, test.hashes, y_test)
        if len(repeated):
            sources = np.flatnonzero(found_among(train.hashes, test.hashes[repeated]))
            yield self._issue(tables, repeated, sources, "repeat training rows, those of one class only")
            return
        rows, sources = self._between(tables, y, y_test)
        if len(rows):
            what = "and training rows lie exactly between rows of their class on the other side of the split"
            yield self._issue(tables, rows, sources, what)

    def _repeated(self, hashes: np.ndarray, y: np.ndarray, test_hashes: np.ndarray, y_test: np.ndarray) -> np.ndarray:
        """Return test rows that equal a training row with the same label, where one class has far more of them."""
        copies = found_among(
            *(part + codes.astype(np.uint64) * MIX for part, codes in ((test_hashes, y_test), (hashes, y)))
        )
        found: list[np.ndarray] = []
        for k in np.unique(y_test[y_test >= 0]):
            mine, others = y_test == k, (y_test != k) & (y_test >= 0)
            a, b = int(copies[mine].sum()), int(copies[others].sum())
            if a < max(3, self.share * mine.sum()) or not others.any():
                continue
            table = [[a, int(mine.sum()) - a], [b, int(others.sum()) - b]]
            rates = (a / mine.sum(), (b + 0.5) / others.sum())
            if fisher_exact(table).pvalue < self.p_value and rates[0] >= self.times_as_often * rates[1]:
                found.append(np.flatnonzero(mine & copies))
        return np.sort(np.concatenate(found)) if found else np.zeros(0, dtype=np.int64)

    def _between(self, tables: Tables, y: np.ndarray, y_test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return test and training rows of which one lies on the line between two of the same class."""
        train, test = tables.train, tables.test
        assert test is not None  # it stands in needs
        columns = shared_numbers(train, test)
        nothing = np.zeros(0, dtype=np.int64)
        if len(columns) < self.fewest_numbers:
            return nothing, nothing
        classes = np.concatenate([y, y_test])
        random = np.random.RandomState(tables.random_state)
        rows, X = _neighbourhoods(train, test, columns, classes, random)
        in_test = rows >= train.n_rows
        involved = [nothing]
        for k in np.unique(classes[rows]):
            members = np.flatnonzero(classes[rows] == k)
            asked = np.concatenate(
                [random.permutation(members[in_test[members] == part])[:MOST_QUERIES] for part in (True, False)]
            )
            triples = self._triples(X, members, asked) if len(members) > 3 else np.zeros((0, 3), dtype=np.int64)
            crossing = triples[in_test[triples].any(axis=1) & ~in_test[triples].all(axis=1)]
            if len(crossing) >= max(3, self.share * len(asked)):
                involved.append(rows[crossing.ravel()])
        found = np.unique(np.concatenate(involved))
        of_test = found >= train.n_rows
        return found[of_test] - train.n_rows, found[~of_test]

    def _triples(self, X: np.ndarray, members: np.ndarray, asked: np.ndarray) -> np.ndarray:
        """Return (row, one end, other end) of the asked rows that lie between two members, of shape (found, 3)."""
        n_neighbours = min(self.neighbours, len(members))
        model = NearestNeighbors(n_neighbors=n_neighbours).fit(X[members])
        near = members[model.kneighbors(X[asked], return_distance=False)]
        found = [
            (row, *others[list(ends)])
            for row, others in zip(asked, near, strict=True)
            if (ends := _ends(X[row], X[others], self.fewest_numbers)) is not None
        ]
        return np.array(found, dtype=np.int64).reshape(-1, 3)

    def _issue(self, tables: Tables, rows: np.ndarray, sources: np.ndarray, what: str) -> Issue:
        gain = effect.effect_of_rows(tables, sources, rows)
        return Issue(
            self.name,
            Severity.ERROR,
            f"{len(rows)} test row(s) {what}: the table was oversampled before it was split.{effect.told(gain)}",
            "Split first; oversample the training rows alone: datafix.prepare(..., row_steps=[...]).",
            table="test",
            rows=rows,
            evidence={"n_rows": len(rows), "n_sources": len(sources), "leakage": LEAKAGE_TYPES[self.name]}
            | effect.evidence(gain),
        )


def _neighbourhoods(
    train: Table, test: Table, columns: list[str], classes: np.ndarray, random: np.random.RandomState
) -> tuple[np.ndarray, np.ndarray]:
    """Return rows of each class, of very many those around one, and their scaled numbers, (rows, columns).

    A made row and the two that it is made of lie together. Column by column: there may be a million rows.
    """

    def numbers(column: str) -> np.ndarray:
        return np.concatenate([train.numbers(column), test.numbers(column)])

    usable = classes >= 0
    for column in columns:
        usable &= np.isfinite(numbers(column))
    of_class = {k: np.flatnonzero(usable & (classes == k)) for k in np.unique(classes[usable])}
    center = np.zeros(int(classes.max(initial=0)) + 1, dtype=np.int64)
    for k, members in of_class.items():
        center[k] = random.choice(members)
    distance, spread = np.zeros(len(classes)), np.ones(len(columns))
    for j, column in enumerate(columns):
        values = numbers(column)
        spread[j] = values[usable].std() or 1.0
        with np.errstate(invalid="ignore", over="ignore"):  # of rows that are not usable
            distance += ((values - values[center[np.maximum(classes, 0)]]) / spread[j]) ** 2
    near = [
        members
        if len(members) <= MOST_MEMBERS
        else members[np.argpartition(distance[members], MOST_MEMBERS)[:MOST_MEMBERS]]
        for members in of_class.values()
    ]
    rows = np.sort(np.concatenate([np.zeros(0, dtype=np.int64), *near]))
    return rows, np.column_stack([numbers(column)[rows] / spread[j] for j, column in enumerate(columns)])


def _ends(row: np.ndarray, near: np.ndarray, fewest_numbers: int) -> tuple[int, int] | None:
    """Return which two neighbours the row lies exactly between; numbers on which the two agree tell nothing."""
    away = near - row
    lengths = np.linalg.norm(away, axis=1)
    apart = lengths > 0
    if apart.sum() < 2:
        return None
    unit = np.where(apart[:, None], away, 1.0) / np.where(apart, lengths, 1.0)[:, None]
    opposed = unit @ unit.T
    opposed[~apart] = opposed[:, ~apart] = 1.0
    first, second = np.unravel_index(int(opposed.argmin()), opposed.shape)
    if opposed[first, second] > OPPOSED:
        return None
    # The cosine loses half of the digits: measure how far the row is off the line.
    line = near[second] - near[first]
    share = -(away[first] @ line) / (line @ line)
    off = np.abs(away[first] + share * line).max()
    differing = np.abs(line) > 1e-9
    on_neither = np.minimum(np.abs(away[first]), np.abs(away[second])) > 1e-9
    told = int((differing & on_neither).sum())
    if off > STRAIGHT * np.abs(line).max() or told < fewest_numbers:
        return None
    return int(first), int(second)
