import numpy as np
import pandas as pd
import polars as pl
import pytest

import datafix
from datafix import LeakageError, ParameterError, Split, TableError

RNG = np.random.default_rng(0)
X = RNG.normal(size=(1000, 3))


def test_parts_are_disjoint_whole_and_of_the_size_asked():
    split = datafix.split(X, test_size=0.2, validation_size=100, random_state=0)
    parts = np.concatenate([split.train, split.validation, split.test])
    assert np.array_equal(np.sort(parts), np.arange(1000))
    assert (len(split.test), len(split.validation)) == (200, 100)


def test_the_same_seed_gives_the_same_split():
    one, two, other = (datafix.split(X, random_state=seed).test for seed in (1, 1, 2))
    assert np.array_equal(one, two)
    assert not np.array_equal(one, other)


def test_stratified_parts_keep_the_shares_of_classes():
    y = np.repeat(["a", "b", "c"], [700, 280, 20])
    split = datafix.split(X, y, stratify=True, random_state=0)
    for rows in split.parts.values():
        shares = pd.Series(y[rows]).value_counts(normalize=True)
        np.testing.assert_allclose(shares[["a", "b", "c"]], [0.7, 0.28, 0.02], atol=0.006)


def test_many_small_classes_do_not_round_to_nothing():
    split = datafix.split(X, np.repeat(np.arange(500), 2), stratify=True, random_state=0)
    assert (len(split.test), len(split.validation)) == (200, 200)


def test_groups_and_copies_stay_in_one_part():
    groups = RNG.integers(0, 100, 1000)
    split = datafix.split(X, groups=groups, random_state=0)
    assert not set(groups[split.train]) & set(groups[split.test])

    copies = np.vstack([X[:500], X[:500]])
    split = datafix.split(copies, random_state=0)
    assert not {tuple(row) for row in copies[split.train]} & {tuple(row) for row in copies[split.test]}


def test_near_copies_stay_in_one_part_when_asked():
    copies = np.vstack([X[:500], X[:500] + RNG.uniform(-5e-5, 5e-5, (500, 3))])
    split = datafix.split(copies, duplicates="near", random_state=0)
    assert np.array_equal(np.sort(split.test % 500)[::2], np.sort(split.test % 500)[1::2])


def test_groups_tied_by_copies_stay_together():
    tied = np.vstack([X[:10], X[:10]])
    groups = np.repeat([0, 1], 10)
    with pytest.raises(ParameterError, match="20 rows in 1 unit"):
        datafix.split(tied, groups=groups, random_state=0)


def test_time_trains_on_the_past_and_never_parts_a_moment():
    times = np.repeat(np.arange(100), 10)
    order = RNG.permutation(1000)
    split = datafix.split(X, time=times[order], duplicates="ignore")
    at = {name: times[order][rows] for name, rows in split.parts.items()}
    assert at["train"].max() < at["validation"].min()
    assert at["validation"].max() < at["test"].min()
    assert len(split.test) == 200


def test_columns_are_named_in_frames():
    frame = pd.DataFrame(X, columns=list("abc")).assign(g=np.repeat(np.arange(100), 10))
    split = datafix.split(frame, groups="g", random_state=0)
    assert not set(frame["g"].iloc[split.train]) & set(frame["g"].iloc[split.test])


def test_a_part_of_size_zero_does_not_exist():
    split = datafix.split(X, validation_size=0, random_state=0)
    assert split.validation is None
    assert list(split.parts) == ["train", "test"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"test_size": 1.5}, "share in"),
        ({"test_size": 0.6, "validation_size": 0.5}, "no row left"),
        ({"time": np.arange(1000), "stratify": np.arange(1000)}, "stratify or time"),
        ({"duplicates": "some"}, "'some'"),
        ({"stratify": True}, "needs y"),
        ({"groups": [1, 2]}, "1000 rows, got 2"),
        ({"groups": "nope"}, "no column groups='nope'"),
        ({"time": ["monday"] * 1000}, "times or numbers"),
        ({"time": [np.nan] + [1.0] * 999}, "1 row\\(s\\) without a time, the first at position 0"),
    ],
)
def test_arguments_that_cannot_be_meant_are_refused(arguments, told):
    with pytest.raises((ParameterError, TableError), match=told):
        datafix.split(X, **arguments)


def test_an_empty_table_is_refused():
    with pytest.raises(TableError, match="at least one row"):
        datafix.split(X[:0])


def test_parts_of_other_kinds_or_engines_are_refused():
    with pytest.raises(TableError, match="'a' holds number values in 'train' and text values in 'test'"):
        Split.from_parts(TRAIN, TEST.assign(a="x"), target="t")
    with pytest.raises(TableError, match="one engine"):
        Split.from_parts(pl.from_pandas(TRAIN), TEST, target="t")


def test_a_row_has_one_role():
    with pytest.raises(LeakageError, match="1 row.*'train' and 'test', the first at position 3"):
        Split(train=[1, 2, 3], test=[3, 4])


@pytest.mark.parametrize(
    ("rows", "told"),
    [([0.5], "integer"), ([-1], "from 0 on"), ([1, 1], "once"), ([True, False], "mask"), ([], "at least one")],
)
def test_positions_must_be_positions(rows, told):
    with pytest.raises(ParameterError, match=told):
        Split(train=rows)


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
