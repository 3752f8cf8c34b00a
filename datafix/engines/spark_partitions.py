"""Spark's dataframes, read where their partitions are."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
from py4j.protocol import Py4JError
from pyspark import TaskContext
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame
from pyspark.sql.pandas.types import from_arrow_schema

from datafix.columns import as_frame
from datafix.engines.partitions import Result, looked_at, unreadable
from datafix.engines.remote_partitions import RemotePartitions
from datafix.errors import TableError


class SparkPartitions(RemotePartitions):
    """The partitions of a Spark DataFrame, as pyarrow Tables."""

    engine = "Spark"

    def empty(self) -> pa.Table:
        """Return the frame's columns without rows."""
        return self.frame.limit(0).toArrow()

    def head(self, n_rows: int) -> pa.Table:
        """Return the first rows."""
        return self.frame.limit(n_rows).toArrow()

    def select(self, columns: list[str]) -> DataFrame:
        """Return some columns, their names quoted."""
        return self.frame.select(*("`" + name.replace("`", "``") + "`" for name in columns))

    def map(self, function: Callable[[Any], Any]) -> DataFrame:
        """Return the frame that the function makes of each batch of rows, where it is."""
        after, columns = as_frame(function(self.empty())).to_arrow().schema, self.columns

        def made(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            for batch in batches:
                if len(batch):
                    table = pa.Table.from_batches([batch]).rename_columns(columns)
                    yield from as_frame(function(table)).to_arrow().cast(after).to_batches()

        return self._numbered().mapInArrow(made, from_arrow_schema(after))

    def each(self, function: Callable[[Any, int], Result]) -> Iterator[Result]:
        """Look at each partition where it is, and yield what is found, brought into this process."""
        columns, engine, nothing = self.columns, self.engine, self.empty()

        def found(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            context = TaskContext.get()
            number = context.partitionId() if context else 0
            held = [batch.rename_columns(columns) for batch in batches]
            part = pa.Table.from_batches(held) if held else nothing
            result: Any
            try:
                result = looked_at(function, part, number, columns=columns, engine=engine)
            except TableError as error:  # raised where the frame was given; Spark would wrap it in Java's words
                result = error
            yield pa.record_batch({"found": [pickle.dumps(result)]})

        rows = self._numbered().mapInArrow(found, "found binary").toLocalIterator(prefetchPartitions=True)
        number = 0
        while True:
            try:
                row = next(rows)
            except StopIteration:
                break
            except (Py4JError, PySparkException) as error:
                raise unreadable(number, engine, _cause(error)) from error
            result = pickle.loads(bytes(row["found"]))
            if isinstance(result, TableError):
                raise result
            yield result
            number += 1
        if not number:
            yield looked_at(function, nothing, 0, columns=columns, engine=engine)

    def _numbered(self) -> DataFrame:
        """Return the frame with numbers for names: Spark does not find every name that it gives to its functions."""
        return self.frame.toDF(*map(str, range(len(self.columns))))


def _cause(error: Exception) -> str:
    """Return what went wrong in the last place of Java's chain of causes, in a line."""
    told = [line for line in str(error).splitlines() if line.startswith("Caused by: ")]
    return (told[-1].removeprefix("Caused by: ") if told else str(error).strip().splitlines()[0])[:500]
