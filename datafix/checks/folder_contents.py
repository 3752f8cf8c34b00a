"""What else lies in a folder of images."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import ClassVar

import numpy as np

from datafix.checks.tables import Tables
from datafix.report import Issue, Severity
from datafix.table import Table

# Suffixes of images that neither Keras nor datafix lists.
OTHER_IMAGES = frozenset({".tif", ".tiff", ".jfif", ".jpe", ".heic", ".heif", ".avif", ".jp2", ".ppm", ".pgm", ".tga"})


@dataclass(frozen=True)
class FolderContents:
    """Find images that nobody reads, folders that are classes by mistake or empty, and classes numbered differently.

    Files that are no images are counted and harm nothing; ``.DS_Store``, ``Thumbs.db`` and the like are not told.
    """

    name: ClassVar[str] = "folder_contents"
    needs: ClassVar[frozenset[str]] = frozenset({"files"})

    ignored: tuple[str, ...] = (".ds_store", "thumbs.db", "desktop.ini", ".gitkeep", ".keep", ".gitignore")

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield warnings for what changes what is learned, an info for other files."""
        for table in tables.both:
            yield from self._strays(table)
            yield from self._folders(table)
        if tables.test is not None:
            yield from self._numbering(tables.train, tables.test)

    def _strays(self, table: Table) -> Iterator[Issue]:
        assert table.files is not None  # it stands in needs
        known = {file.suffix for file in table.files.files}
        told = [name for name in table.files.strays if PurePosixPath(name).name.lower() not in self.ignored]
        images = [name for name in told if _looks_like_image(name, known)]
        others = sorted(set(told) - set(images))
        if images:
            yield Issue(
                self.name,
                Severity.WARNING,
                f"{len(images)} image(s) of the {table.part} folder are not read as samples: they lie outside of the "
                f"class folders or deeper, or their suffix is no known one. Files: {_named(images)}.",
                "Move them into their class's folder, or save them as PNG or JPEG (Keras reads those that lie deeper).",
                table=table.part,
                evidence={"n_files": len(images), "files": images[:50]},
            )
        if others:
            yield Issue(
                self.name,
                Severity.INFO,
                f"{len(others)} file(s) of the {table.part} folder are no images by their names and are not read. "
                f"Files: {_named(others)}.",
                "Nothing need be done; make sure that no image is among them.",
                table=table.part,
                evidence={"n_files": len(others), "files": others[:50]},
            )

    def _folders(self, table: Table) -> Iterator[Issue]:
        assert table.files is not None
        empty = [name for name in table.files.empty if not name.startswith(".")]
        if empty:
            yield Issue(
                self.name,
                Severity.WARNING,
                f"{len(empty)} folder(s) of the {table.part} folder hold no image: {_named(empty)}. Keras counts each "
                "as a class, which nothing teaches.",
                "Remove them, or fill them.",
                table=table.part,
                evidence={"folders": empty},
            )
        labels = np.array([], dtype=str) if table.files.labels is None else table.files.labels
        hidden = sorted({str(name) for name in labels if name.startswith((".", "__"))})
        if hidden:
            rows = np.flatnonzero(np.isin(labels, hidden))
            yield Issue(
                self.name,
                Severity.WARNING,
                f"{len(hidden)} folder(s) of the {table.part} folder look like leftovers of a program and count as "
                f"classes here: {_named(hidden)}, with {len(rows)} image(s).",
                "Remove them.",
                table=table.part,
                rows=rows,
                evidence={"folders": hidden, "n_images": len(rows)},
            )

    def _numbering(self, train: Table, test: Table) -> Iterator[Issue]:
        numbers = [_numbers(table) for table in (train, test)]
        both = [name for name in numbers[0] if name in numbers[1]]
        moved = [name for name in both if numbers[0][name] != numbers[1][name]]
        lacking = sorted(set(numbers[0]) - set(numbers[1]))
        if moved and lacking:  # classes that only test has are new_labels' affair
            yield Issue(
                self.name,
                Severity.WARNING,
                f"The test folder has no folder {_named(lacking)}: Keras, which numbers the folders of each, gives "
                f"{len(moved)} of the {len(both)} common classes another number in test than in training.",
                "Name them: keras.utils.image_dataset_from_directory(test, class_names=[...]), in training's order.",
                table="test",
                evidence={"lacking": lacking, "moved": moved[:50]},
            )


def _looks_like_image(name: str, known: set[str]) -> bool:
    path = PurePosixPath(name)
    # Apple's "._" files are no images, whatever their suffix.
    return path.suffix.lower() in known | OTHER_IMAGES and not path.name.startswith(".")


def _numbers(table: Table) -> dict[str, int]:
    """Return the numbers that Keras gives to the class folders, hidden ones left out."""
    assert table.files is not None
    labels = [] if table.files.labels is None else table.files.labels.tolist()
    names = sorted({name for name in [*labels, *table.files.empty] if not name.startswith(".")})
    return {name: number for number, name in enumerate(names)}


def _named(names: list[str]) -> str:
    return f"{', '.join(names[:4])}{', …' if len(names) > 4 else ''}"
