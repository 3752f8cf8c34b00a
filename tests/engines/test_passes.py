"""How often the rows of a lazy frame are read: counted where they are read, on every engine."""

from functools import partial

import dask.dataframe as dd
import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import datafix
from datafix.engines import RemotePartitions, duckdb_partitions, partitions_of, polars_partitions, select
from datafix.impute import TableImputer
from datafix.scale import TableScaler
from datafix.sketches import table_sketch

N, PARTITIONS = 3000, 4


@pytest.fixture(scope="module")
def people():
    rng = np.random.default_rng(2)
    return pd.DataFrame(
        {
            "age": rng.integers(17, 90, N).astype(np.float64),
            "pay": rng.lognormal(8, 1, N),
            "town": rng.choice(["Bern", "Basel", "Genf"], N),
            "label": rng.choice(["no", "yes"], N),
            "spelt": rng.choice(["Bern", "bern ", "Genf"], N),
            "born": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 10**6, N), unit="min"),
        }
    ).astype({"born": "datetime64[us]"})


class Read:
    """An Arrow stream that counts its rows, anew for every query."""

    def __init__(self, table, rows):
        self.table, self.rows = table, rows

    def __arrow_c_schema__(self):
        return self.table.schema.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema=None):
        return pa.RecordBatchReader.from_batches(self.table.schema, self.batches()).__arrow_c_stream__(requested_schema)

    def batches(self):
        for batch in self.table.to_batches(max_chunksize=N // PARTITIONS):
            self.rows.append(len(batch))
            yield batch


def noted(part, path):
    with path.open("a") as file:
        file.write(f"{len(part)}\n")
    return part


def noted_batches(batches, path):
    for batch in batches:
        yield noted(batch, path)


@pytest.fixture(params=["polars", "duckdb", "dask", "spark"])
def counted(request, people, tmp_path, monkeypatch):
    """A lazy frame, and a function that tells how many of its rows have been read."""
    for module in (polars_partitions, duckdb_partitions):
        monkeypatch.setattr(module, "BATCH_ROWS", N // PARTITIONS)
    rows, path = [], tmp_path / "rows"
    path.touch()
    if request.param == "polars":
        frame = pl.from_pandas(people)
        lazy = frame.lazy().map_batches(
            partial(noted, path=path), schema=frame.schema, streamable=True, projection_pushdown=False
        )
    elif request.param == "duckdb":
        lazy = duckdb.connect().from_arrow(Read(pa.Table.from_pandas(people), rows))
    elif request.param == "dask":
        lazy = dd.from_pandas(people, npartitions=PARTITIONS).map_partitions(noted, path=path, meta=people[:0])
    else:
        spark = request.getfixturevalue("spark")
        frame = spark.createDataFrame(people)
        counting = frame.repartition(2).mapInArrow(partial(noted_batches, path=path), frame.schema)
        lazy = counting.repartition(PARTITIONS)
    return lazy, lambda: sum(rows) + sum(map(int, path.read_text().split()))


RULES = datafix.Schema({"pay": datafix.ColumnRule("number", maximum=1e9)})
PLAIN = ["age", "pay", "town"]
PASSES = {
    "audit": (lambda frame: datafix.audit(frame, target="label"), 1),
    "scaler": (lambda frame: TableScaler(method="quantile").fit(select(frame, ["age", "pay"])), 1),
    "imputer": (lambda frame: TableImputer().fit(frame), 1),
    "rules": (RULES.validate, 1),
    "schema": (datafix.infer_schema, 2),
    "preprocessor": (lambda frame: datafix.TablePreprocessor().fit(select(frame, PLAIN)), 1),
    "preprocessor of spellings": (lambda frame: datafix.TablePreprocessor().fit(select(frame, [*PLAIN, "spelt"])), 2),
    "preprocessor of times": (lambda frame: datafix.TablePreprocessor().fit(select(frame, [*PLAIN, "born"])), 2),
}


@pytest.mark.parametrize("name", PASSES)
def test_rows_are_read_so_often(name, counted, monkeypatch):
    monkeypatch.setattr(table_sketch, "SAMPLE_ROWS", 300)
    lazy, n_read = counted
    work, n_passes = PASSES[name]
    before = n_read()
    work(lazy)
    assert n_read() - before == n_passes * N


def test_rows_are_written_in_a_pass(counted, tmp_path):
    lazy, n_read = counted
    prepared = datafix.prepare(datafix.TablePreprocessor(), split=datafix.split(lazy, "label", assign="hash"))
    before = n_read()
    prepared.save(tmp_path / "made", workers=False)
    assert n_read() - before == N
    prepared.save(tmp_path / "by workers")
    # Workers are told how rows are stored by the first of them.
    assert 2 * N <= n_read() - before <= (3 if isinstance(partitions_of(lazy), RemotePartitions) else 2) * N
