"""An array on disk."""

from __future__ import annotations

from typing import Any

import numpy as np

from datafix.store.stored_rows import StoredRows


class StoredArray(StoredRows):
    """An array of shape (rows, ...) on disk; what is asked for is read, and no more.

    ``array[3:9]``, ``array[7]`` and ``array[[5, 2]]`` are ndarrays; ``numpy.asarray(array)`` reads all.
    A block is verified by its CRC-32 when it is first read.

    Attributes
    ----------
    shape : tuple of int
    dtype : dtype
    block_rows : int
        Rows that are read together.
    packing : {"npy", "lz4", "zstd"}
    not_finite : dict
        "count" of values that are NaN or, as float32, infinite; "first" of them by position.

    Raises
    ------
    TableError
        When rows are read, if a file is lost, torn or edited; the file is named.
    """

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self[:], dtype=dtype)

    @property
    def nbytes(self) -> int:
        """Bytes of the array in memory."""
        return self.dtype.itemsize * int(np.prod(self.shape, dtype=np.int64))

    def read_blocks(self, numbers: Any) -> np.ndarray:
        """Return the rows of these blocks, one block below the other."""
        numbers = np.asarray(numbers, dtype=np.int64)
        lengths = self._lengths(numbers)
        out = np.empty((int(lengths.sum()), *self.shape[1:]), dtype=self.dtype)
        if not out.size:
            return out
        flat = out.reshape(-1).view(np.uint8)
        start = 0
        for payload in self.blocks.read(numbers):
            flat[start : start + len(payload)] = np.frombuffer(payload, dtype=np.uint8)
            start += len(payload)
        return out
