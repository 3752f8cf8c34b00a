"""Values that are missing for a reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.stats import chi2_contingency, ks_2samp

from datafix.checks import effect
from datafix.checks.tables import Tables
from datafix.columns import is_missing
from datafix.report import Issue, Severity

FEWEST = 20
MOST_SHOWN = 8


@dataclass(frozen=True)
class MissingPatterns:
    """Find columns that are missing on the same rows, and columns whose absence tells of the target.

    Absence tells where the classes' shares on the rows that lack the value are ``distance`` or more (total variation)
    from those on the others, or the target's distributions (Kolmogorov-Smirnov), and chance does not explain it.
    Values missing at random may be filled by others; of these the absence itself is worth a column (Rubin, "Inference
    and missing data", Biometrika 1976).
    """

    name: ClassVar[str] = "missing_patterns"
    needs: ClassVar[frozenset[str]] = frozenset({"features"})

    alike: float = 0.95
    distance: float = 0.15
    p_value: float = 1e-4

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield an info for each group of columns, and one for the columns whose absence tells."""
        train = tables.train
        absent = {
            column: is_missing(train.series(column))
            for column, figures in train.statistics.items()
            if FEWEST <= figures.n_missing <= train.n_rows - FEWEST
        }
        yield from self._together(absent)
        telling = self._telling(tables, absent)
        if telling:
            shown = ", ".join(f"{column!r} ({distance:.2f})" for column, distance in list(telling.items())[:MOST_SHOWN])
            yield Issue(
                self.name,
                Severity.INFO,
                f"Where {len(telling)} column(s) are missing, the target is distributed otherwise (distance): {shown}"
                f"{', …' if len(telling) > MOST_SHOWN else ''}.",
                "Keep the absence as a column of its own: impute.TableImputer(indicator=True), which is the default; "
                "and find out whether it is known before the target is.",
                column=next(iter(telling)) if len(telling) == 1 else None,
                evidence={"distances": telling},
            )

    def _together(self, absent: dict[str, np.ndarray]) -> Iterator[Issue]:
        left = dict(absent)
        while left:
            first, rows = next(iter(left.items()))
            group = [name for name, other in left.items() if _overlap(rows, other) >= self.alike]
            left = {name: other for name, other in left.items() if name not in group}
            if len(group) < 2:
                continue
            shown = ", ".join(map(repr, group[:MOST_SHOWN]))
            yield Issue(
                self.name,
                Severity.INFO,
                f"{len(group)} columns are missing on the same {int(rows.sum())} rows: {shown}"
                f"{', …' if len(group) > MOST_SHOWN else ''}.",
                "They come from one source, or one question: find out what these rows lack, and keep one indicator.",
                rows=np.flatnonzero(absent[first]),
                evidence={"columns": group, "n_rows": int(rows.sum())},
            )

    def _telling(self, tables: Tables, absent: dict[str, np.ndarray]) -> dict[str, float]:
        """Return the columns whose absence tells of the target, and how much."""
        y = effect.target_values(tables.train, tables.task)
        if y is None:
            return {}
        found = {}
        known = ~np.isnan(y)
        for column, rows in absent.items():
            here, there = y[rows & known], y[~rows & known]
            if min(len(here), len(there)) < FEWEST:
                continue
            distance, p_value = _distance(here, there, tables.task)
            if distance >= self.distance and p_value < self.p_value / len(absent):
                found[column] = distance
        return dict(sorted(found.items(), key=lambda item: -item[1]))


def _overlap(rows: np.ndarray, other: np.ndarray) -> float:
    return float((rows & other).sum() / (rows | other).sum())


def _distance(here: np.ndarray, there: np.ndarray, task: str | None) -> tuple[float, float]:
    """Return how far two distributions of the target are apart, and how likely chance alone is."""
    if task == "regression":
        result = ks_2samp(here, there, method="asymp")
        return float(result.statistic), float(result.pvalue)
    classes = np.unique(np.concatenate([here, there]))
    counts = np.array([[(part == k).sum() for k in classes] for part in (here, there)], dtype=np.float64)
    if len(classes) < 2:
        return 0.0, 1.0
    shares = counts / counts.sum(axis=1, keepdims=True)
    return float(np.abs(shares[0] - shares[1]).sum() / 2), float(chi2_contingency(counts, correction=False).pvalue)
