"""Images that show little for want or excess of light."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.checks.pictured import RARE, beyond, pictured, robust_spread
from datafix.checks.tables import Tables
from datafix.images import Figures
from datafix.report import Issue, Severity


@dataclass(frozen=True)
class ImageQuality:
    """Find images that are of one colour, nearly all dark or nearly all bright, where most others are not.

    Dark and bright are images whose mean is more than ``far`` robust standard deviations from the median; and, where
    at most a tenth are so, those whose brightness stays below ``dark`` on 99 % of the pixels or above ``bright`` on
    95 % (the measures and limits of cleanvision) and, by that measure, far from the median too: at most one in
    twenty, or one in ten by half these limits.
    """

    name: ClassVar[str] = "image_quality"
    needs: ClassVar[frozenset[str]] = frozenset({"images"})

    flat: float = 0.01
    far: float = 6.0
    dark: float = 0.32
    bright: float = 0.95

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield a warning for each fault and table."""
        for table, figures in tables.image_figures:
            for fault, found in self._faults(figures, table.readable).items():
                rows = np.flatnonzero(found & table.readable)
                if len(rows):
                    yield pictured(
                        self.name,
                        Severity.WARNING,
                        table,
                        rows,
                        f"are {fault}.",
                        "Look at them; drop those that show nothing. Where such light is met in use, "
                        "datafix.augment.Brightness(0.2) and Contrast(0.2) make training cover it.",
                        {"fault": fault},
                    )

    def _faults(self, figures: Figures, readable: np.ndarray) -> dict[str, np.ndarray]:
        if not readable.any():
            return {}
        flat = figures.spread < self.flat
        mean = figures.mean
        middle = float(np.median(mean[readable]))
        reach = self.far * max(robust_spread(mean[readable]), 0.04)
        dark = _rare(1 - figures.lightest, 1 - self.dark, readable) | (mean < middle - reach)
        light = _rare(figures.darkest, self.bright, readable) | (mean > middle + reach)
        return {
            "of one colour": flat,
            "much darker than the others": dark & ~flat,
            "much brighter than the others": light & ~flat,
        }


def _rare(values: np.ndarray, limit: float, readable: np.ndarray) -> np.ndarray:
    """Tell which values lie above the limit and far from the median, if few do."""
    known = values[readable]
    far = float(np.median(known)) + beyond(known, 3.5)
    rare = np.zeros(len(values), dtype=bool)
    for least, share in ((limit, RARE / 2), ((1 + limit) / 2, RARE)):
        above = values > max(least, far)
        if above.sum() <= max(1, share * len(known)):
            rare |= above
    return rare
