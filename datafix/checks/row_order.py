"""Rows in an order that gives the target away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.checks import effect
from datafix.checks.leakage_types import LEAKAGE_TYPES
from datafix.checks.tables import Tables
from datafix.columns import as_numbers, kind_of
from datafix.report import Issue, Severity
from datafix.table import Table

SHUFFLES = 20
MOST_ROWS = 50_000


@dataclass(frozen=True)
class RowOrder:
    """Find training rows whose target is told by the rows before and after them.

    Each row's target is predicted by the mean of the ``neighbours`` rows nearest in the order given, then by a
    tenth of all rows (of 50,000 rows at most: the first ones, then ones evenly spread). What that scores is compared
    with the same rows shuffled. Tables sorted by time are left alone, and
    folders of images, which are listed by class.
    """

    name: ClassVar[str] = "row_order"
    needs: ClassVar[frozenset[str]] = frozenset({"target"})

    neighbours: int = 10
    deviations: float = 6.0
    score: float = 0.1
    fewest_rows: int = 50

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield a warning."""
        train, task = tables.train, tables.task
        y = effect.target_values(train, task)
        if y is None or task is None or train.n_rows < self.fewest_rows or _is_sorted_by_time(train):
            return
        if train.files is not None:
            return
        target = y[~np.isnan(y)]
        if len(target) < self.fewest_rows or (target == target[0]).all():
            return
        random = np.random.RandomState(tables.random_state)
        spread_out = target[:: -(-len(target) // MOST_ROWS)]
        for rows, neighbours in (
            (target[:MOST_ROWS], self.neighbours),
            (spread_out, max(self.neighbours, len(spread_out) // 10)),
        ):
            if (rows == rows[0]).all():
                continue
            score = _score(rows, task, neighbours)
            shuffled = [_score(random.permutation(rows), task, neighbours) for _ in range(SHUFFLES)]
            chance, spread = float(np.mean(shuffled)), float(np.std(shuffled))
            if score - chance > self.deviations * spread and score - chance >= self.score:
                break
        else:
            return
        yield Issue(
            self.name,
            Severity.WARNING,
            f"The order of the training rows gives the target away: the {neighbours} rows around one predict it "
            f"with a score of {score:.2f} (0 guess, 1 perfect), {chance:.2f} once the rows are shuffled. "
            f"Effect: whatever numbers the rows, or takes the last rows as validation, scores by {score - chance:.2f} "
            "more, or less, than it should.",
            "Shuffle before you split by position (Keras' validation_split takes the last rows, KFold does not "
            "shuffle), and drop columns that number the rows. If the order is that of time, say so: time=...",
            evidence={"score_with": score, "score_without": chance, "leakage": LEAKAGE_TYPES[self.name]},
        )


def _score(target: np.ndarray, task: str, neighbours: int) -> float:
    """Return the rescaled balanced accuracy, or R², of the mean of the neighbours in order."""
    values = target[:, None] == np.unique(target) if task == "classification" else target[:, None]
    values = values.astype(np.float64)
    half = min(neighbours // 2, (len(target) - 1) // 2)
    padded = np.vstack([np.zeros((half + 1, values.shape[1])), values, np.zeros((half, values.shape[1]))])
    sums = np.cumsum(padded, axis=0)
    around = sums[2 * half + 1 :] - sums[: -2 * half - 1] - values
    at = np.arange(len(target))
    counts = np.minimum(at, half) + np.minimum(at[::-1], half)
    around = around / counts[:, None]
    if task == "regression":
        spread = ((target - target.mean()) ** 2).mean()
        return float(1 - ((target - around[:, 0]) ** 2).mean() / spread)
    truth = values.argmax(axis=1)
    found = (around / values.mean(axis=0)).argmax(axis=1) == truth
    shares = [found[truth == k].mean() for k in range(values.shape[1])]
    return float((np.mean(shares) * len(shares) - 1) / (len(shares) - 1))


def _is_sorted_by_time(table: Table) -> bool:
    if table.time is None or kind_of(table.time) not in ("number", "time"):
        return False
    moments = as_numbers(table.time)
    return bool((np.diff(moments[~np.isnan(moments)]) >= 0).all())
