"""What dense and sparse rows on disk have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import numpy as np

from datafix.store.stored_blocks import StoredBlocks


class StoredRows(ABC):
    """Rows on disk that are read when they are asked for."""

    def __init__(self, folder: Path, told: dict[str, Any]) -> None:
        self.folder = folder
        self.dtype = np.dtype(told["dtype"])
        self.shape: tuple[int, ...] = tuple(told["shape"])
        self.block_rows = int(told["block_rows"])
        self.packing = str(told["packing"])
        self.not_finite: dict[str, Any] = told["not_finite"]
        self.blocks = StoredBlocks(folder, told)

    def __len__(self) -> int:
        return self.shape[0]

    @property
    def ndim(self) -> int:
        """Number of dimensions, rows among them."""
        return len(self.shape)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(shape={self.shape}, dtype={self.dtype}, folder={str(self.folder)!r})"

    @abstractmethod
    def read_blocks(self, numbers: Any) -> Any:
        """Return the rows of these blocks, one block below the other."""

    def __getitem__(self, key: Any) -> Any:
        """Return rows, read from disk: of a slice, of one position, or of an array of positions or booleans."""
        if isinstance(key, tuple) or key is None or key is Ellipsis:
            raise IndexError(f"{self!r} is read by rows, got {key!r}: take rows first, as in [10:20][:, 0].")
        if isinstance(key, int | np.integer):
            return self[np.array([key])][0]
        if isinstance(key, slice):
            start, stop, step = key.indices(len(self))
            if step == 1:
                return self._between(start, max(start, stop))
            key = np.arange(start, stop, step)
        return self._at(np.arange(len(self))[np.asarray(key, dtype=None if np.size(key) else np.int64)])

    def _between(self, start: int, stop: int) -> Any:
        numbers = np.arange(start // self.block_rows, -(-stop // self.block_rows))
        first = start // self.block_rows * self.block_rows
        return self.read_blocks(numbers)[start - first : stop - first]

    def _at(self, rows: np.ndarray) -> Any:
        numbers, place = np.unique(rows // self.block_rows, return_inverse=True)
        return self.read_blocks(numbers)[place.reshape(-1) * self.block_rows + rows % self.block_rows]

    def _lengths(self, numbers: np.ndarray) -> np.ndarray:
        """Return how many rows each block has: all are full but the last."""
        return np.minimum(self.block_rows, len(self) - numbers * self.block_rows)
