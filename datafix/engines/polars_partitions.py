"""polars' lazy frames, read by its streaming engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import polars as pl
from polars import selectors as cs

from datafix.engines.local_partitions import LocalPartitions
from datafix.engines.partitions import BATCH_ROWS
from datafix.errors import DatafixError

_OLDEST = (1, 37)


class PolarsPartitions(LocalPartitions):
    """The batches of a polars LazyFrame, as polars DataFrames."""

    engine = "polars"

    def __init__(self, frame: pl.LazyFrame) -> None:
        if tuple(map(int, pl.__version__.split(".")[:2])) < _OLDEST:
            raise DatafixError(
                f"datafix needs polars {'.'.join(map(str, _OLDEST))} or newer for lazy frames, got {pl.__version__}: "
                "before, batches that could not be read were left out in silence. pip install -U polars."
            )
        super().__init__(frame)

    def empty(self) -> pl.DataFrame:
        """Return the frame's columns without rows."""
        return self.frame.collect_schema().to_frame()

    def select(self, columns: list[str]) -> pl.LazyFrame:
        """Return some columns; `pl.col` would take some names for patterns."""
        return self.frame.select(cs.by_name(columns))

    def held(self) -> Iterator[pl.DataFrame]:
        """Yield each batch.

        Where polars panics, as of a file that was cut after it was scanned, its batches end as if all had come: a row
        of our own comes last if they did.
        """
        end = "_" + max(self.columns, key=len, default="")
        last = pl.LazyFrame({end: [True]})
        rows = pl.concat([self.frame.with_columns(pl.lit(False).alias(end)), last], how="diagonal")
        is_whole = False
        for batch in rows.collect_batches(chunk_size=BATCH_ROWS, maintain_order=True):
            is_whole = is_whole or batch[end].any()
            if n_rows := len(batch) - is_whole:
                yield batch.head(n_rows).drop(end)
        if not is_whole:
            raise DatafixError("polars broke off and told why on stderr: look whether a file has changed since")

    def map(self, function: Callable[[Any], Any]) -> pl.LazyFrame:
        """Return the frame that the function makes, batch by batch, where it is collected by streaming."""
        after = function(self.empty())
        return self.frame.map_batches(
            lambda batch: function(batch) if len(batch) else after,
            schema=after.schema,
            streamable=True,
            # The function needs all columns, and may leave rows out: nothing may be asked of its input instead.
            predicate_pushdown=False,
            projection_pushdown=False,
            slice_pushdown=False,
        )
