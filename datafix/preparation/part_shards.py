"""The rows of parts to shards, by the workers that have them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from datafix.errors import TableError
from datafix.preparation.part_writer import (
    leaves_of,
    refuse_objects,
    refuse_other_fields,
    rows_a_block,
    told_of,
)
from datafix.store import PLAIN, ArrayWriter, FolderWriter, JoiningWriter, Shards, SparseWriter

INDEX = "index"


@dataclass(frozen=True)
class Layout:
    """How rows are stored, as a few of them show: the same for all who write.

    Attributes
    ----------
    told : dict of str to dict
        What is stored how, by the names of parts and of their fields.
    block_rows : int
    packings : dict of str to {"npy", "lz4", "zstd"}
        By the names of what goes to the store.
    is_sparse : dict of str to bool
    """

    told: dict[str, dict[str, Any]]
    block_rows: int
    packings: dict[str, str]
    is_sparse: dict[str, bool]


def layout_of(fields: dict[str, Any], parts: list[str], *, pack: bool = True) -> Layout:
    """Return how rows like these are to be stored, and whether packed where that pays."""
    index = {INDEX: np.zeros(1, dtype=np.int64)}
    leaves = leaves_of(fields)
    block_rows = rows_a_block(leaves | index)
    makers = {name: SparseWriter if sparse.issparse(value) else ArrayWriter for name, value in leaves.items()}
    return Layout(
        told={name: told_of(name, fields | index) for name in parts},
        block_rows=block_rows,
        packings={
            name: make.packing_of(leaves[name], block_rows) if pack or make is SparseWriter else PLAIN
            for name, make in makers.items()
        },
        is_sparse={name: make is SparseWriter for name, make in makers.items()},
    )


def write_shards(
    draft: Path, part: str, number: int, layout: Layout, fields: dict[str, Any]
) -> dict[str, tuple[Shards, Any]]:
    """Write the full blocks of some rows of a part, and return what was written, and the rows left, by name.

    Parameters
    ----------
    draft : path
        Of the folder, where all who write see it.
    part : str
    number : int
        That of the partition, in the names of files.
    layout : Layout
    fields : dict of str to rows

    Raises
    ------
    TableError
        If the rows are not laid out so, or the draft is not here.
    """
    if not draft.is_dir():
        raise TableError(
            f"{str(draft)!r} is not to be seen from a worker. Give a folder on a disk that all workers share, or "
            "workers=False, so that all rows come through one process."
        )
    told = told_of(part, fields)
    refuse_other_fields(part, told | {INDEX: layout.told[part][INDEX]}, layout.told[part])
    refuse_objects(told, f"partition {number}")
    found = {}
    for name, rows in leaves_of(fields).items():
        make = SparseWriter if layout.is_sparse[name] else ArrayWriter
        writer = make(
            draft / f"{part}.{name}",
            block_rows=layout.block_rows,
            packing=layout.packings[name],
            prefix=f"{number:05d}-",
        )
        writer.append(rows)
        found[name] = writer.hand_over()
    return found


def n_full_rows(written: dict[str, tuple[Shards, Any]]) -> int:
    """Return how many of the rows of what `write_shards` gave fill blocks; they stand before all others."""
    return max((shards.n_rows for shards, _ in written.values()), default=0)


class PartJoiner:
    """Joins what workers wrote of a part, and notes where its rows stand in the frame.

    Parameters
    ----------
    writer : FolderWriter
    name : str
    layout : Layout
    """

    def __init__(self, writer: FolderWriter, name: str, layout: Layout) -> None:
        self._joining: dict[str, JoiningWriter] = {
            leaf: writer.joining(
                f"{name}.{leaf}", is_sparse=layout.is_sparse[leaf], block_rows=layout.block_rows, packing=packing
            )
            for leaf, packing in layout.packings.items()
        }
        self._index = writer.array(f"{name}.{INDEX}", block_rows=layout.block_rows)
        self._full: list[np.ndarray] = []
        self._rest: list[np.ndarray] = []

    def join(self, written: dict[str, tuple[Shards, Any]], positions: np.ndarray) -> None:
        """Take in what `write_shards` gave of the rows at these positions."""
        for name, (shards, rest) in written.items():
            self._joining[name].join(shards, rest)
        n_full = n_full_rows(written)
        self._full.append(positions[:n_full])
        self._rest.append(positions[n_full:])

    def finish(self) -> np.ndarray:
        """Return the positions of all rows as they are stored, once they are written: int64, of shape (rows,)."""
        positions = np.concatenate([*self._full, *self._rest]) if self._full else np.zeros(0, dtype=np.int64)
        self._index.append(positions)
        return positions
