"""Which engine a frame is of."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from datafix.engines.partitions import Partitions
from datafix.errors import ParameterError, TableError


def is_lazy(X: Any) -> bool:
    """Tell whether the rows of X lie elsewhere: whether it is a lazy frame of polars, DuckDB, Dask or Spark.

    Examples
    --------
    >>> import polars as pl
    >>> is_lazy(pl.LazyFrame({"a": [1]})), is_lazy(pl.DataFrame({"a": [1]}))
    (True, False)
    """
    if isinstance(X, nw.LazyFrame):
        return True
    # The names of a pandas frame may occur twice, which is for others to refuse.
    if isinstance(X, nw.DataFrame | pd.DataFrame | np.ndarray):
        return False
    # narwhals warns of Dask, whose support moves out of it; what is needed here of a Dask frame, it says itself.
    return nw.dependencies.is_dask_dataframe(X) or isinstance(nw.from_native(X, pass_through=True), nw.LazyFrame)


def refuse_lazy(X: Any, who: str) -> None:
    """Raise ParameterError if X is a lazy frame, whose rows are not in memory."""
    if is_lazy(X):
        raise ParameterError(
            f"{who} needs rows in memory, got a lazy frame ({type(X).__module__.split('.')[0]}). Collect it, or some "
            "of its rows."
        )


def select(X: Any, columns: list[str]) -> Any:
    """Return some columns of a lazy frame."""
    return partitions_of(X).select(columns)


def partitions_of(X: Any) -> Partitions:
    """Return the partitions of a lazy frame.

    Raises
    ------
    TableError
        If it is of an engine that is not known here.
    """
    X = nw.to_native(X, pass_through=True)
    if nw.dependencies.is_dask_dataframe(X):
        from datafix.engines.dask_partitions import DaskPartitions

        return DaskPartitions(X)
    frame = nw.from_native(X)
    native, implementation = frame.to_native(), frame.implementation
    if implementation.is_polars():
        from datafix.engines.polars_partitions import PolarsPartitions

        return PolarsPartitions(native)
    if implementation.is_duckdb():
        from datafix.engines.duckdb_partitions import DuckDBPartitions

        return DuckDBPartitions(native)
    if implementation.is_pyspark() or implementation.is_pyspark_connect():
        from datafix.engines.spark_partitions import SparkPartitions

        return SparkPartitions(native)
    raise TableError(
        f"datafix reads lazy frames of polars, DuckDB, Dask and Spark, got one of {implementation}. "
        "Write it to Parquet and open that with one of these."
    )
