"""DuckDB's relations, read as streams of Arrow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import pyarrow as pa

from datafix.columns import as_frame
from datafix.engines.local_partitions import LocalPartitions
from datafix.engines.partitions import BATCH_ROWS
from datafix.errors import TableError

_FROM_PYTHON = "Invalid Input Error: reading the Arrow source failed: "


class DuckDBPartitions(LocalPartitions):
    """The batches of a DuckDB relation, as pyarrow Tables."""

    engine = "DuckDB"

    def __init__(self, frame: duckdb.DuckDBPyRelation) -> None:
        super().__init__(frame)
        if twice := sorted({name for name in frame.columns if frame.columns.count(name) > 1}):
            raise TableError(
                f"datafix needs column names that occur once, got {twice[:5]} more than once in the DuckDB relation. "
                "Rename or drop the repeated columns."
            )
        if spans := [name for name, kind in zip(frame.columns, frame.types, strict=True) if str(kind) == "INTERVAL"]:
            raise TableError(
                f"datafix needs times or numbers in {spans[:5]} of the DuckDB relation, got INTERVAL, whose months "
                "have no length. Make seconds of it: epoch(column)."
            )

    def empty(self) -> pa.Table:
        """Return the relation's columns without rows."""
        return self.frame.limit(0).to_arrow_table()

    def select(self, columns: list[str]) -> duckdb.DuckDBPyRelation:
        """Return some columns, their names quoted."""
        return self.frame.select(*(duckdb.SQLExpression(f'"{name.replace(chr(34), chr(34) * 2)}"') for name in columns))

    def held(self) -> Iterator[pa.Table]:
        """Yield each batch, those of a few rows put together."""
        yield from _gathered(self.frame.to_arrow_reader(BATCH_ROWS))

    def cause(self, error: Exception) -> str:
        """Return what went wrong; DuckDB adds the traceback of what it reads from Python."""
        return str(error).split(" Detail: Python exception: Traceback", 1)[0].removeprefix(_FROM_PYTHON).rstrip(".")

    def map(self, function: Callable[[Any], Any]) -> duckdb.DuckDBPyRelation:
        """Return the relation that the function makes, batch by batch, on a connection of its own."""
        after = _arrow(function(self.empty()))
        # A connection in use cannot read what its query reads.
        return duckdb.connect().from_arrow(_Stream(self, function, after.schema))


class _Stream:
    """What DuckDB asks for a stream of Arrow, anew for every query."""

    def __init__(self, partitions: DuckDBPartitions, function: Callable[[Any], Any], schema: pa.Schema) -> None:
        self.partitions, self.function, self.schema = partitions, function, schema

    def __arrow_c_schema__(self) -> Any:
        return self.schema.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return pa.RecordBatchReader.from_batches(self.schema, self._batches()).__arrow_c_stream__(requested_schema)

    def _batches(self) -> Iterator[pa.RecordBatch]:
        for part in self.partitions.held():
            yield from _arrow(self.function(part)).cast(self.schema).to_batches()


def _gathered(batches: Any) -> Iterator[pa.Table]:
    some: list[pa.RecordBatch] = []
    for batch in batches:
        some.append(batch)
        if sum(map(len, some)) >= BATCH_ROWS:
            yield pa.Table.from_batches(some)
            some = []
    if sum(map(len, some)):
        yield pa.Table.from_batches(some)


def _arrow(frame: Any) -> pa.Table:
    return as_frame(frame).to_arrow()
