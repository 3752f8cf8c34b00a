"""Images that show little."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.checks.tables import Tables
from datafix.report import MOST, Issue, Severity, Thumbnails
from datafix.table import Table

BLOCK = 4096


@dataclass(frozen=True)
class ImageQuality:
    """Find images that are of one colour, nearly all dark or nearly all bright, where most others are not."""

    name: ClassVar[str] = "image_quality"
    needs: ClassVar[frozenset[str]] = frozenset({"images"})

    flat: float = 0.01
    far: float = 6.0

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield a warning for each fault and table."""
        low, high = _range(tables.train)
        for table in tables.both:
            mean, spread = _moments(table, low, high)
            kinds = {"of one colour": spread < self.flat}
            middle = np.median(mean)
            # Median absolute deviations, as robust standard deviations (Rousseeuw and Croux 1993).
            scale = max(1.4826 * float(np.median(np.abs(mean - middle))), 0.02)
            odd = np.abs(mean - middle) > self.far * scale
            kinds["much darker than the others"] = odd & (mean < middle) & ~kinds["of one colour"]
            kinds["much brighter than the others"] = odd & (mean > middle) & ~kinds["of one colour"]
            for fault, found in kinds.items():
                rows = np.flatnonzero(found)
                if len(rows):
                    yield Issue(
                        self.name,
                        Severity.WARNING,
                        f"{len(rows)} {table.part} image(s) are {fault}, the first at position {rows[0]}.",
                        "Look at them; drop those that show nothing.",
                        table=table.part,
                        rows=rows,
                        evidence={"fault": fault, "n_images": len(rows)},
                        figure=_pictures(table, rows),
                    )


def _pictures(table: Table, rows: np.ndarray) -> Thumbnails:
    assert table.images is not None  # it stands in needs
    return Thumbnails.of("The first of them, by position", table.images[rows[:MOST]], [str(row) for row in rows[:MOST]])


def _range(table: Table) -> tuple[float, float]:
    assert table.images is not None  # it stands in needs
    low, high = float(table.images.min()), float(table.images.max())
    return low, high if high > low else low + 1.0


def _moments(table: Table, low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation of each image, in shares of the range of the training pixels."""
    assert table.images is not None
    flat = table.images.reshape(table.n_rows, -1)
    blocks = [flat[start : start + BLOCK].astype(np.float64) for start in range(0, len(flat), BLOCK)]
    mean = np.concatenate([block.mean(axis=1) for block in blocks])
    spread = np.concatenate([block.std(axis=1) for block in blocks])
    return (mean - low) / (high - low), spread / (high - low)
