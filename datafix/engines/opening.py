"""Which engine a frame is of."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import narwhals.dependencies as _dependencies
import numpy as np
import pandas as pd

from datafix.columns import refusal_of_lazy
from datafix.engines.partitions import Partitions
from datafix.errors import TableError


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
    # The names of these may occur twice, which is for others to refuse.
    if isinstance(X, nw.DataFrame | pd.DataFrame | np.ndarray) or _dependencies.is_pyarrow_table(X):
        return False
    # narwhals warns of Dask, whose support moves out of it, and looks at the names of the others.
    known = any(is_one(X) for is_one in (_dependencies.is_dask_dataframe, _dependencies.is_duckdb_relation, _is_spark))
    return known or isinstance(nw.from_native(X, pass_through=True), nw.LazyFrame)


def refuse_lazy(X: Any, who: str) -> None:
    """Raise ParameterError if X is a lazy frame, whose rows are not in memory."""
    if is_lazy(X):
        raise refusal_of_lazy(X, who)


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
    if _dependencies.is_dask_dataframe(X):
        from datafix.engines.dask_partitions import DaskPartitions

        return DaskPartitions(X)
    if _dependencies.is_polars_lazyframe(X):
        from datafix.engines.polars_partitions import PolarsPartitions

        return PolarsPartitions(X)
    if _dependencies.is_duckdb_relation(X):
        from datafix.engines.duckdb_partitions import DuckDBPartitions

        return DuckDBPartitions(X)
    if _is_spark(X):
        from datafix.engines.spark_partitions import SparkPartitions

        return SparkPartitions(X)
    raise TableError(
        f"datafix reads lazy frames of polars, DuckDB, Dask and Spark, got a {type(X).__module__}.{type(X).__name__}. "
        "Write it to Parquet and open that with one of these."
    )


def _is_spark(X: Any) -> bool:
    return _dependencies.is_pyspark_dataframe(X) or _dependencies.is_pyspark_connect_dataframe(X)
