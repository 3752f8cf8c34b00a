"""Images far wider or taller than the rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.checks.pictured import RARE, by_number, pictured
from datafix.checks.tables import Tables
from datafix.report import Issue, Severity
from datafix.table import Table


@dataclass(frozen=True)
class ImageRatios:
    """Find images whose ratio of width to height differs from the median training image's by ``factor`` and more.

    Resized to the shape of the others, they are stretched by as much. Where more than a tenth are, that is what the
    images are like, and told once.
    """

    name: ClassVar[str] = "image_ratios"
    needs: ClassVar[frozenset[str]] = frozenset({"files"})

    factor: float = 2.5

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield one issue a table: a warning from one image in a hundred on, else an info."""
        known = _ratios(tables.train)[tables.train.readable]
        if not len(known):
            return
        typical = float(np.median(known))
        for table in tables.both:
            ratios = _ratios(table)
            rows = np.flatnonzero(np.abs(np.log(ratios / typical)) >= np.log(self.factor))
            if not len(rows):
                continue
            mixed = len(rows) > max(1, RARE * table.n_rows)
            worst = ratios[rows][np.abs(np.log(ratios[rows] / typical)).argmax()]
            yield pictured(
                self.name,
                Severity.INFO if mixed else by_number(table, rows),
                table,
                rows,
                f"are wider or taller than the median training image (width by height {typical:.2f}) by a factor of "
                f"{self.factor:g} and more, the farthest {worst:.2f}: resized, they are stretched as much.",
                "Crop them, or pad: keras.utils.image_dataset_from_directory(..., pad_to_aspect_ratio=True).",
                {"median_ratio": typical, "farthest": float(worst)},
            )


def _ratios(table: Table) -> np.ndarray:
    """Return width by height, NaN for what cannot be read."""
    assert table.files is not None  # it stands in needs
    height, width = table.files.sizes.T.astype(np.float64)
    return np.divide(width, height, out=np.full(len(width), np.nan), where=height > 0)
