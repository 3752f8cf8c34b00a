"""Images one can see through."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.checks.pictured import pictured
from datafix.checks.tables import Tables
from datafix.report import Issue, Severity


@dataclass(frozen=True)
class ImageTransparency:
    """Find images of which more than ``share`` of the pixels are not opaque; a channel that is opaque all over is none.

    Read as RGB, such pixels show whatever colour lies below, often black.
    """

    name: ClassVar[str] = "image_transparency"
    needs: ClassVar[frozenset[str]] = frozenset({"files"})

    share: float = 0.01

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield one issue a table: a warning where some are transparent, an info where nearly all are."""
        for table in tables.both:
            assert table.files is not None  # it stands in needs
            through = np.array([file.transparent for file in table.files.files])
            rows = np.flatnonzero(through > self.share)
            if len(rows):
                yield pictured(
                    self.name,
                    Severity.INFO if len(rows) >= 0.9 * table.n_rows else Severity.WARNING,
                    table,
                    rows,
                    f"are transparent in part (the median one on {np.median(through[rows]):.0%} of its pixels); read "
                    "as RGB they show whatever colour lies below.",
                    "Lay them on the background that the model will meet, or read all with color_mode='rgba'.",
                    {"transparent": float(np.median(through[rows]))},
                )
