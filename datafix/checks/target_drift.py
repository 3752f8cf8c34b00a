"""A target that is distributed differently in test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.stats import fisher_exact, ks_2samp

from datafix.checks.effect import target_values
from datafix.checks.leakage_types import LEAKAGE_TYPES
from datafix.checks.tables import Tables
from datafix.columns import factorize
from datafix.report import Issue, Severity


@dataclass(frozen=True)
class TargetDrift:
    """Find classes that are far rarer or more frequent in test than in train, and quantities that are shifted.

    A class counts where its share differs by ``ratio`` or more and by more than chance (Fisher's exact test); a
    quantity where the two-sample Kolmogorov-Smirnov distance is at least ``distance`` and beyond chance.
    """

    name: ClassVar[str] = "target_drift"
    needs: ClassVar[frozenset[str]] = frozenset({"test_target", "target"})

    ratio: float = 2.0
    distance: float = 0.1
    p_value: float = 1e-3

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield a warning for each class, or for the quantity."""
        yield from self._quantity(tables) if tables.task == "regression" else self._classes(tables)

    def _quantity(self, tables: Tables) -> Iterator[Issue]:
        assert tables.test is not None  # it stands in needs
        parts = [target_values(table, tables.task) for table in (tables.train, tables.test)]
        here, there = (np.zeros(0) if values is None else values[~np.isnan(values)] for values in parts)
        if not len(here) or not len(there):
            return
        statistic, p_value = ks_2samp(here, there)
        if statistic >= self.distance and p_value < self.p_value:
            yield self._issue(
                f"The target is distributed differently in the test table: distance {statistic:.2f}, p {p_value:.0e}.",
                {"distance": float(statistic), "p_value": float(p_value)},
            )

    def _classes(self, tables: Tables) -> Iterator[Issue]:
        assert tables.test is not None  # they stand in needs
        assert tables.test.target is not None
        codes, names = tables.train.class_codes()
        test_codes, test_names = factorize(tables.test.target)
        n, m = int((codes >= 0).sum()), int((test_codes >= 0).sum())
        there = dict(zip(test_names.tolist(), np.bincount(test_codes[test_codes >= 0]).tolist(), strict=True))
        if not n or not m or not set(there) & set(names.tolist()):
            return  # another check says so
        level = self.p_value / len(names)
        for name, count in zip(names.tolist(), np.bincount(codes[codes >= 0]).tolist(), strict=True):
            found = there.get(name, 0)
            shares = (count / n, found / m)
            p_value = fisher_exact([[count, n - count], [found, m - found]]).pvalue
            if p_value < level and max(shares) >= self.ratio * min(shares):
                yield self._issue(
                    f"Class {name!r} makes up {shares[0]:.2%} of the training rows, {shares[1]:.2%} of the test rows.",
                    {"class": name, "train_share": shares[0], "test_share": shares[1], "p_value": float(p_value)},
                )

    def _issue(self, message: str, figures: dict[str, object]) -> Issue:
        return Issue(
            self.name,
            Severity.WARNING,
            message,
            "Find out which part stands for what the model will meet; datafix.split(X, y, stratify=True) keeps shares.",
            table="test",
            evidence=figures | {"leakage": LEAKAGE_TYPES[self.name]},
        )
