"""Images of another format than their names say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.checks.pictured import pictured
from datafix.checks.tables import Tables
from datafix.images import ImageFile
from datafix.report import Issue, Severity
from datafix.table import Table

KERAS_FORMATS = frozenset({"BMP", "GIF", "JPEG", "PNG"})
KERAS_SUFFIXES = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".png"})


@dataclass(frozen=True)
class ImageFormats:
    """Find images whose content is of another format than their suffix.

    Keras lists files by suffix and decodes by content, so that a PNG named ``.jpg`` does no harm there; one that is
    neither BMP, GIF, JPEG nor PNG stops it (WebP at least up to TensorFlow 2.18), and a good image with a suffix that
    it does not list is left out.
    """

    name: ClassVar[str] = "image_formats"
    needs: ClassVar[frozenset[str]] = frozenset({"files"})

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield an info a table for what Keras reads all the same, a warning for what it does not."""
        for table in tables.both:
            assert table.files is not None  # it stands in needs
            odd = [not file.fault and file.format != file.format_by_name for file in table.files.files]
            read = [_is_read(file) for file in table.files.files]
            harmless, harmful = np.flatnonzero(np.array(odd) & read), np.flatnonzero(np.array(odd) & ~np.array(read))
            if len(harmful):
                yield self._issue(
                    Severity.WARNING, table, harmful, "Keras' image_dataset_from_directory stops at them or omits them."
                )
            if len(harmless):
                yield self._issue(Severity.INFO, table, harmless, "Decoders that go by the suffix fail.")

    def _issue(self, severity: Severity, table: Table, rows: np.ndarray, effect: str) -> Issue:
        assert table.files is not None
        pairs = [(table.files.files[row].suffix, str(table.files.files[row].format)) for row in rows.tolist()]
        kinds = ", ".join(f"{found} named {suffix}" for suffix, found in sorted(set(pairs))[:5])
        return pictured(
            self.name,
            severity,
            table,
            rows,
            f"are of another format than their names say ({kinds}). {effect}",
            "Rename them, or save them anew in the format of their names.",
            {"kinds": kinds},
        )


def _is_read(file: ImageFile) -> bool:
    return file.format in KERAS_FORMATS and file.suffix in KERAS_SUFFIXES
