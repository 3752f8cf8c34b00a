"""polars' lazy frames, read by its streaming engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from queue import Empty, Queue
from threading import Event, Thread
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
        """Yield each batch; `collect_batches` ends as if all had come where polars panics, as of a file that was cut.

        Raises
        ------
        DatafixError
            If polars panics.
        """
        given: Queue[pl.DataFrame | BaseException | None] = Queue(maxsize=1)
        is_left = Event()

        def give(batch: pl.DataFrame) -> bool:
            given.put(batch)
            return is_left.is_set()

        def read() -> None:
            try:
                self.frame.sink_batches(give, chunk_size=BATCH_ROWS, maintain_order=True)
            except BaseException as error:  # noqa: BLE001  raised below, where the rows are asked for
                given.put(error)
            else:
                given.put(None)

        reader = Thread(target=read, daemon=True)
        reader.start()
        try:
            while (batch := given.get()) is not None:
                if isinstance(batch, BaseException):
                    panic = DatafixError(f"polars panicked: {batch}. Look whether a file has changed since")
                    raise batch if isinstance(batch, Exception) else panic from batch
                if len(batch):
                    yield batch
        finally:
            is_left.set()
            while reader.is_alive():  # it may wait for room
                with suppress(Empty):
                    given.get(timeout=0.01)

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
