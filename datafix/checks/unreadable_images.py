"""Files that are no images, or torn ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.checks.tables import Tables
from datafix.report import Issue, Severity


@dataclass(frozen=True)
class UnreadableImages:
    """Find files with an image's name that cannot be decoded: empty, cut off, damaged, or of other content."""

    name: ClassVar[str] = "unreadable_images"
    needs: ClassVar[frozenset[str]] = frozenset({"files"})

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield one error a table, with what is wrong with the first of them."""
        for table in tables.both:
            assert table.files is not None  # it stands in needs
            rows = np.flatnonzero(~table.readable)
            if not len(rows):
                continue
            torn = [table.files.files[row] for row in rows[:20].tolist()]
            yield Issue(
                self.name,
                Severity.ERROR,
                f"{len(rows)} {table.part} image(s) cannot be decoded: training stops at the first. "
                f"Of {torn[0].name}: {torn[0].fault.rstrip('.')}.",
                "Fetch them again, or remove them.",
                table=table.part,
                rows=rows,
                evidence={"n_images": len(rows), "faults": {file.name: file.fault for file in torn}},
            )
