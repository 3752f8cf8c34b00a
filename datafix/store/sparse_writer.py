"""A sparse matrix to disk, rows after rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from datafix.errors import TableError
from datafix.store.array_writer import block_rows_for
from datafix.store.block_writer import SHARD_BYTES, BlockWriter
from datafix.store.not_finite import NotFinite
from datafix.store.packing import as_bytes, packing_for
from datafix.store.row_buffer import RowBuffer


class SparseWriter:
    """Writes a sparse matrix in pieces; a block holds the lengths, columns and values of its rows.

    Made by ``FolderWriter.sparse``.

    Parameters
    ----------
    folder : path
        Made here.
    block_rows : int, optional
        Rows a block; what fits into 32 KB, judged by the first piece, unless given.
    shard_bytes : int, default=64 MB
    """

    def __init__(self, folder: Path, *, block_rows: int | None = None, shard_bytes: int = SHARD_BYTES) -> None:
        self.folder, self.block_rows, self.shard_bytes = Path(folder), block_rows, shard_bytes
        self.n_rows = 0
        self._row: tuple[np.dtype[Any], int] | None = None
        self._buffer: RowBuffer | None = None
        self._writer: BlockWriter | None = None
        self._not_finite = NotFinite()

    def append(self, rows: Any) -> None:
        """Add the rows of a scipy sparse matrix or array, of the dtype and width of those before."""
        rows = sparse.csr_matrix(rows)
        if self._row is None:
            self._row = rows.dtype, rows.shape[1]
            self._buffer = RowBuffer(self.block_rows or block_rows_for(sparse_row_bytes(rows)), _stacked)
        if self._row != (rows.dtype, rows.shape[1]):
            raise TableError(
                f"The store needs rows of dtype {self._row[0]} and width {self._row[1]} for {self.folder.name!r}, "
                f"as those before, got {rows.dtype} and {rows.shape[1]}."
            )
        assert self._buffer is not None
        for block in self._buffer.cut(rows):
            self._write(block)

    def close(self) -> dict[str, Any]:
        """Write what is left, and return what the manifest is to say."""
        if self._row is None or self._buffer is None:
            raise TableError(f"No rows were given for {self.folder.name!r}, not even none of a known width.")
        for block in self._buffer.rest():
            self._write(block)
        writer = self._writer or BlockWriter(self.folder, "lz4")
        writer.end_shard()
        writer.write_table()
        return {
            "kind": "sparse",
            "dtype": self._row[0].str,
            "shape": [self.n_rows, self._row[1]],
            "block_rows": self._buffer.block_rows,
            "packing": writer.packing,
            "not_finite": self._not_finite.told(),
            "shards": writer.shards,
        }

    def abandon(self) -> None:
        """Close what is open, without finishing it."""
        if self._writer is not None:
            self._writer.abandon()

    def _write(self, block: Any) -> None:
        lengths = np.diff(block.indptr).astype("<i8")
        payload = b"".join(map(as_bytes, (lengths, block.indices.astype("<i4"), block.data)))
        if self._writer is None:
            self._writer = BlockWriter(
                self.folder, "zstd" if packing_for([payload]) == "zstd" else "lz4", self.shard_bytes
            )
        self._note_not_finite(block)
        self._writer.append(payload)
        self.n_rows += block.shape[0]
        if self._writer.is_full:
            self._writer.end_shard()

    def _note_not_finite(self, block: Any) -> None:
        seen = NotFinite()
        seen.see(block.data, 0)
        if seen.count:
            row = int(np.searchsorted(block.indptr, seen.first[0], side="right")) - 1
            place = (self.n_rows + row, int(block.indices[seen.first[0]]))
            self._not_finite.first = self._not_finite.first or place
            self._not_finite.count += seen.count


def sparse_row_bytes(rows: Any) -> int:
    """Return the bytes of one row, on average."""
    return 8 + (4 + rows.dtype.itemsize) * rows.nnz // max(1, rows.shape[0])


def _stacked(pieces: list[Any]) -> Any:
    return sparse.vstack(pieces, format="csr")
