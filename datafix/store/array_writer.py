"""An array to disk, rows after rows."""

from __future__ import annotations

import io
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from datafix.errors import TableError
from datafix.store.block_writer import SHARD_BYTES, BlockWriter
from datafix.store.not_finite import NotFinite
from datafix.store.packing import PLAIN, as_bytes, packing_for
from datafix.store.row_buffer import RowBuffer

BLOCK_BYTES = 32 << 10
"""What a block is to hold, about: small enough that many fit into a window that is shuffled."""


class ArrayWriter:
    """Writes an array of any length in pieces, with one block of it in memory.

    Made by ``FolderWriter.array``.

    Parameters
    ----------
    folder : path
        Made here.
    block_rows : int, optional
        Rows a block; what fits into 32 KB unless given. Arrays that are read together have the same.
    shard_bytes : int, default=64 MB
    """

    def __init__(self, folder: Path, *, block_rows: int | None = None, shard_bytes: int = SHARD_BYTES) -> None:
        self.folder, self.block_rows, self.shard_bytes = Path(folder), block_rows, shard_bytes
        self.n_rows = 0
        self._row: tuple[np.dtype[Any], tuple[int, ...]] | None = None
        self._buffer: RowBuffer | None = None
        self._writer: BlockWriter | None = None
        self._not_finite = NotFinite()
        self._shard_rows = 0

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

    def close(self) -> dict[str, Any]:
        """Write what is left, and return what the manifest is to say."""
        if self._row is None or self._buffer is None:
            raise TableError(f"No rows were given for {self.folder.name!r}, not even none of a known dtype.")
        for block in self._buffer.rest():
            self._write(block)
        writer = self._writer or BlockWriter(self.folder, PLAIN)
        writer.end_shard(self._head(self._shard_rows) if writer.packing == PLAIN else b"")
        writer.write_table()
        dtype, shape = self._row
        return {
            "kind": "array",
            "dtype": dtype.str,
            "shape": [self.n_rows, *shape],
            "block_rows": self._buffer.block_rows,
            "packing": writer.packing,
            "not_finite": self._not_finite.told(),
            "shards": writer.shards,
        }

    def abandon(self) -> None:
        """Close what is open, without finishing it."""
        if self._writer is not None:
            self._writer.abandon()

    def _check(self, rows: np.ndarray) -> None:
        if rows.dtype.hasobject or rows.dtype.kind in "VT" or not rows.ndim:
            raise TableError(
                f"The store needs rows of plain numbers, times or fixed-width text for {self.folder.name!r}, "
                f"got dtype {rows.dtype} of {rows.ndim} dimensions. Encode them first."
            )
        if self._row is not None and self._row != (rows.dtype, rows.shape[1:]):
            raise TableError(
                f"The store needs rows of dtype {self._row[0]} and shape {self._row[1]} for {self.folder.name!r}, "
                f"as those before, got {rows.dtype} and {rows.shape[1:]}."
            )

    def _start(self, rows: np.ndarray) -> None:
        if self._row is not None:
            return
        self._row = rows.dtype, rows.shape[1:]
        length = self.block_rows or block_rows_for(row_bytes(rows))
        self._buffer = RowBuffer(length, partial(np.concatenate, dtype=rows.dtype))
        if len(rows):
            samples = _samples(rows, length)
            self._writer = BlockWriter(self.folder, packing_for(samples), self.shard_bytes)

    def _write(self, block: np.ndarray) -> None:
        if self._writer is None:
            self._writer = BlockWriter(self.folder, packing_for([bytes(as_bytes(block))]), self.shard_bytes)
        plain = self._writer.packing == PLAIN
        self._not_finite.see(block, self.n_rows)
        self._writer.append(as_bytes(block), self._head(0) if plain else b"")
        self.n_rows += len(block)
        self._shard_rows += len(block)
        if self._writer.is_full:
            self._writer.end_shard(self._head(self._shard_rows) if plain else b"")
            self._shard_rows = 0

    def _head(self, n_rows: int) -> bytes:
        """Return the head of a .npy file, which NumPy pads so that it is as long for any number of rows."""
        assert self._row is not None
        dtype, shape = self._row
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


def _samples(rows: np.ndarray, length: int) -> list[bytes]:
    """Return up to four blocks, spread over the rows at hand: the first alone may be unlike the others."""
    starts = np.unique(np.linspace(0, max(0, len(rows) - length), 4).astype(int))
    return [bytes(as_bytes(rows[start : start + length])) for start in starts.tolist()]
