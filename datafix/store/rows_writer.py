"""Rows to disk, in pieces of any length."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np

from datafix.errors import TableError
from datafix.store.block_writer import SHARD_BYTES, BlockWriter
from datafix.store.not_finite import NotFinite
from datafix.store.packing import PLAIN
from datafix.store.row_buffer import RowBuffer
from datafix.store.shards import Shards

Width = TypeVar("Width")


class RowsWriter(ABC, Generic[Width]):
    """Writes rows of one kind, with one block of them in memory.

    Parameters
    ----------
    folder : path
        Made here.
    block_rows : int, optional
        Rows a block; what fits into 32 KB, judged by the first piece, unless given. Arrays that are read together have
        the same.
    shard_bytes : int, default=64 MB
    packing : {"npy", "lz4", "zstd"}, optional
        By trial unless given.
    prefix : str, default=""
        Of the shards' names, where several writers write to one folder.
    """

    kind: ClassVar[str]

    def __init__(
        self,
        folder: Path,
        *,
        block_rows: int | None = None,
        shard_bytes: int = SHARD_BYTES,
        packing: str | None = None,
        prefix: str = "",
    ) -> None:
        self.folder, self.block_rows, self.shard_bytes = Path(folder), block_rows, shard_bytes
        self.packing, self.prefix = packing, prefix
        self.n_rows = 0
        self.row: tuple[np.dtype[Any], Width] | None = None
        """Dtype and width of every row, once one was given."""
        self._buffer: RowBuffer | None = None
        self._writer: BlockWriter | None = None
        self._not_finite = NotFinite()
        self._shard_rows = 0

    @abstractmethod
    def append(self, rows: Any) -> None:
        """Add rows, of the dtype and width of those before."""

    def close(self) -> dict[str, Any]:
        """Write what is left, and return what the manifest is to say."""
        shards = self.finish()
        shards.write_table(self.folder)
        return shards.told

    def finish(self) -> Shards:
        """Write what is left, and return what was written; its table is not on disk yet."""
        self._refuse_nothing()
        assert self._buffer is not None
        for block in self._buffer.rest():
            self._write(block)
        return self._written()

    def hand_over(self) -> tuple[Shards, Any]:
        """Return what was written, blocks that are full, and the rows that are not: None where there are none."""
        self._refuse_nothing()
        assert self._buffer is not None
        rest = list(self._buffer.rest())
        return self._written(), rest[0] if rest else None

    def abandon(self) -> None:
        """Close what is open, without finishing it."""
        if self._writer is not None:
            self._writer.abandon()

    @abstractmethod
    def _write(self, block: Any) -> None:
        """Note what a block holds, and store it."""

    @abstractmethod
    def _shape(self) -> list[int]:
        """Return the shape of what was written."""

    @abstractmethod
    def _head(self, n_rows: int) -> bytes:
        """Return what stands before the blocks of a shard of so many rows."""

    def _store(self, payload: Any, n_rows: int, writer: BlockWriter) -> None:
        """Write a block's bytes, and end the shard where it is full."""
        writer.append(payload, self._head(0))
        self.n_rows += n_rows
        self._shard_rows += n_rows
        if writer.is_full:
            writer.end_shard(self._head(self._shard_rows))
            self._shard_rows = 0

    def _open(self, packing: str) -> BlockWriter:
        """Return what writes blocks, packed so."""
        self._writer = BlockWriter(self.folder, packing, self.shard_bytes, prefix=self.prefix)
        return self._writer

    def _refuse_nothing(self) -> None:
        if self.row is None:
            raise TableError(f"No rows were given for {self.folder.name!r}, not even none of a known dtype.")

    def _written(self) -> Shards:
        assert self._buffer is not None
        assert self.row is not None
        writer = self._writer or self._open(self.packing or (PLAIN if self.kind == "array" else "lz4"))
        writer.end_shard(self._head(self._shard_rows))
        told = {
            "kind": self.kind,
            "dtype": self.row[0].str,
            "shape": self._shape(),
            "block_rows": self._buffer.block_rows,
            "packing": writer.packing,
            "not_finite": self._not_finite.told(),
            "shards": writer.shards,
        }
        return Shards(told, writer.rows)
