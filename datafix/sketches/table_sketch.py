"""What is kept of a table."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from functools import partial
from typing import Any

import narwhals as nw
import numpy as np

from datafix.columns import as_frame
from datafix.engines import partitions_of
from datafix.sketches.column_sketch import ColumnSketch
from datafix.sketches.row_hashes import RowHashes
from datafix.sketches.row_sample import RowSample

SAMPLE_ROWS = 250_000
"""Rows that are drawn: a quantile of them lies within 0.33 % of the rows of that of all, 99 times of 100."""


class TableSketch:
    """Figures of every column, and a sample of the rows.

    Parameters
    ----------
    frame : narwhals.DataFrame
        One partition.
    number : int
        That of the partition; it seeds the draws.
    sample_rows : int, default=250_000
    seed : int, default=0
    hashed : mapping of str to list of str, or str, optional
        What is hashed of all rows: columns together, or the values of one.

    Attributes
    ----------
    columns : dict of str to ColumnSketch
    n_rows : int
    is_array : bool
        Whether it stands for an array, whose columns have no names but ``x0``, ``x1``, ...
    hashes : RowHashes
    sample : narwhals.DataFrame
        Rows as likely as any others; all rows of a table of no more than ``sample_rows``. The first that has a
        value is always among them, for each column: none is known to be empty that is not.

    Notes
    -----
    The empirical distribution of n sampled values is nowhere farther than sqrt(ln(2 / p) / 2 n) from that of all, but
    for a chance of p (Dvoretzky, Kiefer and Wolfowitz, 1956, with the constant of Massart, Annals of Probability 18(3),
    1990).
    """

    def __init__(
        self,
        frame: Any,
        number: int = 0,
        *,
        sample_rows: int = SAMPLE_ROWS,
        seed: int = 0,
        hashed: Mapping[str, list[str] | str] | None = None,
    ) -> None:
        self.columns = {name: ColumnSketch(frame[name]) for name in frame.columns}
        self.n_rows = len(frame)
        self.hashes = RowHashes(frame, hashed or {})
        self._sample = RowSample(frame, sample_rows, (seed, number), always=self._first_known())
        self._changed: nw.DataFrame[Any] | None = None
        self.is_array = False

    def merge(self, other: TableSketch) -> TableSketch:
        """Take in what another has seen of the rows that follow, and return this."""
        for name, column in self.columns.items():
            column.merge(other.columns[name])
        self.n_rows += other.n_rows
        self.hashes.merge(other.hashes)
        self._sample.merge(other._sample, always=self._first_known())
        return self

    @property
    def sample(self) -> nw.DataFrame[Any]:
        """The rows drawn."""
        return self._sample.frame() if self._changed is None else self._changed

    @property
    def positions(self) -> np.ndarray:
        """Where the rows drawn stand in the table, int64 of shape (rows drawn,)."""
        return self._sample.positions

    @property
    def is_whole(self) -> bool:
        """Whether the sample is all there is."""
        return self.n_rows == len(self.sample)

    def changed(self, sample: nw.DataFrame[Any], columns: Mapping[str, ColumnSketch]) -> TableSketch:
        """Return what would be kept of the table after a step that changes cells, not rows.

        Parameters
        ----------
        sample : narwhals.DataFrame
            The rows drawn, changed; its columns are those of the result.
        columns : mapping of str to ColumnSketch
            Of the columns that differ.
        """
        after = copy(self)
        after._changed = sample  # noqa: SLF001 (a copy of this)
        after.columns = {name: columns.get(name) or self.columns[name] for name in sample.columns}
        return after

    def select(self, names: list[str]) -> TableSketch:
        """Return what is kept of some columns."""
        return self.changed(self.sample.select(names), {})

    def as_array(self) -> TableSketch:
        """Return what is kept of the table as an array."""
        names = {name: f"x{j}" for j, name in enumerate(self.columns)}
        after = self.changed(
            self.sample.rename(names), {new: self.columns[old].renamed(new) for old, new in names.items()}
        )
        after.is_array = True
        return after

    def _first_known(self) -> list[int]:
        """Where the first value of each column stands that has one."""
        return sorted({column.first_known for column in self.columns.values() if column.first_known is not None})


def sketch(
    X: Any, *, sample_rows: int | None = None, seed: int = 0, hashed: Mapping[str, list[str] | str] | None = None
) -> TableSketch:
    """Return what one pass over a lazy frame keeps.

    Parameters
    ----------
    X : lazy frame of polars, DuckDB, Dask or Spark
    sample_rows : int, optional
        Rows to draw, 250,000 unless given.
    seed : int, default=0
    hashed : mapping of str to list of str, or str, optional
        What is hashed of all rows, columns together or the values of one: 8 bytes a row each.

    Examples
    --------
    >>> import polars as pl
    >>> seen = sketch(pl.LazyFrame({"age": [20, 40, None]}))
    >>> seen.n_rows, seen.columns["age"].mean, seen.columns["age"].counts
    (3, 30.0, {20.0: 1, 40.0: 1})
    """
    look = partial(_sketch_of, sample_rows=sample_rows or SAMPLE_ROWS, seed=seed, hashed=hashed)
    return partitions_of(X).fold(look, TableSketch.merge)


def _sketch_of(part: Any, number: int, **options: Any) -> TableSketch:
    return TableSketch(as_frame(part), number, **options)
