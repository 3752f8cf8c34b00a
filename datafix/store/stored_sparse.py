"""A sparse matrix on disk."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from datafix.store.stored_rows import StoredRows


class StoredSparse(StoredRows):
    """A sparse matrix of shape (rows, columns) on disk; rows that are asked for come as CSR.

    Attributes and errors are those of ``StoredArray``.
    """

    def toarray(self) -> np.ndarray:
        """Return all of it, dense."""
        return self[:].toarray()

    def read_blocks(self, numbers: Any) -> sparse.csr_matrix:
        """Return the rows of these blocks, one block below the other."""
        numbers = np.asarray(numbers, dtype=np.int64)
        lengths = self._lengths(numbers)
        pieces = [
            self._piece(payload, n_rows)
            for payload, n_rows in zip(self.blocks.read(numbers), lengths.tolist(), strict=True)
        ]
        shape = (int(lengths.sum()), self.shape[1])
        if not pieces:
            return sparse.csr_matrix(shape, dtype=self.dtype)
        counts, columns, values = (np.concatenate(part) for part in zip(*pieces, strict=True))
        return sparse.csr_matrix((values, columns, np.concatenate([[0], np.cumsum(counts)])), shape=shape)

    def _piece(self, payload: Any, n_rows: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        counts = np.frombuffer(payload, dtype="<i8", count=n_rows)
        n_values = int(counts.sum())
        columns = np.frombuffer(payload, dtype="<i4", count=n_values, offset=8 * n_rows)
        return counts, columns, np.frombuffer(payload, dtype=self.dtype, offset=8 * n_rows + 4 * n_values)
