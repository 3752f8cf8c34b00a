"""Images with little to see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.checks.pictured import beyond, by_number, pictured
from datafix.checks.tables import Tables
from datafix.report import Issue


@dataclass(frozen=True)
class LowInformationImages:
    """Find images whose brightness takes few values where that of the training images takes many.

    The entropy of the brightness is below ``bits`` (cleanvision's limit), below half of the median of the training
    images, and ``far`` robust standard deviations from it: placeholders, blank pages, signs. Images of one colour are
    another check's.
    """

    name: ClassVar[str] = "low_information_images"
    needs: ClassVar[frozenset[str]] = frozenset({"images"})

    bits: float = 3.0
    far: float = 4.0
    flat: float = 0.01

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield one issue a table: a warning from one image in a hundred on, else an info."""
        known = tables.image_figures[0][1].entropy[tables.train.readable]
        if not len(known):
            return
        typical = float(np.median(known))
        limit = min(self.bits, typical / 2, typical - beyond(known, self.far))
        for table, figures in tables.image_figures:
            rows = np.flatnonzero((figures.entropy < limit) & (figures.spread >= self.flat))
            if len(rows):
                entropy = float(np.median(figures.entropy[rows]))
                yield pictured(
                    self.name,
                    by_number(table, rows),
                    table,
                    rows,
                    f"hold little information: {entropy:.1f} bits a pixel, the median training image {typical:.1f}.",
                    "Look at them; drop placeholders and blank pages.",
                    {"entropy": entropy, "median_entropy": typical},
                )
