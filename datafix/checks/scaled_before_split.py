"""Numbers that were scaled over training and test rows together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.checks import effect
from datafix.checks.leakage_types import LEAKAGE_TYPES
from datafix.checks.scaling_traces import correlations_of, exact_trace, near_trace
from datafix.checks.tables import Tables, shared_numbers
from datafix.report import Issue, Severity

CERTAIN = 1e-5


@dataclass(frozen=True)
class ScaledBeforeSplit:
    """Find columns whose moments, ranges, quantiles or components fit training and test rows together, not train alone.

    A scaler leaves its trace in the rows that it was fitted on: means of 0 and deviations of 1 (standard), ends at 0
    and 1 (min-max), medians of 0 and quartiles 1 apart (robust), evenly spread ranks (quantile), correlations of 0
    (principal components). Where the trace is exact on all rows and not on train, test rows were scaled along.
    Where some rows were lost since, the moments of all rows are still nearer to 0 and 1 than a sample's would be.
    """

    name: ClassVar[str] = "scaled_before_split"
    needs: ClassVar[frozenset[str]] = frozenset({"features", "test"})

    fewest_rows: int = 30
    p_value: float = 5e-3

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield one issue: an error where the trace is exact in several columns, else a warning."""
        train, test = tables.train, tables.test
        assert test is not None  # it stands in needs
        pairs = {
            name: (_finite(train.numbers(name)), _finite(test.numbers(name))) for name in shared_numbers(train, test)
        }
        pairs = {name: pair for name, pair in pairs.items() if min(map(len, pair)) >= self.fewest_rows}
        if not pairs:
            return
        correlations = correlations_of(pairs)
        trace = exact_trace(pairs, correlations) or near_trace(pairs, correlations, self.p_value)
        if trace is None:
            return
        scaled = trace.columns
        gain = effect.effect_of_preparation(
            tables, lambda X, X_test: _scaled_by_train(X, X_test, train.columns, scaled)
        )
        yield Issue(
            self.name,
            Severity.ERROR if trace.p_value < CERTAIN else Severity.WARNING,
            f"{len(scaled)} column(s), such as {scaled[0]!r}, were scaled over training and test rows together: "
            f"{trace.told}. Chance alone: {max(trace.p_value, 1e-300):.0e}.{effect.told(gain)}",
            "Split first, then prepare: datafix.prepare(pipeline, X, y, split=split) fits on the training rows alone.",
            column=scaled[0],
            evidence={
                "columns": scaled,
                "trace": trace.told,
                "p_value": trace.p_value,
                "leakage": LEAKAGE_TYPES[self.name],
            }
            | effect.evidence(gain),
        )


def _finite(values: np.ndarray) -> np.ndarray:
    finite = np.isfinite(values)
    return values if finite.all() else values[finite]


def _scaled_by_train(
    X: np.ndarray, X_test: np.ndarray, names: list[str], scaled: list[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Return both parts with the scaled columns standardised by what train teaches."""
    at = [names.index(name) for name in scaled]
    center, spread = np.nanmean(X[:, at], axis=0), np.nanstd(X[:, at], axis=0)
    X, X_test = X.copy(), X_test.copy()
    for part in (X, X_test):
        part[:, at] = (part[:, at] - center) / np.where(spread > 0, spread, 1.0)
    return X, X_test
