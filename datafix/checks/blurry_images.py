"""Images without edges."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.checks.pictured import beyond, by_number, pictured
from datafix.checks.tables import Tables
from datafix.report import Issue


@dataclass(frozen=True)
class BlurryImages:
    """Find images that are blurred where the training images are not.

    Edges are measured in images of at most 128 pixels a side, so that a blur counts that a network would see. Blurred
    is an image whose edges are much less fine than the median training image's (see ``datafix.images.Figures``): a
    smooth background does not make it so. Or one with far fewer edges, which are less fine too: less than ``share`` of
    the median sharpness, and ``far`` robust standard deviations of its logarithm away.
    """

    name: ClassVar[str] = "blurry_images"
    needs: ClassVar[frozenset[str]] = frozenset({"images"})

    fineness: float = 0.65
    sharpness: float = 0.17
    share: float = 0.25
    far: float = 3.5

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield one issue a table: a warning from one image in a hundred on, else an info."""
        known = tables.image_figures[0][1]
        told = ~np.isnan(known.sharpness)
        if not told.any():
            return
        fine = float(np.median(known.fineness[told]))
        sharp = np.maximum(known.sharpness[told], 1e-6)
        typical = float(np.median(sharp))
        fewest = min(self.sharpness, self.share * typical, typical * np.exp(-beyond(np.log(sharp), self.far)))
        for table, figures in tables.image_figures:
            coarse = figures.fineness < min(self.fineness, 0.6 * fine)
            smooth = (figures.sharpness < fewest) & (figures.fineness < 0.8 * fine)
            rows = np.flatnonzero(coarse | smooth)
            if len(rows):
                finest = float(np.median(figures.fineness[rows]))
                yield pictured(
                    self.name,
                    by_number(table, rows),
                    table,
                    rows,
                    f"are blurred: their edges have {finest / fine:.0%} of the fineness of the median training image.",
                    "Look at them; drop those on which you could not tell the class yourself.",
                    {"fineness": finest, "median_fineness": fine},
                )
