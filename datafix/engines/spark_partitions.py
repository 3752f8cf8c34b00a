"""Spark's dataframes, read where their partitions are."""

from __future__ import annotations

import pickle
import re
import sys
from collections.abc import Callable, Iterator
from functools import reduce
from typing import Any

import pyarrow as pa
from py4j.protocol import Py4JError
from pyspark import StorageLevel, TaskContext
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, functions
from pyspark.sql.pandas.types import from_arrow_schema

from datafix.columns import as_frame
from datafix.engines.partitions import Result, looked_at, unreadable
from datafix.engines.remote_partitions import RemotePartitions
from datafix.errors import TableError

_FAN_IN = 8
_PYTHON = "An exception was thrown from the Python worker"
_SCHEMA = "number long, found binary"


class SparkPartitions(RemotePartitions):
    """The partitions of a Spark DataFrame, as pyarrow Tables."""

    engine = "Spark"

    def empty(self) -> pa.Table:
        """Return the frame's columns without rows."""
        return self.frame.limit(0).toArrow()

    def head(self, n_rows: int) -> pa.Table:
        """Return the first rows."""
        return self._read(lambda: self.frame.limit(n_rows).toArrow())

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
        """Look at each partition where it is, and yield what is found, brought into this process one by one."""
        rows, number = iter(self._looked_at(function).toLocalIterator(prefetchPartitions=True)), 0
        # A job a partition, so that Spark's number of the task tells nothing.
        while (row := self._read(lambda: next(rows, None), after=number)) is not None:
            yield _result(row)
            number += 1
        if not number:
            yield self._of_nothing(function)

    def gather(self, function: Callable[[Any, int], Result]) -> Iterator[Result]:
        """Look at all partitions at once, and yield what is found."""
        yield from self._collected(self._looked_at(function)) or [self._of_nothing(function)]

    def fold(self, function: Callable[[Any, int], Result], merge: Callable[[Result, Result], Result]) -> Result:
        """Look at each partition where it is, and merge what is found by a tree, neighbours first.

        What is found of many partitions waits on the workers' disks, and comes to this process merged; that of a few
        comes one by one.
        """

        def merged(several: pa.Table) -> pa.Table:
            several = several.sort_by("number")
            results = [pickle.loads(each.as_py()) for each in several["found"]]
            failed = [result for result in results if isinstance(result, TableError)]
            result = failed[0] if failed else reduce(merge, results)
            return pa.table({"number": several["number"][:1], "found": [pickle.dumps(result)]})

        looked_at = self._looked_at(function).persist(StorageLevel.DISK_ONLY)
        try:
            # Asked for the number of its partitions, Spark would run what shuffles them once more.
            n_left = self._read(looked_at.count)
            if n_left <= _FAN_IN:
                few = map(_result, self._read(looked_at.toLocalIterator))
                return reduce(merge, few) if n_left else self._of_nothing(function)
            found, width = looked_at, 1
            while n_left > 1:
                width *= _FAN_IN
                found = found.groupBy(functions.floor(functions.col("number") / width)).applyInArrow(merged, _SCHEMA)
                n_left = -(-n_left // _FAN_IN)
            (result,) = self._collected(found)
            return result
        finally:
            looked_at.unpersist()

    def _looked_at(self, function: Callable[[Any, int], Any]) -> DataFrame:
        """Return a frame of what is found in each partition, pickled, beside its number."""
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
            yield pa.record_batch({"number": pa.array([number], pa.int64()), "found": [pickle.dumps(result)]})

        return self._numbered().mapInArrow(found, _SCHEMA)

    def _collected(self, found: DataFrame) -> list[Any]:
        return [_result(row) for row in sorted(self._read(found.collect), key=lambda row: row["number"])]

    def _read(self, read: Callable[[], Any], *, after: int | None = None) -> Any:
        """Return what is read; an error of Spark's names the partition, or after how many it came."""
        try:
            return read()
        except (Py4JError, PySparkException) as error:
            task = None if after is not None else re.search(r"Task (\d+) in stage", str(error))
            number = int(task[1]) if task else after or 0
            raise unreadable(number, self.engine, _cause(error), at_least=not task) from error

    def _of_nothing(self, function: Callable[[Any, int], Result]) -> Result:
        return looked_at(function, self.empty(), 0, columns=self.columns, engine=self.engine)

    def _numbered(self) -> DataFrame:
        """Return the frame with numbers for names: Spark does not find every name that it gives to its functions."""
        return self.frame.toDF(*map(str, range(len(self.columns))))


def _result(row: Any) -> Any:
    result = pickle.loads(bytes(row["found"]))
    if isinstance(result, TableError):
        raise result
    return result


def _cause(error: Exception) -> str:
    """Return what went wrong in the last place of Java's chain of causes, or of Python's, in a line."""
    if _PYTHON in str(error):
        told = str(error).split(_PYTHON, 1)[1].strip().splitlines()[-1].strip()
        if told.startswith(("ModuleNotFoundError", "ImportError")):
            told += (
                ". Spark's workers need datafix and what it needs: set PYSPARK_PYTHON to a Python that has them "
                f"(here {sys.executable}) before the session starts"
            )
        return told
    lines = str(error).strip().splitlines()
    causes = [line.removeprefix(mark) for mark in (": ", "Caused by: ") for line in lines if line.startswith(mark)]
    return (causes or lines)[-1 if causes else 0][:500]
