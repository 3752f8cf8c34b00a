"""Numbers on scales that a network does not learn from as they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.checks.tables import FEW_NUMBERS, Tables
from datafix.report import Issue, Severity

FEWEST_ROWS = 50


@dataclass(frozen=True)
class NumberScales:
    """Find numbers far from the size of one, and columns whose tail is so heavy that scaling squeezes the rest.

    A tail is heavy where a thousandth of the rows would lie more than ``heavy`` deviations out, were the deviation
    that of the middle half.
    """

    name: ClassVar[str] = "number_scales"
    needs: ClassVar[frozenset[str]] = frozenset({"features"})

    large: float = 100.0
    heavy: float = 50.0

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield one info about sizes and one about tails."""
        train = tables.train
        if train.n_rows < FEWEST_ROWS:
            return
        sizes = {
            name: max(abs(float(figures.mean)), float(figures.std))
            for name, figures in train.statistics.items()
            if figures.kind == "number" and figures.n_unique > 1 and figures.mean is not None and figures.std
        }
        large = {name: size for name, size in sizes.items() if size > self.large}
        if large:
            yield self._issue(
                large,
                f"hold numbers of the size of {self.large:g} and more; a network that is given them as they are learns "
                "slowly, or not",
                "Scale on the training rows: datafix.TablePreprocessor() or scale.TableScaler().",
            )
        tails = {name: tail for name in sizes if (tail := self._tail(tables, name)) > self.heavy}
        if tails:
            yield self._issue(
                tails,
                "have a tail so heavy that a thousandth of the rows lie this many deviations of the middle half out",
                'Draw the tail in: scale.TableScaler(method="power") or "quantile", or scale.QuantileClipper().',
            )

    def _issue(self, columns: dict[str, float], told: str, hint: str) -> Issue:
        shown = ", ".join(f"{name!r} {value:.3g}" for name, value in list(columns.items())[:5])
        return Issue(
            self.name,
            Severity.INFO,
            f"{len(columns)} column(s) {told}: {shown}{', …' if len(columns) > 5 else ''}.",
            hint,
            column=next(iter(columns)) if len(columns) == 1 else None,
            evidence={"columns": columns},
        )

    def _tail(self, tables: Tables, name: str) -> float:
        if tables.train.statistics[name].n_unique <= FEW_NUMBERS:
            return 0.0
        values = tables.train.numbers(name)
        low, lower, upper, high = np.quantile(values[np.isfinite(values)], [0.001, 0.25, 0.75, 0.999])
        # The quartiles of a normal distribution are 1.35 deviations apart.
        deviation = (upper - lower) / 1.35
        return max(float(high - upper), float(lower - low)) / deviation if deviation > 0 else 0.0
