"""polars' lazy frames, read by its streaming engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import polars as pl

from datafix.engines.local_partitions import LocalPartitions
from datafix.engines.partitions import BATCH_ROWS


class PolarsPartitions(LocalPartitions):
    """The batches of a polars LazyFrame, as polars DataFrames."""

    engine = "polars"

    def empty(self) -> pl.DataFrame:
        """Return the frame's columns without rows."""
        return self.frame.collect_schema().to_frame()

    def held(self) -> Iterator[pl.DataFrame]:
        """Yield each batch."""
        batches = self.frame.collect_batches(chunk_size=BATCH_ROWS, maintain_order=True)
        yield from (batch for batch in batches if len(batch))

    def map(self, function: Callable[[Any], Any]) -> pl.LazyFrame:
        """Return the frame that the function makes, batch by batch, where it is collected by streaming."""
        after = function(self.empty())
        return self.frame.map_batches(
            lambda batch: function(batch) if len(batch) else after, schema=after.schema, streamable=True
        )
