"""Spark's dataframes, read where their partitions are."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from functools import reduce
from typing import Any

import pyarrow as pa
from pyspark import TaskContext
from pyspark.sql import DataFrame
from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema

from datafix.columns import as_frame
from datafix.engines.partitions import Partitions, Result, looked_at
from datafix.errors import TableError


class SparkPartitions(Partitions):
    """The partitions of a Spark DataFrame, as pyarrow Tables."""

    engine = "Spark"

    def empty(self) -> pa.Table:
        """Return the frame's columns without rows."""
        return to_arrow_schema(self.frame.schema).empty_table()

    def held(self) -> Iterator[pa.Table]:
        """Yield each partition, brought into this process."""
        schema = self.empty().schema

        def written(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            sink = pa.BufferOutputStream()
            with pa.ipc.new_stream(sink, schema) as stream:
                for batch in batches:
                    stream.write_batch(batch)
            yield pa.record_batch({"rows": [sink.getvalue().to_pybytes()]})

        for row in self.frame.mapInArrow(written, "rows binary").toLocalIterator():
            part = pa.ipc.open_stream(bytes(row["rows"])).read_all()
            if len(part):
                yield part

    def map(self, function: Callable[[Any], Any]) -> DataFrame:
        """Return the frame that the function makes of each batch of rows, where it is."""
        after = as_frame(function(self.empty())).to_arrow().schema

        def made(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            for batch in batches:
                if len(batch):
                    table = pa.Table.from_batches([batch])
                    yield from as_frame(function(table)).to_arrow().cast(after).to_batches()

        return self.frame.mapInArrow(made, from_arrow_schema(after))

    def fold(self, function: Callable[[Any, int], Result], merge: Callable[[Result, Result], Result]) -> Result:
        """Look at each partition where it is, and merge what is found in this process."""
        columns, engine, schema = self.columns, self.engine, self.empty().schema

        def found(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            context = TaskContext.get()
            number = context.partitionId() if context else 0
            part = pa.Table.from_batches(list(batches), schema)
            result: Any
            try:
                result = looked_at(function, part, number, columns=columns, engine=engine)
            except TableError as error:  # raised where the frame was given; Spark would wrap it in Java's words
                result = error
            yield pa.record_batch({"number": [number], "found": [pickle.dumps(result)]})

        rows = self.frame.mapInArrow(found, "number long, found binary").collect()
        results = [pickle.loads(row["found"]) for row in sorted(rows, key=lambda row: row["number"])]
        for result in results:
            if isinstance(result, TableError):
                raise result
        merged: Result = reduce(merge, results)
        return merged
