"""Measured targets that lie far away from all others, or pile up on one value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.checks.effect import target_values
from datafix.checks.outlying import isolated
from datafix.checks.tables import Tables
from datafix.report import Issue, Severity

FEWEST_DISTINCT = 100


@dataclass(frozen=True)
class TargetOutliers:
    """Find targets beyond every plausible tail, and a spike: one value far more frequent than any near it.

    Squared errors are ruled by a few outlying targets; a spike at an end is often a limit of the measurement
    (what lies beyond was cut), elsewhere a default that stands for missing.
    """

    name: ClassVar[str] = "target_outliers"
    needs: ClassVar[frozenset[str]] = frozenset({"target"})

    spike: float = 0.02
    times_usual: float = 20.0

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield a warning for outlying targets, and one for a spike."""
        y = target_values(tables.train, tables.task) if tables.task == "regression" else None
        if y is None:
            return
        column = tables.train.roles.get("target")
        rows = isolated(y)
        if len(rows):
            others = np.delete(y, rows)
            yield Issue(
                self.name,
                Severity.WARNING,
                f"The target is far away from all others on {len(rows)} training row(s), such as {y[rows[0]]:g}; the "
                f"others lie from {np.nanmin(others):g} to {np.nanmax(others):g}.",
                "Look at these rows; if they are right, train on logarithms (target_transformer=...) or with the "
                "Huber loss, for squared errors would be ruled by them.",
                column=column,
                rows=rows,
                evidence={"n_rows": len(rows)},
            )
        yield from self._spike(y, column)

    def _spike(self, y: np.ndarray, column: str | None) -> Iterator[Issue]:
        values, counts = np.unique(y[~np.isnan(y)], return_counts=True)
        if len(values) < FEWEST_DISTINCT:
            return
        top = int(counts.argmax())
        usual = max(1.0, float(np.quantile(counts, 0.99)))
        at_zero = values[top] == 0 and top in (0, len(values) - 1)  # many quantities are often nothing at all
        if counts[top] < self.spike * counts.sum() or counts[top] < self.times_usual * usual or at_zero:
            return
        at_end = top in (0, len(values) - 1)
        yield Issue(
            self.name,
            Severity.WARNING,
            f"The target is {values[top]:g} on {counts[top]} training rows ({counts[top] / counts.sum():.1%}), "
            f"{'where it ends' if at_end else 'between others'}; hardly any other value occurs "
            f"more than {usual:.0f} time(s).",
            "Ask whether the measurement ends there: then model that (a censored target), or drop these rows."
            if at_end
            else "Ask whether it stands for missing: then drop these rows.",
            column=column,
            rows=np.flatnonzero(y == values[top]),
            evidence={"value": float(values[top]), "n_rows": int(counts[top]), "usual": usual},
        )
