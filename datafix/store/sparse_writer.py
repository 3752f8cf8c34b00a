"""A sparse matrix to disk, rows after rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from datafix.errors import TableError
from datafix.store.array_writer import block_rows_for
from datafix.store.not_finite import NotFinite
from datafix.store.packing import as_bytes, packing_for
from datafix.store.row_buffer import RowBuffer
from datafix.store.rows_writer import RowsWriter


class SparseWriter(RowsWriter[int]):
    """Writes a sparse matrix in pieces; a block holds the lengths, columns and values of its rows.

    Made by ``FolderWriter.sparse``; arguments are those of `RowsWriter`.
    """

    kind = "sparse"

    def append(self, rows: Any) -> None:
        """Add the rows of a scipy sparse matrix or array, of the dtype and width of those before."""
        rows = sparse.csr_matrix(rows)
        if self.row is None:
            self.row = rows.dtype, rows.shape[1]
            self._buffer = RowBuffer(self.block_rows or block_rows_for(sparse_row_bytes(rows)), _stacked)
        if self.row != (rows.dtype, rows.shape[1]):
            raise TableError(
                f"The store needs rows of dtype {self.row[0]} and width {self.row[1]} for {self.folder.name!r}, "
                f"as those before, got {rows.dtype} and {rows.shape[1]}."
            )
        assert self._buffer is not None
        for block in self._buffer.cut(rows):
            self._write(block)

    @staticmethod
    def packing_of(rows: Any, block_rows: int) -> str:
        """Return how rows like these are to be packed: never plainly."""
        return "zstd" if packing_for([_payload(sparse.csr_matrix(rows)[:block_rows])]) == "zstd" else "lz4"

    def _write(self, block: Any) -> None:
        payload = _payload(block)
        writer = self._writer or self._open(self.packing or self.packing_of(block, block.shape[0]))
        self._note_not_finite(block)
        self._store(payload, block.shape[0], writer)

    def _shape(self) -> list[int]:
        assert self.row is not None
        return [self.n_rows, self.row[1]]

    def _head(self, n_rows: int) -> bytes:
        return b""

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


def _payload(block: Any) -> bytes:
    lengths = np.diff(block.indptr).astype("<i8")
    return b"".join(map(as_bytes, (lengths, block.indices.astype("<i4"), block.data)))


def _stacked(pieces: list[Any]) -> Any:
    return sparse.vstack(pieces, format="csr")
