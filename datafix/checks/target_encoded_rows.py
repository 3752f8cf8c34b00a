"""A feature made of the targets of the very rows that it stands on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.checks import effect
from datafix.checks.leakage_types import LEAKAGE_TYPES
from datafix.checks.tables import Tables
from datafix.report import Issue, Severity

TOLERANCE = 1e-5
WITHIN = 0.9


@dataclass(frozen=True)
class TargetEncodedRows:
    """Find columns whose values are the mean target of the rows that hold them: of all rows, or of train's own.

    A category encoded by its mean target has one value a category. Where each value is that mean, exact or drawn
    towards the mean of all by a constant number of rows (Micci-Barreca, SIGKDD Explorations 2001), the rows' own
    targets are in it: those of test too, if the means of all rows fit and the training rows' do not. Cross-fitted
    encodings bear no such trace.
    """

    name: ClassVar[str] = "target_encoded_rows"
    needs: ClassVar[frozenset[str]] = frozenset({"features", "target"})

    fewest_values: int = 5

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield an error where test rows were encoded along, a warning where training rows know their own target."""
        train, test = tables.train, tables.test
        both = _with_target(tables)
        if both is None:
            return
        y, y_test = both
        known = np.concatenate([part[np.isfinite(part)] for part in both if part is not None])
        if not len(known):
            return
        low, high = known.min(), known.max()
        for column, figures in train.statistics.items():
            if figures.kind != "number" or not self.fewest_values <= figures.n_unique <= train.n_rows / 2:
                continue
            here = train.numbers(column)
            # Means of targets, drawn towards that of all or not, lie between the least and the largest target.
            if ((here >= low) & (here <= high)).mean() < WITHIN * (1 - figures.missing_share):
                continue
            seen_in_test = False
            if y_test is not None and test is not None and column in test.columns and test.kinds[column] == "number":
                whole, targets = np.concatenate([here, test.numbers(column)]), np.vstack([y, y_test])
                seen_in_test = self._is_mean(whole, targets) and not self._is_mean(here, y)
            if seen_in_test or self._is_mean(here, y):
                yield self._issue(tables, column, seen_in_test)

    def _issue(self, tables: Tables, column: str, seen_in_test: bool) -> Issue:
        y = effect.target_values(tables.train, tables.task)
        assert y is not None  # it stands in needs
        others = [name for name in tables.train.columns if name != column]
        gain = effect.effect_of_column(
            tables.train, column, others, y, task=tables.task or "regression", random_state=tables.random_state
        )
        whose = "all rows, test's included" if seen_in_test else "the training rows themselves"
        return Issue(
            self.name,
            Severity.ERROR if seen_in_test else Severity.WARNING,
            f"Column {column!r} holds the mean target of {whose}: it was target-encoded "
            f"{'before the split' if seen_in_test else 'by fit().transform(), not cross-fitted'}.{effect.told(gain)}",
            "Give the categories to datafix.prepare(CategoryEncoder(output='target'), ..., split=split): it learns "
            "from the training rows, cross-fitted on them.",
            column=column,
            evidence={"test_rows_seen": seen_in_test, "leakage": LEAKAGE_TYPES[self.name]} | effect.evidence(gain),
        )

    def _is_mean(self, values: np.ndarray, targets: np.ndarray) -> bool:
        """Tell whether the values are the mean of a target, of shape (rows, targets), on the rows that hold them."""
        usable = np.isfinite(values) & np.isfinite(targets).all(axis=1)
        uniques, codes, counts = np.unique(values[usable], return_inverse=True, return_counts=True)
        several = counts >= 2
        if several.sum() < self.fewest_values:
            return False
        return any(
            _fits(uniques[several], np.bincount(codes, target)[several] / counts[several], counts[several], target)
            for target in targets[usable].T
        )


def _fits(values: np.ndarray, means: np.ndarray, counts: np.ndarray, target: np.ndarray) -> bool:
    """Tell whether value (n + m) = n mean + m prior for one m.

    Categories of the same n and mean share a value: k of them look like one of k n rows, drawn by k m.
    """
    prior, spread = float(target.mean()), float(target.std())
    if np.ptp(means) <= 0.01 * spread:
        return False
    telling = np.abs(values - prior) > 0.01 * spread
    pulls = (counts * (means - values))[telling] / (values - prior)[telling]
    candidates = [0.0, *np.quantile(pulls, [0.02, 0.1, 0.25, 0.5], method="nearest")] if telling.any() else [0.0]
    for weight in candidates:
        if not 0 <= weight < 1e6:
            continue
        times = np.ones(len(values))
        if weight > 0:
            times[telling] = np.maximum(1, np.round(pulls / weight))
        fitted = (counts * means + times * weight * prior) / (counts + times * weight)
        if np.quantile(np.abs(fitted - values), 0.9) < TOLERANCE * spread:
            return True
    return False


def _with_target(tables: Tables) -> tuple[np.ndarray, np.ndarray | None] | None:
    """Return the targets of train and test, of shape (rows, 1), or one column a class."""
    y = effect.target_values(tables.train, tables.task)
    if y is None:
        return None
    test = tables.test
    y_test = effect.target_values(test, tables.task) if test is not None else None
    if tables.task == "regression":
        return y[:, None], None if y_test is None else y_test[:, None]
    names = tables.train.class_codes()[1]
    one_a_class = np.where(np.isnan(y)[:, None], np.nan, y[:, None] == np.arange(len(names)))
    if y_test is None or test is None or test.target is None:
        return one_a_class, None
    codes = effect.codes_like_train(tables)
    return one_a_class, np.where((codes == -2)[:, None], np.nan, codes[:, None] == np.arange(len(names)))
