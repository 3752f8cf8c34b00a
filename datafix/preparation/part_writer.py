"""One part to disk: the arrays of it to the store, in pieces or at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from datafix.errors import TableError
from datafix.store import PLAIN, ArrayWriter, FolderWriter, SparseWriter, block_rows_for, row_bytes, sparse_row_bytes

KEPT = {"kept": True}
"""Stands in the manifest for what is no plain array, and is pickled with what was learned."""


class PartWriter:
    """Writes features, target, weights and index of one part, which share their blocks of rows.

    Parameters
    ----------
    writer : FolderWriter
    name : str
        "train", "validation" or "test".
    pack : bool, default=True
        Whether dense arrays are packed where that pays.
    """

    def __init__(self, writer: FolderWriter, name: str, *, pack: bool = True) -> None:
        self.writer, self.name, self.pack = writer, name, pack
        self.told: dict[str, Any] = {}
        self._writers: dict[str, ArrayWriter | SparseWriter] = {}

    def append(self, **fields: Any) -> None:
        """Add rows; the first ones decide what is stored how.

        Raises
        ------
        TableError
            If rows come with other fields or names than the first ones did.
        """
        leaves, told = leaves_of(fields), told_of(self.name, fields)
        if not self.told:
            self.told = told
            self._open(leaves)
        refuse_other_fields(self.name, told, self.told)
        for name, value in leaves.items():
            self._writers[name].append(value)

    def _open(self, leaves: dict[str, Any]) -> None:
        rows = rows_a_block(leaves)
        for name, value in leaves.items():
            to = f"{self.name}.{name}"
            if sparse.issparse(value):
                self._writers[name] = self.writer.sparse(to, block_rows=rows)
            else:
                self._writers[name] = self.writer.array(to, block_rows=rows, packing=None if self.pack else PLAIN)


def refuse_objects(told: dict[str, Any], who: str) -> None:
    """Raise TableError if rows that come piece by piece are Python objects, which no array of the store holds."""
    if KEPT in told.values():
        raise TableError(
            f"Prepared.save needs numbers in train=, and the pipeline or target of {who} gives Python objects. "
            "Encode text in the pipeline."
        )


def leaves_of(fields: dict[str, Any]) -> dict[str, Any]:
    """Return what goes to the store, by name: a dict's arrays are numbered, since its keys are no names of files."""
    leaves: dict[str, Any] = {}
    for field, value in fields.items():
        if isinstance(value, dict) and _is_storable(value):
            leaves |= {f"{field}.{at}": array for at, array in enumerate(value.values())}
        elif _is_storable(value):
            leaves[field] = value
    return leaves


def told_of(part: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Return what is stored how of a part, by the names of its fields."""
    return {field: _told(f"{part}.{field}", value) for field, value in fields.items()}


def rows_a_block(leaves: dict[str, Any]) -> int:
    """Return how many rows of what is stored together make a block."""
    sizes = [sparse_row_bytes(value) if sparse.issparse(value) else row_bytes(value) for value in leaves.values()]
    return block_rows_for(sum(sizes))


def refuse_other_fields(part: str, told: dict[str, Any], known: dict[str, Any]) -> None:
    """Raise TableError if rows come with other fields or names than the first ones did."""
    if told != known:
        raise TableError(f"Rows of {part!r} need what the first ones had, {_said(known)}, got {_said(told)}.")


def _told(name: str, value: Any) -> dict[str, Any] | None:
    if value is None:
        return None
    if not _is_storable(value):
        return KEPT
    if isinstance(value, dict):
        return {"dict": {key: _told(f"{name}.{at}", array) for at, (key, array) in enumerate(value.items())}}
    return {"array": name, "class": type(value).__name__} if sparse.issparse(value) else {"array": name}


def _is_storable(value: Any) -> bool:
    if isinstance(value, dict):
        return bool(value) and all(
            isinstance(key, str) and not isinstance(array, dict) and _is_storable(array) for key, array in value.items()
        )
    if sparse.issparse(value):
        return value.ndim == 2
    plain = type(value) in (np.ndarray, np.memmap)
    return plain and value.ndim > 0 and value.dtype.kind in "biufcSUMm" and not value.dtype.hasobject


def _said(told: dict[str, Any]) -> str:
    return ", ".join(
        f"{field} {list(spec['dict'])}" if "dict" in spec else field for field, spec in told.items() if spec is not None
    )
