import numpy as np
import pandas as pd
import polars as pl
import pytest

from datafix import LeakageError, ParameterError, Split, TableError

RNG = np.random.default_rng(0)
TRAIN = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": ["x", "y", "z"], "t": ["n", "y", "n"]})
TEST = pd.DataFrame({"b": ["z", "w"], "a": [3.0, 4.0], "t": ["n.", "y"]})


@pytest.mark.parametrize("make", [lambda frame: frame, pl.from_pandas], ids=["pandas", "polars"])
def test_rows_that_cross_an_official_split_are_refused_dropped_or_let_be(make):
    parts = {"train": make(TRAIN), "test": make(TEST), "target": "t"}
    with pytest.raises(LeakageError, match="1 row.*'train'.*position 2"):
        Split.from_parts(**parts)
    dropped = Split.from_parts(**parts, on_overlap="drop_train")
    assert (dropped.train.tolist(), dropped.test.tolist(), dropped.dropped.tolist()) == ([0, 1], [3, 4], [2])
    assert Split.from_parts(**parts, on_overlap="ignore").train.tolist() == [0, 1, 2]


def test_official_arrays_come_as_pairs():
    images = RNG.integers(0, 255, (10, 4, 4, 1), dtype="uint8")
    split = Split.from_parts((images[:8], np.arange(8)), (images[8:], np.arange(2)))
    assert split.X.shape == (10, 4, 4, 1)
    assert len(split.y) == 10


def test_parts_of_other_columns_are_refused():
    with pytest.raises(TableError, match="\\['extra'\\]"):
        Split.from_parts(TRAIN.assign(extra=1), TEST, target="t")
    with pytest.raises(TableError, match="target='q' is no column of the train part"):
        Split.from_parts(TRAIN, TEST, target="q")


def test_parts_of_other_kinds_or_engines_are_refused():
    with pytest.raises(TableError, match="'a' holds number values in 'train' and text values in 'test'"):
        Split.from_parts(TRAIN, TEST.assign(a="x"), target="t")
    with pytest.raises(TableError, match="one engine"):
        Split.from_parts(pl.from_pandas(TRAIN), TEST, target="t")


GROUPED = pd.DataFrame({"a": np.arange(10.0), "person": [0, 0, 1, 1, 2, 2, 2, 3, None, None]})


def test_a_group_in_two_parts_crosses_and_a_missing_one_does_not():
    train, test = GROUPED.iloc[[0, 1, 2, 3, 4, 8]], GROUPED.iloc[[5, 6, 7, 9]]

    with pytest.raises(LeakageError, match="1 row.*'train' have the group of a held-out row, the first at position 4"):
        Split.from_parts(train, test, groups="person")
    split = Split.from_parts(train, test, groups="person", on_overlap="drop_train")

    assert (split.train.tolist(), split.left_out.tolist(), split.dropped.tolist()) == ([0, 1, 2, 3, 5], [4], [])
    assert Split.from_parts(train, test, groups="person", on_overlap="ignore").train.tolist() == list(range(6))


def test_validation_rows_give_way_to_test_rows():
    ids = {"train": [1, 2, 3, 4], "validation": [4, 5], "test": [5, 6]}
    parts = {name: np.arange(len(of)).reshape(-1, 1) + 10.0 * i for i, (name, of) in enumerate(ids.items())}
    split = Split.from_parts(
        parts["train"], parts["test"], validation=parts["validation"], ids=ids, on_overlap="drop_train"
    )
    assert (split.train.tolist(), split.validation.tolist()) == ([0, 1, 2], [4])
    assert split.left_out.tolist() == [3, 5]


def test_ids_do_not_hide_copies():
    train = pd.DataFrame({"a": [1.0, 2.0], "id": [1, 2]})
    with pytest.raises(LeakageError, match="the features of.*position 1"):
        Split.from_parts(train, pd.DataFrame({"a": [2.0], "id": [3]}), ids="id")


def test_near_copies_cross_when_asked():
    train = RNG.normal(size=(100, 10))
    test = RNG.normal(size=(20, 10))
    test[5] = train[3] + 1e-5
    assert len(Split.from_parts(train, test).train) == 100
    with pytest.raises(LeakageError, match="nearly the features of a held-out row, the first at position 3"):
        Split.from_parts(train, test, near=True)


@pytest.mark.parametrize(
    ("ids", "told"),
    [
        ([1, 2], "name of a column, or as a dict.*got list"),
        ({"train": [1, 2, 3]}, "\\['test'\\] stand"),
        ({"train": [1], "test": [2, 3]}, "3 rows, got 1"),
        ({"train": "a", "test": "b"}, "dict with the values"),
        ("nope", "no column ids='nope'"),
    ],
)
def test_ids_that_cannot_be_meant_are_refused(ids, told):
    with pytest.raises((ParameterError, TableError), match=told):
        Split.from_parts(TRAIN, TEST, target="t", ids=ids, on_overlap="ignore")


def test_a_split_whose_training_rows_all_cross_is_refused():
    with pytest.raises(TableError, match="every training row has the group of a held-out row"):
        Split.from_parts(GROUPED[4:6], GROUPED[6:7], groups="person", on_overlap="drop_train")
