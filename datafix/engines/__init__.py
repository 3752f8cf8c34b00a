"""Frames whose rows lie elsewhere: polars' lazy ones, DuckDB's relations, Dask's and Spark's dataframes.

Each engine is one file; it is imported when a frame of it is given, by whoever gives it.
"""

from datafix.engines.opening import is_lazy, partitions_of, refuse_lazy, select
from datafix.engines.partitions import Partitions, looked_at, of_partition
from datafix.engines.remote_partitions import RemotePartitions

__all__ = [
    "Partitions",
    "RemotePartitions",
    "is_lazy",
    "looked_at",
    "of_partition",
    "partitions_of",
    "refuse_lazy",
    "select",
]
