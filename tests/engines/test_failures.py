"""What goes wrong in one partition is told with its name, and leaves nothing half-done."""

import os
import re
from types import SimpleNamespace

import dask
import dask.dataframe as dd
import duckdb
import joblib
import joblibspark
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from dask.delayed import delayed
from distributed.scheduler import KilledWorker
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import datafix
from datafix.engines import dask_partitions, partitions_of, select
from datafix.engines.spark_partitions import _cause
from datafix.errors import DatafixError, ParameterError, TableError
from datafix.impute import BoostedImputer, TableImputer
from datafix.near_duplicates import near_copies, near_duplicates
from datafix.scale import TableScaler
from datafix.sketches import sketch, table_sketch


@pytest.fixture
def numbers():
    return pd.DataFrame({"a": np.arange(400.0), "b": np.arange(400.0) % 7})


def test_an_infinite_number_is_counted_over_all_partitions(numbers, lazily):
    numbers.loc[[10, 399], "a"] = np.inf
    with pytest.raises(TableError, match=r"infinity in 1 column\(s\): 'a' \(2\)"):
        TableScaler().fit(lazily(numbers))


def test_a_number_whose_square_overflows_is_told_and_not_raised(numbers, lazily):
    numbers.loc[399, "a"] = 1e200
    assert datafix.infer_schema(lazily(numbers)).columns["a"].kind == "number"
    with pytest.raises(TableError, match=r"too large ones in 1 column\(s\): 'a' \(0 to 1e\+200\)"):
        TableScaler().fit(lazily(numbers))


def test_a_partition_without_rows_is_no_partition(numbers):
    parts = (numbers[:0], numbers[:150], numbers[150:150], numbers[150:])
    frame = dd.concat([dd.from_pandas(part, npartitions=1) for part in parts])
    assert frame.npartitions == 4
    scaled = TableScaler().fit(frame)
    np.testing.assert_allclose(scaled.scaler_.mean_, TableScaler().fit(numbers).scaler_.mean_)
    assert scaled.transform(frame).compute().shape == (400, 2)


def test_whole_numbers_that_lost_digits_to_gaps_are_refused(tmp_path):
    ids = [2**60 + number % 50 for number in range(400)]
    table = pl.DataFrame({"id": [None, *ids[1:]], "a": np.arange(400.0), "y": ["no", "yes"] * 200})
    table.write_parquet(tmp_path / "table.parquet", row_group_size=100)
    frame = dd.read_parquet(tmp_path / "table.parquet", split_row_groups=True, blocksize=None)
    assert frame.dtypes["id"] == np.int64
    parts = datafix.split(frame, "y", assign="hash", groups="id", duplicates="ignore")
    with pytest.raises(TableError, match=r"'id' as whole numbers.* beyond 2\*\*53 lose digits.*numpy_nullable"):
        parts.train.compute()
    with pytest.raises(TableError, match=r"Partition 0 of the Dask frame.*'id' as whole numbers"):
        datafix.infer_schema(frame)
    whole = dd.read_parquet(
        tmp_path / "table.parquet", split_row_groups=True, blocksize=None, dtype_backend="numpy_nullable"
    )
    parts = datafix.split(whole, "y", assign="hash", groups="id", duplicates="ignore")
    train, test = (set(part.compute()["id"].dropna()) for part in (parts.train, parts.test))
    assert train
    assert test
    assert not train & test


def test_whole_numbers_beside_floats_of_another_partition_are_refused():
    frames = [pd.DataFrame({"id": [2.0**60, np.nan]}), pd.DataFrame({"id": [2**60 + 1, 5]})]
    frame = dd.from_delayed([delayed(part) for part in frames], meta=frames[0][:0], verify_meta=False)
    with pytest.raises(TableError, match=r"Partition 1 of the Dask frame.*'id' as floats, and this partition as int64"):
        sketch(frame)
    small = [pd.DataFrame({"id": [2.0, np.nan]}), pd.DataFrame({"id": [3, 5]})]
    frame = dd.from_delayed([delayed(part) for part in small], meta=small[0][:0], verify_meta=False)
    assert sketch(frame).columns["id"].n_values == 3


def test_columns_of_one_name_are_refused_by_their_name():
    twice = duckdb.connect().sql("select range a, range + 1 as a, 'x' y from range(100)")
    for work in (lambda: datafix.audit(twice, target="y"), lambda: datafix.split(twice, "y", assign="hash")):
        with pytest.raises(TableError, match=r"\['a'\] more than once in the DuckDB relation"):
            work()
    table = pa.table([[1], [2]], names=["a", "a"])
    with pytest.raises(TableError, match=r"column names that occur once.*'a' 2 times"):
        datafix.audit(table)


def test_an_error_of_duckdb_comes_without_the_traceback_of_what_it_reads(numbers, tmp_path):
    path = tmp_path / "numbers.parquet"
    numbers.assign(y="x").to_parquet(path)
    parts = datafix.split(duckdb.read_parquet(str(path)), "y", assign="hash")
    whole = bytearray(path.read_bytes())
    whole[100:400] = bytes(300)
    path.write_bytes(whole)
    with pytest.raises(TableError, match="cannot be read: ") as told:
        TableScaler().fit(select(parts.train, ["a"]))
    assert "Traceback" not in str(told.value)


def test_a_module_that_sparks_workers_lack_is_named():
    told = "An exception was thrown from the Python worker:\nTraceback:\n  import x\nModuleNotFoundError: No module 'x'"
    assert re.match(
        r"ModuleNotFoundError: No module 'x'. Spark's workers need .*PYSPARK_PYTHON", _cause(Exception(told))
    )


def test_official_parts_are_rows_in_memory(numbers, lazily):
    with pytest.raises(ParameterError, match=r"Split.from_parts needs rows in memory, got a lazy frame"):
        datafix.Split.from_parts(lazily(numbers), lazily(numbers))


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


EMPTYING = {
    "polars": lambda frame: frame.filter(pl.col("a") >= 2500),
    "duckdb": lambda frame: frame.filter("a >= 2500"),
    "dask": lambda frame: frame[frame["a"] >= 2500],
    "spark": lambda frame: frame.filter("a >= 2500"),
}


def test_partitions_that_a_filter_empties_are_none(lazily, request, tmp_path):
    numbers = pd.DataFrame({"a": np.arange(4000.0), "b": np.arange(4000.0) % 7, "y": np.arange(4000) % 3})
    frame = EMPTYING[request.node.callspec.params["lazily"]](lazily(numbers))
    kept = numbers[2500:].reset_index(drop=True)
    assert TableScaler().fit(frame).scaler_.mean_.tolist() == TableScaler().fit(kept).scaler_.mean_.tolist()
    prepared = datafix.prepare(TableScaler(), split=datafix.split(frame, "y", assign="hash"))
    loaded = datafix.load(prepared.save(tmp_path / "made"))
    assert sorted(np.concatenate([part.index for part in loaded.parts.values()]).tolist()) == list(range(1500))


READERS = {
    "polars": lambda folder: pl.scan_parquet(folder / "*.parquet"),
    "DuckDB": lambda folder: duckdb.read_parquet(str(folder / "*.parquet")),
    "Dask": lambda folder: dd.from_map(pd.read_parquet, sorted(folder.iterdir()), meta=pd.DataFrame({"a": [1.0]})[:0]),
}


@pytest.mark.parametrize("engine", [*READERS, "Spark"])
def test_a_partition_of_a_broken_file_is_named(engine, numbers, tmp_path, request):
    readers = READERS
    if engine == "Spark":
        readers = {"Spark": lambda folder: request.getfixturevalue("spark").read.parquet(str(folder))}
    for number in range(3):
        numbers[["a"]].to_parquet(tmp_path / f"{number}.parquet")
    frame = readers[engine](tmp_path)
    whole = (tmp_path / "2.parquet").read_bytes()
    (tmp_path / "2.parquet").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(TableError, match=rf"Partition \d of the {engine} frame.* cannot be read: "):
        sketch(frame)


@pytest.mark.parametrize("engine", [*READERS, "Spark"])
def test_a_file_that_breaks_after_it_was_looked_at_loses_no_rows_in_silence(engine, numbers, tmp_path, request):
    readers = READERS | {"Dask": dd.read_parquet}
    if engine == "Spark":
        readers = {"Spark": lambda folder: request.getfixturevalue("spark").read.parquet(str(folder))}
    source = tmp_path / "source"
    source.mkdir()
    rows = numbers[["a"]].assign(y=np.arange(len(numbers)) % 2)
    for number in range(3):
        rows.assign(a=rows["a"] + number).to_parquet(source / f"{number}.parquet", row_group_size=50)
    frame = readers[engine](source)
    prepared = datafix.prepare(TableScaler(), split=datafix.split(frame, "y", assign="hash", duplicates="ignore"))
    whole = (source / "2.parquet").read_bytes()
    (source / "2.parquet").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(TableError, match=rf"artition.* of the {engine} frame.* cannot be read: "):
        prepared.save(tmp_path / "made")
    (source / "2.parquet").unlink()
    with pytest.raises(TableError, match=r"cannot be read: |training rows, and gave \d+ to prepare"):
        prepared.save(tmp_path / "made")
    assert not (tmp_path / "made").exists()


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


def signed_by(folder):
    return {path.name for path in folder.iterdir()}


class SigningImputer(BoostedImputer):
    """Leaves the number of the process that learns a column."""

    def __init__(self, folder=None, *, max_iter=60, random_state=None):
        super().__init__(max_iter=max_iter, random_state=random_state)
        self.folder = folder

    def _learn(self, *given):
        (self.folder / str(os.getpid())).touch()
        return super()._learn(*given)


def test_label_models_are_fitted_on_the_workers(cluster, tmp_path):
    X = np.random.default_rng(0).normal(size=(300, 3))
    y = (X[:, 0] > 0).astype(int)
    here = datafix.MislabelDetector(LogisticRegression(), random_state=0).fit(X, y)
    with joblib.parallel_config("dask"):
        there = datafix.MislabelDetector(Signing(tmp_path), random_state=0).fit(X, y)
    np.testing.assert_array_equal(there.label_quality_, here.label_quality_)
    assert str(os.getpid()) not in signed_by(tmp_path) != set()


def test_folds_of_a_cross_validation_are_made_on_the_workers(numbers, cluster, tmp_path):
    y = (numbers["b"] > 3).astype(int)
    pipeline = make_pipeline(datafix.TablePreprocessor(), Signing(tmp_path))
    with joblib.parallel_config("dask"):
        there = cross_val_score(pipeline, numbers, y, error_score="raise")
    assert there.tolist() == cross_val_score(pipeline, numbers, y, error_score="raise", n_jobs=1).tolist()
    assert len(signed_by(tmp_path) - {str(os.getpid())}) > 0


def test_columns_are_imputed_on_the_workers(cluster, tmp_path):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(300, 4)), columns=list("abcd")).mask(rng.random((300, 4)) < 0.1)
    here = BoostedImputer(max_iter=5, random_state=0).fit_transform(frame)
    with joblib.parallel_config("dask"):
        imputer = SigningImputer(tmp_path, max_iter=5, random_state=0).fit(frame)
    pd.testing.assert_frame_equal(imputer.transform(frame), here)
    assert str(os.getpid()) not in signed_by(tmp_path) != set()


@pytest.mark.filterwarnings(
    # joblibspark 0.6 warns of what local mode lacks, of its own calls of joblib, and as PySpark does.
    "ignore:Spark local mode doesn't support stage-level scheduling",
    "ignore:`apply_async` is deprecated",
    "ignore:Spark session is not provided",
    "ignore:PySpark does not yet fully support pandas",
)
def test_models_are_fitted_on_the_workers_of_spark(spark, tmp_path):
    joblibspark.register_spark()
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 3))
    y = (X[:, 0] > 0).astype(int)
    frame = pd.DataFrame(X, columns=list("abc")).mask(rng.random(X.shape) < 0.1)
    labels, fills = tmp_path / "labels", tmp_path / "fills"
    labels.mkdir()
    fills.mkdir()
    with joblib.parallel_config("spark", n_jobs=2):
        there = datafix.MislabelDetector(Signing(labels), random_state=0).fit(X, y)
        imputer = SigningImputer(fills, max_iter=5, random_state=0).fit(frame)
        scores = cross_val_score(LogisticRegression(), X, y, error_score="raise")
    here = datafix.MislabelDetector(LogisticRegression(), random_state=0).fit(X, y)
    np.testing.assert_array_equal(there.label_quality_, here.label_quality_)
    pd.testing.assert_frame_equal(
        imputer.transform(frame), BoostedImputer(max_iter=5, random_state=0).fit_transform(frame)
    )
    assert scores.tolist() == cross_val_score(LogisticRegression(), X, y, error_score="raise").tolist()
    for folder in (labels, fills):
        assert str(os.getpid()) not in signed_by(folder) != set()


def test_a_worker_that_is_killed_is_replaced(numbers, cluster, killing):
    deadly, killed = killing
    fills = TableImputer().fit(deadly(numbers, 4)).fill_values_
    assert killed.exists()
    assert fills == TableImputer().fit(numbers).fill_values_


@pytest.mark.parametrize("dies", ["in a look", "in a read", "elsewhere"])
def test_a_partition_that_killed_every_worker_is_named_and_not_read_again(dies, numbers, tmp_path, monkeypatch):
    """What Dask raises is made here: a LocalCluster whose workers die thus may wait for new ones for ever."""
    frame = dd.from_pandas(numbers, npartitions=4).map_partitions(_noted, path=tmp_path / "read", meta=numbers[:0])
    keys = {"in a read": frame.to_delayed()[2].key, "elsewhere": ("read-parquet", 9)}
    worker = SimpleNamespace(address="tcp://127.0.0.1:1")

    def raised(*found):
        raise KilledWorker(keys.get(dies, found[2].key), worker, 3)

    monkeypatch.setattr(dask_partitions, "compute", raised)
    which = "A partition" if dies == "elsewhere" else "Partition 2"
    with pytest.raises(TableError, match=f"{which} of the Dask frame cannot be read: Attempted to run task"):
        list(partitions_of(frame).gather(_length))
    assert not (tmp_path / "read").exists()


def _noted(part, path):
    path.touch()
    return part


def _length(part, number):
    return len(part)


def test_what_needs_rows_in_memory_refuses_a_lazy_frame(numbers, lazily):
    y = np.arange(len(numbers)) % 2
    schema = datafix.infer_schema(numbers)
    for fails in (
        lambda: near_duplicates(lazily(numbers)),
        lambda: schema.mask(lazily(numbers)),
        lambda: datafix.Split(np.arange(300), test=np.arange(300, 400)).guard(lazily(numbers)),
        lambda: datafix.DropDuplicates().fit_resample(lazily(numbers), y),
        lambda: datafix.MislabelDetector().fit(lazily(numbers), y),
        lambda: datafix.find_label_issues(lazily(numbers), np.full((len(numbers), 2), 0.5)),
        lambda: datafix.check_transform_purity(TableScaler().fit(numbers), lazily(numbers)),
    ):
        with pytest.raises(ParameterError, match="needs rows in memory, got a lazy frame"):
            fails()
    for fails in (lambda: near_duplicates(lazily(numbers)), lambda: near_copies(numbers, lazily(numbers))):
        with pytest.raises(ParameterError, match=r"near_(duplicates|copies) needs rows in memory"):
            fails()


def test_steps_of_scikit_learn_are_refused_by_name(numbers, lazily):
    parts = datafix.split(lazily(numbers), assign="hash")
    with pytest.raises(ParameterError, match="StandardScaler of scikit-learn needs rows in memory"):
        datafix.prepare(make_pipeline(TableImputer(), make_pipeline(StandardScaler())), split=parts)


# FunctionTransformer asks any frame for its columns.
@pytest.mark.filterwarnings("ignore:Determining the column names of a LazyFrame")
def test_a_function_of_frames_may_come_before_what_learns(numbers, tmp_path):
    parts = datafix.split(pl.from_pandas(numbers).lazy(), assign="hash")
    doubled = FunctionTransformer(lambda frame: frame.with_columns(pl.col("a") * 2))
    prepared = datafix.prepare(make_pipeline(doubled, TableScaler()), split=parts)
    expected = 2 * numbers["a"][parts.train.collect()["a"].to_numpy().astype(int)]
    assert prepared.pipeline[-1].scaler_.mean_[0] == pytest.approx(expected.mean())


def test_what_was_prepared_lazily_proves_nothing(numbers, lazily):
    prepared = datafix.prepare(None, split=datafix.split(lazily(numbers), assign="hash"))
    with pytest.raises(ParameterError, match="record=True of rows in memory, got LazyPrepared"):
        datafix.audit(numbers, prepared=prepared)


@pytest.mark.parametrize("pipeline", [None, TableScaler()], ids=["as they are", "scaled"])
@pytest.mark.parametrize("workers", [True, False])
def test_a_target_that_is_whole_in_one_partition_is_what_the_frame_says(workers, pipeline, tmp_path):
    half = pd.DataFrame({"a": np.arange(100.0), "y": np.arange(100) + 0.5})
    whole = pd.DataFrame({"a": np.arange(100.0, 200.0), "y": np.arange(100)})
    frame = dd.from_delayed([delayed(half), delayed(whole)], meta=half[:0], verify_meta=False)
    parts = datafix.split(frame, "y", assign="hash", validation_size=0)
    loaded = datafix.load(datafix.prepare(pipeline, split=parts).save(tmp_path / "made", workers=workers))
    y = np.concatenate([half["y"], whole["y"]])
    assert loaded.train.target.tolist() == y[loaded.train.index].tolist()
    frame = dd.from_delayed([delayed(whole), delayed(half)], meta=whole[:0], verify_meta=False)
    prepared = datafix.prepare(pipeline, split=datafix.split(frame, "y", assign="hash", validation_size=0))
    with pytest.raises(TableError, match="Partition 1 of the Dask frame.*'y' is Float64 here and Int64 in the frame"):
        prepared.save(tmp_path / "other", workers=workers)


def test_rows_that_are_still_to_be_written_are_not_fed(lazily, numbers):
    frame = lazily(numbers.assign(y=np.arange(len(numbers)) % 2))
    prepared = datafix.prepare(None, split=datafix.split(frame, "y", assign="hash"))
    with pytest.raises(ParameterError, match=r"got a LazyPrepared.*load\(prepared.save"):
        datafix.to_tf_data(prepared)


def test_a_row_without_a_label_is_named_where_it_is_held_out(lazily, numbers, tmp_path):
    frame = numbers.assign(y=(np.arange(len(numbers)) % 2).astype(float))
    how = {"assign": "hash", "validation_size": 0}
    row = int(datafix.split(numbers, **how).test[0])
    frame.loc[row, "y"] = np.nan
    prepared = datafix.prepare(None, split=datafix.split(lazily(frame), "y", **how))
    with pytest.raises(TableError, match=r"'y' is missing on 1 of the test rows, the first at row \d+ "):
        prepared.save(tmp_path / "made")


def test_spark_tells_what_cannot_be_read_and_finds_its_own_times(spark):
    frame = spark.sql("select timestamp'2020-01-01' + make_interval(0, 0, 0, id) t, id, id % 2 y from range(100)")
    assert datafix.infer_schema(frame).columns["t"].kind == "time"
    with pytest.raises(TableError, match="has no rows"):
        datafix.audit(frame.filter("id > 1000"), target="y")
    broken = frame.selectExpr("cast(cast(id as string) || 'x' as int) z")
    with pytest.raises(TableError, match=r"Partition \d of the Spark frame.* cannot be read: .*CAST_INVALID_INPUT"):
        sketch(broken)


def test_frames_of_the_tests_have_several_partitions(lazily):
    numbers = np.random.default_rng(0).normal(size=(3000, 5))
    frame = lazily(pd.DataFrame(numbers, columns=list("abcde")))
    parts = list(partitions_of(frame).each(lambda part, number: (number, len(part))))
    assert [number for number, _ in parts] == list(range(len(parts)))
    assert len(parts) > 1
    assert sum(n_rows for _, n_rows in parts) == 3000


def test_groups_stay_together_where_partitions_store_them_otherwise():
    """The same ids are whole numbers in one partition, and objects beside a text in another."""
    kinds = [list(range(200)), [*range(199), "n/a"]]
    frames = [pd.DataFrame({"g": pd.Series(values, dtype=object), "a": np.arange(200.0)}) for values in kinds]
    with dask.config.set({"dataframe.convert-string": False}):
        frame = dd.from_delayed([delayed(part) for part in frames], meta=frames[0][:0])
        parts = datafix.split(frame, assign="hash", groups="g", duplicates="ignore").parts.values()
        groups = [set(part.compute()["g"]) for part in parts]
    assert all(groups)
    assert not (groups[0] & groups[1] or groups[0] & groups[2] or groups[1] & groups[2])


def test_what_many_partitions_of_spark_tell_is_merged_in_their_order(spark, monkeypatch):
    monkeypatch.setattr(table_sketch, "SAMPLE_ROWS", 300)
    frame = spark.range(0, 2000, 1, 20)
    seen = sketch(frame)
    assert seen.n_rows == 2000
    assert seen.sample["id"].to_list() == seen.positions.tolist()
    assert list(partitions_of(frame).gather(lambda part, number: (number, len(part)))) == [
        (at, 100) for at in range(20)
    ]
