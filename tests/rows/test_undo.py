"""Rows dropped, relabelled and reweighted in one go, and all of it undone exactly."""

import datetime as dt
import pickle

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from sklearn.dummy import DummyClassifier

from datafix import ResampledTrainer, RowPlan, RowStep
from datafix.changes import ChangeLog
from datafix.rows import select_rows

N = 12
NAMES = ["Bern", "Zug", "Basel"]


class Planned(RowStep):
    """Plan what was given."""

    def __init__(self, indices=None, y=None, weight=None):
        self.indices = indices
        self.y = y
        self.weight = weight

    def select(self, X, y=None, *, sample_weight=None, groups=None):
        return RowPlan(self.indices, y=self.y, weight=self.weight, reason="planned")


def mixed():
    many = np.arange(N)
    return pd.DataFrame(
        {
            "int": many,
            "small": many.astype("int8"),
            "float": np.where(many % 3 == 0, np.nan, many / 7),
            "text": [None if i % 4 == 0 else NAMES[i % 3] for i in many],
            "category": pd.Categorical([NAMES[i % 3] for i in many], categories=[*NAMES, "Genf"], ordered=True),
            "time": pd.to_datetime("2024-01-01") + pd.to_timedelta(many * 10**9 + 1, unit="ns"),
            "zone": pd.date_range("2024-01-01", periods=N, tz="Europe/Zurich"),
            "span": pd.to_timedelta(many, unit="h"),
            "flag": many % 2 == 0,
            "maybe": pd.array([None if i % 5 == 0 else bool(i % 2) for i in many], dtype="boolean"),
            "count": pd.array([None if i % 5 == 0 else i for i in many], dtype="Int64"),
            "object flag": pd.Series([None if i % 5 == 0 else bool(i % 2) for i in many], dtype=object),
            "things": pd.Series([(i, "a") if i % 2 else {"k": i} for i in many], dtype=object),
            "string": pd.array(["a", None, "c"] * 4, dtype="string"),
        },
    )


TARGETS = {
    "text": (pd.Series(["no", "yes", "no"] * 4, name="label"), "yes"),
    "category": (pd.Series(pd.Categorical(["no", "yes", "no"] * 4), name="label"), "yes"),
    "whole": (pd.Series(np.arange(N) % 3, name="label"), 7),
    "bool": (pd.Series([True, False, True] * 4, name="label"), False),
    "quantity": (pd.Series(np.linspace(0, 1, N), name="label"), 0.5),
    "missing": (pd.Series([1.0, np.nan, 2.0] * 4, name="label"), 3.0),
    "nullable": (pd.Series(pd.array([1, None, 2] * 4, dtype="Int64"), name="label"), 3),
    "time": (pd.Series(pd.date_range("2024-01-01", periods=N), name="label"), pd.Timestamp("2020-01-01")),
}
INDEXES = {
    "range": pd.RangeIndex(N),
    "labels": pd.Index([f"row {i}" for i in range(N)], name="id"),
    "repeated": pd.Index([5, 5, 3, 3, 1, 1] * 2),
    "times": pd.date_range("2024-01-01", periods=N, freq="D"),
    "levels": pd.MultiIndex.from_product([["a", "b"], range(N // 2)], names=["one", "two"]),
}


def steps_for(label):
    """Drop some, relabel some, weigh some, drop more."""
    first = np.setdiff1d(np.arange(N), [0, 5, 11])
    labels = np.array([None if pd.isna(value) else value for value in TARGETS[label][0]], dtype=object)[first]
    labels[[1, 4]] = TARGETS[label][1]
    weight = np.where(np.arange(len(first)) % 2, 0.5, 1.0)
    return [
        ("one", Planned(first)),
        ("two", Planned(np.arange(len(first)), y=labels)),
        ("three", Planned(np.arange(len(first)), weight=weight)),
        ("four", Planned(np.arange(1, len(first)))),
    ]


def fitted(X, y, label, weight):
    trainer = ResampledTrainer(DummyClassifier(strategy="uniform"), steps_for(label), min_kept=0)
    chosen, _ = trainer._chosen(X, y, sample_weight=weight)
    return trainer, chosen


@pytest.mark.parametrize("label", TARGETS)
@pytest.mark.parametrize("index", INDEXES)
@pytest.mark.parametrize("weighed", [True, False])
@pytest.mark.filterwarnings("ignore::datafix.errors.DatafixWarning")
def test_pandas_comes_back_with_its_dtypes_and_its_index(label, index, weighed):
    X = mixed().set_axis(INDEXES[index], axis=0)
    y = TARGETS[label][0].set_axis(INDEXES[index])
    weight = np.linspace(1, 2, N)
    trainer, chosen = fitted(X, y, label, weight if weighed else None)
    original = X.assign(label=y, sample_weight=weight if weighed else 1.0)

    repaired = chosen.X.assign(label=np.asarray(chosen.y, dtype=object), sample_weight=chosen.sample_weight)
    restored = trainer.changes_.undo(repaired)

    assert set(trainer.changes_.to_frame()["step"]) == {"one", "two", "three", "four"}
    assert len(repaired) == 8
    pd.testing.assert_frame_equal(restored, original, check_index_type="exact", check_freq=True)
    again = pickle.loads(pickle.dumps(trainer.changes_)).undo(repaired.reset_index(drop=True))
    pd.testing.assert_frame_equal(again, original, check_index_type="exact")


def other_engines():
    columns = {
        "int": list(range(N)),
        "float": [None if i % 3 == 0 else i / 7 for i in range(N)],
        "text": [None if i % 4 == 0 else NAMES[i % 3] for i in range(N)],
        "flag": [None if i % 5 == 0 else i % 2 == 0 for i in range(N)],
        "day": [dt.date(2024, 1, 1 + i) for i in range(N)],
    }
    polars = pl.DataFrame(columns).with_columns(
        small=pl.col("int").cast(pl.Int8),
        category=pl.Series([NAMES[i % 3] for i in range(N)], dtype=pl.Categorical),
        choice=pl.Series([NAMES[i % 3] for i in range(N)], dtype=pl.Enum([*NAMES, "Genf"])),
        time=pl.Series([dt.datetime(2024, 1, 1, i) for i in range(N)], dtype=pl.Datetime("ns")),
        zone=pl.Series([dt.datetime(2024, 1, 1, i) for i in range(N)]).dt.replace_time_zone("Europe/Zurich"),
        nan=pl.Series([float("nan"), None, 1.0] * 4),
        many=pl.Series([[i, 1] for i in range(N)]),
    )
    words = pa.array([NAMES[i % 3] for i in range(N)]).dictionary_encode()
    arrow = pa.table(columns).append_column("category", words)
    return {"polars": polars, "pyarrow": arrow}


@pytest.mark.parametrize("engine", ["polars", "pyarrow"])
@pytest.mark.parametrize("label", ["text", "whole", "bool", "quantity", "missing"])
@pytest.mark.filterwarnings("ignore::datafix.errors.DatafixWarning")
def test_other_engines_come_back_with_their_schema(engine, label):
    X = other_engines()[engine]
    values = [None if pd.isna(value) else value for value in TARGETS[label][0].to_list()]
    y = pl.Series("label", values) if engine == "polars" else pa.chunked_array([values])
    trainer, chosen = fitted(X, y, label, np.linspace(1, 2, N))
    name = trainer.changes_.to_frame().query("step == 'two'")["column"].iloc[0]

    if engine == "polars":
        original = X.with_columns(label=y, sample_weight=np.linspace(1, 2, N))
        repaired = chosen.X.with_columns(
            label=pl.Series([*chosen.y], dtype=y.dtype), sample_weight=pl.Series(chosen.sample_weight)
        )
        assert trainer.changes_.undo(repaired).equals(original)
        assert trainer.changes_.undo(repaired).schema == original.schema
    else:
        original = X.append_column(name, y).append_column("sample_weight", pa.array(np.linspace(1, 2, N)))
        labels = pa.array([None if pd.isna(value) else value for value in chosen.y], type=y.type)
        repaired = chosen.X.append_column(name, labels).append_column("sample_weight", pa.array(chosen.sample_weight))
        restored = trainer.changes_.undo(repaired)
        assert restored.schema.equals(original.schema)
        assert restored.to_pylist() == original.to_pylist()


@pytest.mark.parametrize(
    "make", [np.asarray, csr_array, lambda X: X.reshape(N, 2, 2, 1)], ids=["array", "csr", "images"]
)
@pytest.mark.filterwarnings("ignore::datafix.errors.DatafixWarning")
def test_arrays_sparse_rows_and_images_come_back(make):
    X = make(np.arange(4.0 * N).reshape(N, 4) % 5)
    log = ChangeLog(N)
    steps = [("one", Planned(np.arange(3, N))), ("two", Planned(np.arange(1, 8)))]

    kept = select_rows(steps, X, np.arange(N) % 2, changes=log, min_kept=0)
    restored = log.undo(kept.X)

    assert type(restored) is type(X)
    same = (restored != X).nnz == 0 if isinstance(X, csr_array) else np.array_equal(restored, X)
    assert same


@settings(max_examples=60, deadline=None)
@given(st.data())
@pytest.mark.filterwarnings("ignore::datafix.errors.DatafixWarning")
def test_any_row_of_steps_is_undone(data):
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    X, y = mixed(), pd.Series(rng.integers(0, 3, N), name="label")
    steps, left = [], N
    for number in range(data.draw(st.integers(1, 5))):
        kind = data.draw(st.sampled_from(["drop", "relabel", "weigh"]))
        if kind == "drop":
            kept = np.sort(rng.choice(left, rng.integers(1, left + 1), replace=False))
            steps.append((f"{kind}{number}", Planned(kept)))
            left = len(kept)
        elif kind == "relabel":
            steps.append((f"{kind}{number}", Planned(np.arange(left), y=rng.integers(0, 3, left))))
        else:
            steps.append((f"{kind}{number}", Planned(np.arange(left), weight=rng.random(left))))
    trainer = ResampledTrainer(DummyClassifier(), steps, min_kept=0)

    chosen, _ = trainer._chosen(X, y)

    weight = np.ones(left) if chosen.sample_weight is None else chosen.sample_weight
    restored = trainer.changes_.undo(chosen.X.assign(label=chosen.y, sample_weight=weight))
    pd.testing.assert_frame_equal(restored, X.assign(label=y, sample_weight=1.0))


@pytest.mark.filterwarnings("ignore::datafix.errors.DatafixWarning")
def test_a_row_that_was_repeated_is_dropped_once_and_only_with_its_last_copy():
    X, y = pd.DataFrame({"a": np.arange(4.0)}), pd.Series(list("abab"), name="label")
    steps = [Planned(np.array([0, 0, 1, 1, 2, 3])), Planned(np.array([1, 4]))]
    trainer = ResampledTrainer(DummyClassifier(), steps, min_kept=0).fit(X, y)
    assert trainer.sample_indices_.tolist() == [0, 2]
    assert trainer.changes_.to_frame()["row"].tolist() == [1, 3]
    restored = trainer.changes_.undo(X.iloc[[0, 2]].assign(label=y))
    pd.testing.assert_frame_equal(restored, X.assign(label=y))


@pytest.mark.filterwarnings("ignore::datafix.errors.DatafixWarning")
def test_columns_that_bear_the_targets_name_are_left_alone():
    X = pd.DataFrame({"target": np.arange(4.0), "sample_weight": list("wxyz"), "a": 1})
    steps = [Planned(np.arange(4), y=np.array([1, 1, 1, 1]), weight=np.full(4, 0.5)), Planned(np.array([1, 2]))]
    trainer = ResampledTrainer(DummyClassifier(), steps).fit(X, np.array([0, 1, 0, 1]))
    pd.testing.assert_frame_equal(trainer.changes_.undo(X.iloc[[1, 2]]), X)
    assert set(trainer.changes_.to_frame()["column"].dropna()) == {"target (row)", "sample_weight (row)"}


@pytest.mark.filterwarnings("ignore::datafix.errors.DatafixWarning")
def test_each_output_of_a_target_is_on_record():
    X, y = pd.DataFrame({"a": np.arange(4.0)}), pd.DataFrame({"u": [0, 1, 0, 1], "v": list("abab")})
    after = pd.DataFrame({"u": [1, 1, 0, 1], "v": list("bbab")})
    steps = [Planned(np.arange(4), y=after), Planned(np.array([0, 1, 2]))]
    trainer = ResampledTrainer(DummyClassifier(), steps)
    chosen, _ = trainer._chosen(X, y)
    repaired = pd.concat([chosen.X, chosen.y], axis=1)
    pd.testing.assert_frame_equal(trainer.changes_.undo(repaired), pd.concat([X, y], axis=1))
    assert trainer.changes_.to_frame()["column"].tolist() == ["u", "v", None]


def test_columns_of_any_name_come_back_as_named():
    X = pd.DataFrame({0: np.arange(4.0), 1: list("abcd")})
    trainer = ResampledTrainer(DummyClassifier(), [Planned(np.array([0, 1, 3]))]).fit(X, np.arange(4) % 2)
    pd.testing.assert_frame_equal(trainer.changes_.undo(X.iloc[[0, 1, 3]]), X)
