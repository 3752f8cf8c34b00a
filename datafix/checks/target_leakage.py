"""A feature that gives the target away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.checks.tables import Tables
from datafix.columns import as_numbers
from datafix.report import Issue, Severity
from datafix.table import Table

BINS = 64


@dataclass(frozen=True)
class TargetLeakage:
    """Find features that predict the target nearly perfectly on their own.

    Half of (at most ``most_rows``) training rows teach the mean target of every value or range of values, missing
    being one; the other half is predicted by it. The score is 0 for a guess by the mean, 1 for no error:
    for classes the mean over classes of the share found, rescaled; for a quantity R², of a straight line too.
    """

    name: ClassVar[str] = "target_leakage"
    needs: ClassVar[frozenset[str]] = frozenset({"features", "target"})

    suspicious: float = 0.95
    certain: float = 0.995
    most_rows: int = 20_000
    fewest_rows: int = 100

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield a warning, or an error for a feature that all but copies the target."""
        train = tables.train
        if train.n_rows < self.fewest_rows:
            return
        random = np.random.RandomState(tables.random_state)
        rows = random.permutation(train.n_rows)[: self.most_rows]
        target = _indicators(train, tables.task == "classification")[rows]
        if np.isnan(target).any() or len(np.unique(target, axis=0)) < 2:
            return  # another check says so
        for column in train.columns:
            bins = _bins(train, column)[rows]
            score = _score(bins, target, classes=tables.task == "classification")
            if tables.task == "regression" and train.kinds[column] == "number":
                score = max(score, _linear_score(train.numbers(column)[rows], target[:, 0]))
            if score >= self.suspicious:
                yield Issue(
                    self.name,
                    Severity.ERROR if score >= self.certain else Severity.WARNING,
                    f"Column {column!r} alone predicts the target with a score of {score:.3f} (0 guess, 1 perfect).",
                    "If it is not known before the target is, drop it: it will not be there when the model is used.",
                    column=column,
                    evidence={"score": score, "n_rows": len(rows)},
                )


def _indicators(table: Table, classes: bool) -> np.ndarray:
    """Return the target as one column a class, or as one column of numbers."""
    if not classes:
        assert table.target is not None  # it stands in needs
        values = as_numbers(table.target)[:, None]
        return np.where(np.isinf(values), np.nan, values)
    codes, uniques = table.class_codes()
    one_hot = np.eye(len(uniques))[codes]
    one_hot[codes < 0] = np.nan
    return one_hot


def _bins(table: Table, column: str) -> np.ndarray:
    """Return small numbers that tell values, or ranges of them, apart; 0 for missing."""
    if table.kinds[column] in ("text", "boolean", "mixed"):
        return table.factorize(column)[0] + 1
    codes, uniques = table.factorize(column)
    if len(uniques) <= BINS:
        return codes + 1
    edges = np.unique(np.quantile(uniques[np.isfinite(uniques)], np.linspace(0, 1, BINS + 1)[1:-1]))
    return np.where(codes < 0, 0, np.searchsorted(edges, table.numbers(column), side="right") + 1)


def _linear_score(values: np.ndarray, target: np.ndarray) -> float:
    known = np.isfinite(values)
    if known.mean() < 0.5 or not values[known].std():
        return 0.0
    return float(np.corrcoef(values[known], target[known])[0, 1] ** 2)


def _score(bins: np.ndarray, target: np.ndarray, *, classes: bool) -> float:
    half = len(bins) // 2
    teach, ask = slice(0, half), slice(half, None)
    n_bins = int(bins.max()) + 1
    counts = np.bincount(bins[teach], minlength=n_bins)
    prior = target[teach].mean(axis=0)
    sums = np.stack([np.bincount(bins[teach], target[teach, k], n_bins) for k in range(target.shape[1])], axis=1)
    means = (sums + prior) / (counts + 1)[:, None]  # one row's worth of the prior
    predicted = means[bins[ask]]
    if not classes:
        spread = ((target[ask] - prior) ** 2).sum()
        return float(1 - ((target[ask] - predicted) ** 2).sum() / spread) if spread else 0.0
    truth = target[ask].argmax(axis=1)
    found = (predicted / np.maximum(prior, 1e-12)).argmax(axis=1) == truth
    shares = [found[truth == k].mean() for k in np.unique(truth)]
    if len(shares) < 2:
        return 0.0
    chance = 1 / len(shares)
    return float((np.mean(shares) - chance) / (1 - chance))
