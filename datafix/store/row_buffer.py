"""Rows that come in pieces of any length, cut into blocks of one length."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any


class RowBuffer:
    """Holds back the rows that do not fill a block yet.

    Parameters
    ----------
    block_rows : int
    join : callable
        Puts pieces of rows one below the other.
    """

    def __init__(self, block_rows: int, join: Callable[[list[Any]], Any]) -> None:
        self.block_rows, self._join = block_rows, join
        self._held: list[Any] = []
        self._n_held = 0

    def cut(self, rows: Any) -> Iterator[Any]:
        """Take rows, and yield the blocks that are full."""
        n_rows, start = rows.shape[0], 0
        while n_rows - start >= (missing := self.block_rows - self._n_held):
            piece = rows[start : start + missing]
            yield self._join([*self._held, piece]) if self._held else piece
            self._held, self._n_held, start = [], 0, start + missing
        if start < n_rows:
            # A copy: what was given may be changed, or be large, before the block is full.
            self._held.append(rows[start:].copy())
            self._n_held += n_rows - start

    def rest(self) -> Iterator[Any]:
        """Yield the last block, where there are rows left."""
        if self._held:
            yield self._join(self._held)
        self._held, self._n_held = [], 0
