"""What goes wrong in one partition is told with its name, and leaves nothing half-done."""

import os

import dask.dataframe as dd
import duckdb
import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression

import datafix
from datafix.errors import DatafixError, TableError
from datafix.impute import TableImputer
from datafix.scale import TableScaler
from datafix.sketches import sketch


@pytest.fixture
def numbers():
    return pd.DataFrame({"a": np.arange(400.0), "b": np.arange(400.0) % 7})


def test_an_infinite_number_is_counted_over_all_partitions(numbers, lazily):
    numbers.loc[[10, 399], "a"] = np.inf
    with pytest.raises(TableError, match=r"infinity in 1 column\(s\): 'a' \(2\)"):
        TableScaler().fit(lazily(numbers))


def test_a_partition_without_rows_is_no_partition(numbers):
    parts = (numbers[:0], numbers[:150], numbers[150:150], numbers[150:])
    frame = dd.concat([dd.from_pandas(part, npartitions=1) for part in parts])
    assert frame.npartitions == 4
    scaled = TableScaler().fit(frame)
    np.testing.assert_allclose(scaled.scaler_.mean_, TableScaler().fit(numbers).scaler_.mean_)
    assert scaled.transform(frame).compute().shape == (400, 2)


def test_a_frame_without_rows_is_refused(numbers, lazily):
    with pytest.raises(TableError, match="at least one row"):
        TableScaler().fit(lazily(numbers[:0]))


def _with_another_column(number):
    part = pd.DataFrame({"a": [1.0, 2.0], "b": [0.0, 1.0]})
    return part.rename(columns={"b": "c"}) if number == 2 else part


def test_other_columns_in_one_partition_are_named(numbers):
    frame = dd.from_map(_with_another_column, range(4), meta=numbers[:0], enforce_metadata=False)
    with pytest.raises(TableError, match=r"Partition 2 of the Dask frame has other columns.*lacks \['b'\].*\['c'\]"):
        TableScaler().fit(frame)


def test_a_polars_that_loses_batches_is_refused(monkeypatch):
    monkeypatch.setattr(pl, "__version__", "1.36.1")
    with pytest.raises(DatafixError, match=r"polars 1\.37 or newer for lazy frames, got 1\.36\.1"):
        sketch(pl.LazyFrame({"a": [1]}))


def test_spans_of_months_are_refused_with_a_way_out():
    relation = duckdb.sql("SELECT INTERVAL 3 DAY AS span, 1 AS a")
    with pytest.raises(TableError, match=r"in \['span'\] of the DuckDB relation, got INTERVAL.*epoch"):
        sketch(relation)


def _as_text(part, partition_info=None):
    return part.astype({"b": str}) if partition_info and partition_info["number"] == 1 else part


def test_another_kind_in_one_partition_makes_a_column_mixed(numbers):
    frame = dd.from_pandas(numbers, npartitions=4).map_partitions(_as_text, meta=numbers[:0])
    assert sketch(frame).columns["b"].kind == "mixed"


READERS = {
    "polars": lambda folder: pl.scan_parquet(folder / "*.parquet"),
    "DuckDB": lambda folder: duckdb.read_parquet(str(folder / "*.parquet")),
    "Dask": lambda folder: dd.from_map(pd.read_parquet, sorted(folder.iterdir()), meta=pd.DataFrame({"a": [1.0]})[:0]),
}


@pytest.mark.parametrize("engine", READERS)
def test_a_partition_of_a_broken_file_is_named(engine, numbers, tmp_path):
    for number in range(3):
        numbers[["a"]].to_parquet(tmp_path / f"{number}.parquet")
    frame = READERS[engine](tmp_path)
    whole = (tmp_path / "2.parquet").read_bytes()
    (tmp_path / "2.parquet").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(TableError, match=rf"Partition \d of the {engine} frame cannot be read: "):
        sketch(frame)


def test_workers_in_other_processes_find_the_same(numbers, cluster):
    frame = dd.from_pandas(numbers, npartitions=4)
    fitted = datafix.TablePreprocessor().fit(frame)
    expected = datafix.TablePreprocessor().fit(numbers)
    np.testing.assert_allclose(fitted.transform(frame).compute().to_numpy(), expected.transform(numbers), atol=1e-6)


class Signing(LogisticRegression):
    """Leaves the number of the process that fits it."""

    def __init__(self, folder=None):
        super().__init__()
        self.folder = folder

    def fit(self, X, y):
        (self.folder / str(os.getpid())).touch()
        return super().fit(X, y)


def test_label_models_are_fitted_on_the_workers(cluster, tmp_path):
    X = np.random.default_rng(0).normal(size=(300, 3))
    y = (X[:, 0] > 0).astype(int)
    here = datafix.MislabelDetector(LogisticRegression(), random_state=0).fit(X, y)
    with joblib.parallel_config("dask"):
        there = datafix.MislabelDetector(Signing(tmp_path), random_state=0).fit(X, y)
    np.testing.assert_array_equal(there.label_quality_, here.label_quality_)
    assert str(os.getpid()) not in {path.name for path in tmp_path.iterdir()} != set()


def test_a_worker_that_is_killed_is_replaced(numbers, cluster, killing):
    deadly, killed = killing
    fills = TableImputer().fit(deadly(numbers, 4)).fill_values_
    assert killed.exists()
    assert fills == TableImputer().fit(numbers).fill_values_
