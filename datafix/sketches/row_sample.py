"""Rows drawn evenly from partitions that come one by one."""

from __future__ import annotations

from collections.abc import Sequence
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
    always : sequence of int, default=()
        Where rows stand that are among them in any case.
    """

    def __init__(
        self, frame: nw.DataFrame[Any], n_rows: int, seed: tuple[int, int], *, always: Sequence[int] = ()
    ) -> None:
        self.n_kept = n_rows
        self.n_seen = len(frame)
        self._always = always
        draws = np.random.default_rng(seed).random(len(frame))
        self._parts = [(draws, np.arange(len(frame)), frame)]
        self._compact()

    def merge(self, other: RowSample, *, always: Sequence[int] = ()) -> None:
        """Take in a sample of the rows that follow, and be told anew which are among them in any case."""
        self._always = always
        self._parts += [(draws, positions + self.n_seen, frame) for draws, positions, frame in other._parts]
        self.n_seen += other.n_seen
        if sum(len(draws) for draws, _, _ in self._parts) > 2 * self.n_kept:
            self._compact()

    def __getstate__(self) -> dict[str, Any]:
        """Travel without rows that cannot be among the first ones any more."""
        self._compact()
        return self.__dict__

    @property
    def positions(self) -> np.ndarray:
        """Where the rows stand in the table, int64."""
        self._settle()
        return np.concatenate([positions for _, positions, _ in self._parts])

    def frame(self) -> nw.DataFrame[Any]:
        """Return the rows."""
        self._settle()
        if len(self._parts) > 1:
            draws, positions = (np.concatenate([part[at] for part in self._parts]) for at in (0, 1))
            self._parts = [(draws, positions, nw.concat(_alike([frame for _, _, frame in self._parts])))]
        return self._parts[0][2]

    def _compact(self) -> None:
        """Let go of rows that cannot be among the first ones any more."""
        last = self._last([draws for draws, _, _ in self._parts])
        self._keep([(draws <= last) | self._stays(positions) for draws, positions, _ in self._parts])

    def _settle(self) -> None:
        """Keep as many rows as were asked for."""
        first = [np.where(self._stays(positions), -1.0, draws) for draws, positions, _ in self._parts]
        last = self._last(first)
        self._keep([numbers <= last for numbers in first])

    def _last(self, numbers: list[np.ndarray]) -> float:
        drawn = np.concatenate(numbers)
        return float(np.partition(drawn, self.n_kept - 1)[self.n_kept - 1]) if len(drawn) > self.n_kept else np.inf

    def _stays(self, positions: np.ndarray) -> np.ndarray:
        return np.isin(positions, self._always)

    def _keep(self, kept: list[np.ndarray]) -> None:
        if not all(rows.all() for rows in kept):
            self._parts = [
                (draws[rows], positions[rows], frame[np.flatnonzero(rows)])
                for rows, (draws, positions, frame) in zip(kept, self._parts, strict=True)
            ]


def _alike(frames: list[nw.DataFrame[Any]]) -> list[nw.DataFrame[Any]]:
    """Return frames without those of no rows, whose columns need not have the others' dtypes."""
    return [frame for frame in frames if len(frame)] or frames[:1]
