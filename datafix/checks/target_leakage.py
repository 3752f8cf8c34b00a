"""A feature that gives the target away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from datafix.checks import effect
from datafix.checks.leakage_types import LEAKAGE_TYPES
from datafix.checks.tables import Tables
from datafix.report import Issue, Severity
from datafix.table import Table

BINS = 64
WORTH_A_TREE = 0.4
FEW_WRONG = 3
LITTLE_LEFT = 0.95
"""Where weaker columns tell a class this well, a column that tells it wholly is nothing special."""


class Aim(NamedTuple):
    """What is predicted: the target, or a part of it, as numbers of shape (training rows,)."""

    told: str
    y: np.ndarray
    task: str

    def rescaled(self, score: float) -> float:
        """Return a balanced accuracy as 0 for a guess and 1 for no error; R² as it is."""
        if self.task == "regression":
            return score
        guess = 1 / len(np.unique(self.y[~np.isnan(self.y)]))
        return (score - guess) / (1 - guess)


@dataclass(frozen=True)
class TargetLeakage:
    """Find features that predict the target nearly perfectly, or far better than all weaker ones together.

    Half of (at most ``most_rows``) training rows teach the mean target of every value or range of values, missing
    being one; the other half is predicted by it, then the halves change places. The score is 0 for a guess by the mean,
    1 for no error: for classes the mean over classes of the share found, rescaled, of all classes or of one
    against the rest; for a quantity R², of a straight line too, or whether it is above the median. It must stand out
    from what the same feature scores on a shuffled target. A strong feature is no leak where the weaker ones
    together come near it.
    """

    name: ClassVar[str] = "target_leakage"
    needs: ClassVar[frozenset[str]] = frozenset({"features", "target"})

    suspicious: float = 0.85
    certain: float = 0.995
    most_rows: int = 20_000
    fewest_rows: int = 50
    most_columns: int = 8

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield a warning, or an error for a feature that all but copies the target."""
        train, task = tables.train, tables.task
        y = effect.target_values(train, task)
        if y is None or task is None or train.n_rows < self.fewest_rows:
            return
        seed = tables.random_state
        random = np.random.RandomState(seed)
        rows = random.permutation(np.flatnonzero(~np.isnan(y)))[: self.most_rows]
        if len(rows) < self.fewest_rows or (y[rows] == y[rows[0]]).all():
            return  # another check says so
        aims = _aims(train, y, task)
        scores = {column: [_score(train, column, rows, aim) for aim in aims] for column in train.columns}
        gravest = sorted(scores, key=lambda column: -max(scores[column]))
        for column in gravest[: self.most_columns]:
            at = int(np.argmax(scores[column]))
            score, aim = scores[column][at], aims[at]
            if score < self.suspicious:
                return
            chance = _score(train, column, rows, aim._replace(y=_shuffled(aim.y, rows, random)))
            weaker = [other for other in train.columns if scores[other][at] < score - 0.02]
            gain = effect.effect_of_column(train, column, weaker, aim.y, task=aim.task, random_state=seed)
            without = 0.0 if gain is None else max(0.0, aim.rescaled(gain.score_without))
            certain = at == 0 and 1 - score <= max(1 - self.certain, FEW_WRONG / len(rows))
            stands_out = 1 - score <= 0.5 * (1 - without) and (at == 0 or without < LITTLE_LEFT)
            if score - chance >= 0.3 and (certain or stands_out):
                severity = Severity.ERROR if certain else Severity.WARNING
                yield self._issue(column, severity, aim, {"score": score, "score_by_chance": chance}, without, gain)

    def _issue(
        self,
        column: str,
        severity: Severity,
        aim: Aim,
        scores: dict[str, float],
        without: float,
        gain: effect.Effect | None,
    ) -> Issue:
        return Issue(
            self.name,
            severity,
            f"Column {column!r} alone predicts {aim.told} with a score of {scores['score']:.3f} "
            f"(0 guess, 1 perfect), weaker columns together with {without:.3f}.{effect.told(gain)}",
            "If it is not known before the target is, drop it: it will not be there when the model is used.",
            column=column,
            evidence=scores
            | {"score_of_weaker_columns": without, "leakage": LEAKAGE_TYPES[self.name]}
            | effect.evidence(gain),
        )


def _aims(table: Table, y: np.ndarray, task: str) -> list[Aim]:
    """Return the target itself, then parts of it: each of several classes, or what is above the median."""
    aims = [Aim("the target", y, task)]
    if task == "regression":
        above = np.where(np.isnan(y), np.nan, y > np.nanmedian(y))
        aims.append(Aim("whether the target is above its median", above, "classification"))
    elif len(names := table.class_codes()[1]) > 2:
        classes = [np.where(np.isnan(y), np.nan, y == code) for code in range(len(names))]
        aims += [Aim(f"class {name!s} of the target", one, task) for name, one in zip(names, classes, strict=True)]
    return [aim for aim in aims if np.nanmax(aim.y) > np.nanmin(aim.y)]


def _shuffled(y: np.ndarray, rows: np.ndarray, random: np.random.RandomState) -> np.ndarray:
    shuffled = y.copy()
    shuffled[rows] = random.permutation(y[rows])
    return shuffled


def _score(table: Table, column: str, rows: np.ndarray, aim: Aim) -> float:
    """Return the score of a column: 0 for a guess by the mean, 1 for no error."""
    y = aim.y[rows]
    values = effect.encoded(table, column)[rows] if table.kinds[column] in ("number", "time") else None
    target = (y[:, None] == np.unique(y)).astype(np.float64) if aim.task == "classification" else y[:, None]
    score = _binned_score(_bins(table, column)[rows], target, classes=aim.task == "classification")
    if values is None:
        return score
    if aim.task == "regression":
        score = max(score, _linear_score(values, y))
    # Bins of equal size miss a sharp edge; a tree finds it.
    return max(score, _tree_score(values, y, aim)) if score >= WORTH_A_TREE else score


def _tree_score(values: np.ndarray, y: np.ndarray, aim: Aim) -> float:
    tree = DecisionTreeClassifier if aim.task == "classification" else DecisionTreeRegressor
    X = values[:, None]
    half = len(y) // 2
    predicted = np.empty(len(y))
    for teach, ask in ((slice(None, half), slice(half, None)), (slice(half, None), slice(None, half))):
        model = tree(max_leaf_nodes=BINS, min_samples_leaf=3, random_state=0).fit(X[teach], y[teach])
        predicted[ask] = model.predict(X[ask])
    if aim.task == "regression":
        return float(1 - ((y - predicted) ** 2).sum() / ((y - y.mean()) ** 2).sum())
    return aim.rescaled(float(np.mean([(predicted[y == k] == k).mean() for k in np.unique(y)])))


def _bins(table: Table, column: str) -> np.ndarray:
    """Return small numbers that tell values, or ranges of them, apart; 0 for missing."""
    if table.kinds[column] in ("text", "boolean", "mixed"):
        return table.factorize(column)[0] + 1
    if 2 * table.statistics[column].n_unique > table.n_rows:
        uniques = table.numbers(column)  # most values stand once
    else:
        codes, uniques = table.factorize(column)
        if len(uniques) <= BINS:
            return codes + 1
        uniques = uniques.astype(np.float64)  # whole numbers past 2^53 are objects
    n_bins = min(BINS, max(8, table.n_rows // 10))
    edges = np.unique(np.quantile(uniques[np.isfinite(uniques)], np.linspace(0, 1, n_bins + 1)[1:-1]))
    values = table.numbers(column)
    return np.where(np.isnan(values), 0, np.searchsorted(edges, values, side="right") + 1)


def _linear_score(values: np.ndarray, target: np.ndarray) -> float:
    known = np.isfinite(values)
    if known.mean() < 0.5 or not values[known].std():
        return 0.0
    return float(np.corrcoef(values[known], target[known])[0, 1] ** 2)


def _binned_score(bins: np.ndarray, target: np.ndarray, *, classes: bool) -> float:
    half = len(bins) // 2
    order = np.arange(len(bins))
    predicted, prior = np.empty_like(target), np.empty_like(target)
    for teach, ask in ((order[:half], order[half:]), (order[half:], order[:half])):
        prior[ask] = target[teach].mean(axis=0)
        predicted[ask] = _means(bins[teach], target[teach], int(bins.max()) + 1)[bins[ask]]
    if not classes:
        spread = ((target - prior) ** 2).sum()
        return float(1 - ((target - predicted) ** 2).sum() / spread) if spread else 0.0
    truth = target.argmax(axis=1)
    found = (predicted / np.maximum(prior, 1e-12)).argmax(axis=1) == truth
    shares = [found[truth == k].mean() for k in np.unique(truth)]
    return float(np.mean(shares) * len(shares) - 1) / (len(shares) - 1) if len(shares) > 1 else 0.0


def _means(bins: np.ndarray, target: np.ndarray, n_bins: int) -> np.ndarray:
    """Return the mean target of every bin, with one row's worth of the mean of all."""
    counts = np.bincount(bins, minlength=n_bins)
    sums = np.stack([np.bincount(bins, one, n_bins) for one in target.T], axis=1)
    return (sums + target.mean(axis=0)) / (counts + 1)[:, None]
