"""In which order rows on disk are read: a permutation of blocks, then of the rows in a window of them."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np


class WindowOrder:
    r"""The order of the rows of every epoch, by windows of blocks that fit into memory.

    The blocks are parted into strata of neighbours, of as many blocks as there are windows. A window
    takes one block of each stratum, at random, so that it spreads over all of the data; its rows are then
    permuted exactly. So every row comes once an epoch, and where the data fit into one window, the order is
    an exact permutation. Else, for batches of b rows and windows of k blocks:

    * rows sorted by label, time or source come out as from an exact permutation: what varies
      slowly along the data is the same in every window;
    * at worst, where each block is of one kind and neighbouring blocks have nothing in common, the
      variance of a batch's composition is 1 + b/k times that of an exact permutation.

    Parameters
    ----------
    n_rows, block_rows : int
    window_blocks : int
        Blocks a window, at most.
    shuffle : bool
        Otherwise rows come in their order.
    seed : int

    Examples
    --------
    >>> order = WindowOrder(10, 2, 3, shuffle=True, seed=0)
    >>> order.n_windows, sorted(order.rows(0, 0).tolist() + order.rows(0, 1).tolist())
    (2, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    """

    def __init__(self, n_rows: int, block_rows: int, window_blocks: int, *, shuffle: bool, seed: int) -> None:
        self.n_rows, self.block_rows = n_rows, block_rows
        self.n_blocks = -(-n_rows // block_rows)
        self.n_windows = -(-self.n_blocks // window_blocks)
        self.shuffle, self.seed = shuffle, seed % 2**64
        # An epoch's plan is needed for each of its windows, and costs as much as a window.
        self.plan = lru_cache(maxsize=2)(self._plan)

    def starts(self, epoch: int) -> np.ndarray:
        """Return where each window begins in the epoch, and the number of rows; int64 of shape (windows + 1,)."""
        return self.plan(epoch).starts

    def blocks(self, epoch: int, window: int) -> np.ndarray:
        """Return the blocks of a window, ascending; int64."""
        plan = self.plan(epoch)
        return plan.blocks[plan.ends[window] : plan.ends[window + 1]]

    def places(self, epoch: int, window: int) -> np.ndarray:
        """Return which row of the window's blocks, laid end to end, comes when; int64 of shape (rows,)."""
        starts = self.starts(epoch)
        n_rows = int(starts[window + 1] - starts[window])
        if not self.shuffle:
            return np.arange(n_rows)
        return self._generator(epoch, window + 1).permutation(n_rows)

    def rows(self, epoch: int, window: int) -> np.ndarray:
        """Return the positions of a window's rows in the data, in their order; int64 of shape (rows,)."""
        return self.rows_at(self.blocks(epoch, window), self.places(epoch, window))

    def rows_at(self, blocks: np.ndarray, places: np.ndarray) -> np.ndarray:
        """Return the positions in the data of places in blocks laid end to end."""
        return blocks[places // self.block_rows] * self.block_rows + places % self.block_rows

    def _plan(self, epoch: int) -> _Plan:
        window_of = self._windows(epoch)
        blocks = np.argsort(window_of, kind="stable")
        ends = np.concatenate([[0], np.cumsum(np.bincount(window_of, minlength=self.n_windows))])
        lengths = np.minimum(self.block_rows, self.n_rows - blocks * self.block_rows)
        starts = np.concatenate([[0], np.cumsum(lengths)])[ends]
        return _Plan(blocks, ends, starts)

    def _windows(self, epoch: int) -> np.ndarray:
        """Return each block's window."""
        n_strata = -(-self.n_blocks // self.n_windows)
        if not self.shuffle:
            return np.arange(self.n_blocks) // n_strata
        draws = self._generator(epoch, 0).random((n_strata, self.n_windows))
        return np.argsort(draws, axis=1).reshape(-1)[: self.n_blocks]

    def _generator(self, epoch: int, stream: int) -> np.random.Generator:
        return np.random.Generator(np.random.Philox(key=self.seed + (epoch << 64), counter=stream << 192))


class _Plan(NamedTuple):
    blocks: np.ndarray
    ends: np.ndarray
    starts: np.ndarray
