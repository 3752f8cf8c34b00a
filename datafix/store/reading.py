"""Arrays of a folder, without unpickling anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from datafix.store.manifest import read_manifest
from datafix.store.stored_array import StoredArray
from datafix.store.stored_sparse import StoredSparse


def stored_arrays(folder: str | Path) -> dict[str, StoredArray | StoredSparse]:
    """Return the arrays of a folder that ``Prepared.save`` or a ``FolderWriter`` wrote, by name.

    Nothing is unpickled, so the folder may be a stranger's; of what ``Prepared.save`` wrote,
    the names are those of ``train.features``, ``validation.target`` and so on.

    Raises
    ------
    TableError
        If a file is not what was saved; it is named.
    """
    folder = Path(folder).expanduser()
    return {name: stored_array(folder, name, told) for name, told in read_manifest(folder)["arrays"].items()}


def stored_array(folder: str | Path, name: str, told: dict[str, Any]) -> StoredArray | StoredSparse:
    """Return one array, by what the manifest says of it."""
    kind = StoredSparse if told["kind"] == "sparse" else StoredArray
    return kind(Path(folder) / name, told)
