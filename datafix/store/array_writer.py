"""An array to disk, rows after rows."""

from __future__ import annotations

import io
from functools import partial
from typing import Any

import numpy as np

from datafix.errors import TableError
from datafix.store.packing import PLAIN, as_bytes, packing_for
from datafix.store.row_buffer import RowBuffer
from datafix.store.rows_writer import RowsWriter

BLOCK_BYTES = 32 << 10
"""What a block is to hold, about: small enough that many fit into a window that is shuffled."""


class ArrayWriter(RowsWriter[tuple[int, ...]]):
    """Writes an array of any length in pieces, with one block of it in memory.

    Made by ``FolderWriter.array``; arguments are those of `RowsWriter`.
    """

    kind = "array"

    def append(self, rows: Any) -> None:
        """Add rows.

        Parameters
        ----------
        rows : ndarray of shape (n, ...)
            Of the dtype and row shape of those before.

        Raises
        ------
        TableError
            If they are of another dtype or row shape, or hold Python objects.
        """
        rows = np.asarray(rows)
        self._check(rows)
        self._start(rows)
        assert self._buffer is not None
        for block in self._buffer.cut(rows):
            self._write(block)

    def _check(self, rows: np.ndarray) -> None:
        if rows.dtype.hasobject or rows.dtype.kind in "VT" or not rows.ndim:
            raise TableError(
                f"The store needs rows of plain numbers, times or fixed-width text for {self.folder.name!r}, "
                f"got dtype {rows.dtype} of {rows.ndim} dimensions. Encode them first."
            )
        if self.row is not None and self.row != (rows.dtype, rows.shape[1:]):
            raise TableError(
                f"The store needs rows of dtype {self.row[0]} and shape {self.row[1]} for {self.folder.name!r}, "
                f"as those before, got {rows.dtype} and {rows.shape[1:]}."
            )

    def _start(self, rows: np.ndarray) -> None:
        if self.row is not None:
            return
        self.row = rows.dtype, rows.shape[1:]
        length = self.block_rows or block_rows_for(row_bytes(rows))
        self._buffer = RowBuffer(length, partial(np.concatenate, dtype=rows.dtype))
        if len(rows):
            self._open(self.packing or self.packing_of(rows, length))

    @staticmethod
    def packing_of(rows: np.ndarray, block_rows: int) -> str:
        """Return how rows like these are to be packed: up to four blocks tell, the first alone may be unlike others."""
        starts = np.unique(np.linspace(0, max(0, len(rows) - block_rows), 4).astype(int))
        return packing_for([bytes(as_bytes(rows[start : start + block_rows])) for start in starts.tolist()])

    def _write(self, block: np.ndarray) -> None:
        writer = self._writer or self._open(self.packing or self.packing_of(block, len(block)))
        self._not_finite.see(block, self.n_rows)
        self._store(as_bytes(block), len(block), writer)

    def _shape(self) -> list[int]:
        assert self.row is not None
        return [self.n_rows, *self.row[1]]

    def _head(self, n_rows: int) -> bytes:
        """Return the head of a plain .npy file, which NumPy pads so that it is as long for any number of rows."""
        assert self.row is not None
        if self._writer is None or self._writer.packing != PLAIN:
            return b""
        dtype, shape = self.row
        head = io.BytesIO()
        told = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": (n_rows, *shape)}
        np.lib.format.write_array_header_1_0(head, told)
        return head.getvalue()


def block_rows_for(bytes_a_row: int) -> int:
    """Return how many rows make a block of about 32 KB, from 1 to 4096.

    Examples
    --------
    >>> block_rows_for(64 * 4 + 4), block_rows_for(0), block_rows_for(224 * 224 * 3)
    (126, 4096, 1)
    """
    return min(4096, max(1, BLOCK_BYTES // max(1, bytes_a_row)))


def row_bytes(rows: np.ndarray) -> int:
    """Return the bytes of one row."""
    return rows.dtype.itemsize * int(np.prod(rows.shape[1:], dtype=np.int64))
