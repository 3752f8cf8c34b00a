"""The same rows on every engine whose frames are lazy."""

import os
import shutil
import signal
import sys
from functools import partial
from pathlib import Path

import dask.dataframe as dd
import duckdb
import polars as pl
import pytest

from datafix.engines import duckdb_partitions, polars_partitions

BATCH_ROWS = 900
SPLIT_BYTES = 40_000
PARTITIONS = 4
# On the oldest versions, Spark is tried by the tests that count its passes, and where it fails.
ENGINES = ["polars", "duckdb", "dask", pytest.param("spark", marks=pytest.mark.long)]


@pytest.fixture(scope="session")
def spark():
    pytest.importorskip("pyspark")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java, and there is none on the path")
    os.environ["PYSPARK_PYTHON"] = sys.executable  # for the workers, which else are the system's Python
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.python.daemon.module", "spark_daemon")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "2")
        # A file of some rows has several partitions, too.
        .config("spark.sql.files.maxPartitionBytes", str(SPLIT_BYTES))
        .config("spark.sql.files.openCostInBytes", "0")
        .config("spark.sql.files.minPartitionNum", "1")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.fixture(params=ENGINES)
def lazily(request, tmp_path, monkeypatch):
    """Return a function that makes a lazy frame, of several partitions, of a pandas one."""
    for module in (polars_partitions, duckdb_partitions):
        monkeypatch.setattr(module, "BATCH_ROWS", BATCH_ROWS)
    spark = request.getfixturevalue("spark") if request.param == "spark" else None

    def opened(frame):
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.parquet"
        frame.to_parquet(path, index=False, row_group_size=max(1, len(frame) // PARTITIONS))
        if request.param == "polars":
            return pl.scan_parquet(path)
        if request.param == "duckdb":
            return duckdb.read_parquet(str(path))
        if request.param == "dask":
            return dd.read_parquet(path, split_row_groups=True)
        return spark.read.parquet(str(path)).coalesce(PARTITIONS)

    return opened


@pytest.fixture
def collected():
    """Return a function that brings a lazy frame into pandas."""

    def brought(frame):
        if isinstance(frame, dd.DataFrame):
            return frame.compute().reset_index(drop=True)
        if isinstance(frame, duckdb.DuckDBPyRelation):
            return frame.df()
        if isinstance(frame, pl.LazyFrame):
            return frame.collect().to_pandas()
        return frame.toArrow().to_pandas()

    return brought


@pytest.fixture(scope="session")
def cluster():
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0") as cluster,
        Client(cluster) as client,
    ):
        yield client


def _killing_once(part, path):
    """Kill the worker that comes here first, as a machine does whose memory ends."""
    if not path.exists():
        path.write_text("killed")
        os.kill(os.getpid(), signal.SIGKILL)
    return part


@pytest.fixture
def killing(tmp_path):
    """Return a function that makes a Dask frame whose first worker dies, and the path that tells that it did."""

    def deadly(frame, n_partitions):
        lazy = dd.from_pandas(frame, npartitions=n_partitions)
        return lazy.map_partitions(partial(_killing_once, path=tmp_path / "killed"), meta=frame[:0])

    return deadly, tmp_path / "killed"
