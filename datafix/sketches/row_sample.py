"""Rows drawn evenly from partitions that come one by one."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np


class RowSample:
    """Rows of a table, each as likely as any other, in their order; all of them while they are few.

    Every row draws a number, and those with the smallest are kept: whatever the order in which samples are merged, the
    same rows stay.

    Parameters
    ----------
    frame : narwhals.DataFrame
    n_rows : int
        To keep.
    seed : sequence of int
        Of this partition's draws: that of all, and the partition's number.
    """

    def __init__(self, frame: nw.DataFrame[Any], n_rows: int, seed: tuple[int, int]) -> None:
        self.n_kept = n_rows
        self.n_seen = len(frame)
        draws = np.random.default_rng(seed).random(len(frame))
        self._parts = [(draws, np.arange(len(frame)), frame)]
        self._compact()

    def merge(self, other: RowSample) -> None:
        """Take in a sample of the rows that follow."""
        self._parts += [(draws, positions + self.n_seen, frame) for draws, positions, frame in other._parts]
        self.n_seen += other.n_seen
        if sum(len(draws) for draws, _, _ in self._parts) > 2 * self.n_kept:
            self._compact()

    @property
    def positions(self) -> np.ndarray:
        """Where the rows stand in the table, int64."""
        self._compact()
        return np.concatenate([positions for _, positions, _ in self._parts])

    def frame(self) -> nw.DataFrame[Any]:
        """Return the rows."""
        self._compact()
        if len(self._parts) > 1:
            draws, positions = (np.concatenate([part[at] for part in self._parts]) for at in (0, 1))
            self._parts = [(draws, positions, nw.concat(_alike([frame for _, _, frame in self._parts])))]
        return self._parts[0][2]

    def _compact(self) -> None:
        draws = np.concatenate([draws for draws, _, _ in self._parts])
        if len(draws) <= self.n_kept:
            return
        last = np.partition(draws, self.n_kept - 1)[self.n_kept - 1]
        kept = [(np.flatnonzero(draws <= last), draws, positions, frame) for draws, positions, frame in self._parts]
        self._parts = [(draws[rows], positions[rows], frame[rows]) for rows, draws, positions, frame in kept]


def _alike(frames: list[nw.DataFrame[Any]]) -> list[nw.DataFrame[Any]]:
    """Return frames without those of no rows, whose columns need not have the others' dtypes."""
    return [frame for frame in frames if len(frame)] or frames[:1]
