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

    Sharpness is the deviation of the Laplacian by that of the brightness, of images of at most 128 pixels a side, so
    that a blur counts that a network would see. Blurred is what has less than ``sharpness``, less than ``share``
    of the median of the training images, and lies beyond their spread (``far`` robust standard deviations of the
    logarithm). Among textures half of what a Gaussian of one pixel blurred is
    found; a picture that is smooth by itself may look so too, which is why few of them are an info.
    """

    name: ClassVar[str] = "blurry_images"
    needs: ClassVar[frozenset[str]] = frozenset({"images"})

    sharpness: float = 0.17
    share: float = 0.25
    far: float = 2.0

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield one issue a table: a warning from one image in a hundred on, else an info."""
        sharp = tables.image_figures[0][1].sharpness
        sharp = np.maximum(sharp[~np.isnan(sharp)], 1e-6)
        if not len(sharp):
            return
        typical = float(np.median(sharp))
        limit = min(self.sharpness, self.share * typical, typical * np.exp(-beyond(np.log(sharp), self.far)))
        for table, figures in tables.image_figures:
            rows = np.flatnonzero(figures.sharpness < limit)
            if len(rows):
                yield pictured(
                    self.name,
                    by_number(table, rows),
                    table,
                    rows,
                    f"are blurred: they have less than {self.share:.0%} of the sharpness of the median training image.",
                    "Look at them; drop those on which you could not tell the class yourself.",
                    {"sharpness": float(np.median(figures.sharpness[rows])), "median_sharpness": typical},
                )
