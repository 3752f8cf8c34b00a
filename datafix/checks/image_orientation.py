"""Images that only a viewer turns upright."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.checks.pictured import by_number, pictured
from datafix.checks.tables import Tables
from datafix.report import Issue


@dataclass(frozen=True)
class ImageOrientation:
    """Find images whose EXIF record says that they are to be turned, which neither Keras nor datafix does."""

    name: ClassVar[str] = "image_orientation"
    needs: ClassVar[frozenset[str]] = frozenset({"files"})

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield one issue a table: a warning from one image in a hundred on, else an info."""
        for table in tables.both:
            assert table.files is not None  # it stands in needs
            rows = np.flatnonzero([file.orientation != 1 for file in table.files.files])
            if len(rows):
                yield pictured(
                    self.name,
                    by_number(table, rows),
                    table,
                    rows,
                    "lie on their side, stand on their head or are mirrored: viewers turn them by their EXIF record, "
                    "decoders for training do not.",
                    "Save them turned: PIL.ImageOps.exif_transpose(image), and do the same where the model serves.",
                )
