import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import sparse

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


def test_groups_of_several_classes_keep_the_shares_too():
    share = RNG.beta(0.5, 3, 300)
    groups = RNG.integers(0, 300, 10_000)
    y = RNG.random(10_000) < share[groups]

    split = datafix.split(np.arange(10_000.0).reshape(-1, 1), y, stratify=True, groups=groups, random_state=0)

    for rows, size in zip(split.parts.values(), (0.6, 0.2, 0.2), strict=True):
        assert abs(y[rows].mean() - y.mean()) < 0.01
        assert abs(len(rows) / 10_000 - size) < 0.01
        assert not set(groups[rows]) & set(np.delete(groups, rows))


def test_large_groups_are_placed_while_there_is_room_for_them():
    groups = np.concatenate([np.repeat(np.arange(500), 4), 500 + np.repeat(np.arange(10), 200)])
    for seed in range(5):
        split = datafix.split(
            np.arange(4000.0).reshape(-1, 1), np.arange(4000) % 2, stratify=True, groups=groups, random_state=seed
        )
        assert (len(split.train), len(split.validation), len(split.test)) == (2400, 800, 800)


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


@pytest.mark.parametrize("engine", [pd.DataFrame, pl.DataFrame, pa.table])
def test_frames_of_all_engines_are_split_alike(engine):
    columns = {"a": X[:, 0], "b": [f"{value:.0f}" for value in X[:, 1]]}
    expected = datafix.split(pd.DataFrame(columns), random_state=0)
    assert np.array_equal(datafix.split(engine(columns), random_state=0).test, expected.test)


@pytest.mark.parametrize(
    "table",
    [X.tolist(), [tuple(row) for row in X.tolist()], sparse.csr_array(X), sparse.coo_matrix(X), X.reshape(1000, 3, 1)],
    ids=["lists", "tuples", "csr", "coo", "images"],
)
def test_what_has_rows_is_split(table):
    assert len(datafix.split(table, random_state=0).test) == 200


@pytest.mark.parametrize("table", [{"a": [1, 2]}, "abc", 5, None])
def test_what_is_no_table_is_refused(table):
    with pytest.raises(TableError, match=f"needs a table.*got {type(table).__name__}"):
        datafix.split(table, duplicates="ignore")


def test_lazy_tables_are_split_by_hash_alone():
    lazy = pl.DataFrame({"a": [1, 2]}).lazy()
    with pytest.raises(ParameterError, match="lazy LazyFrame needs assign='hash', got 'random'"):
        datafix.split(lazy)
    with pytest.raises(ParameterError, match="y as the name of its column"):
        datafix.split(lazy, [0, 1], assign="hash")
    with pytest.raises(ParameterError, match="cannot see whether copies have others"):
        datafix.split(lazy, assign="hash", ids="a")
    with pytest.raises(ParameterError, match="as a share"):
        datafix.split(lazy, assign="hash", test_size=1)
    with pytest.raises(TableError, match="no column ids='b'"):
        datafix.split(lazy, assign="hash", ids="b", duplicates="ignore")


def test_ragged_rows_are_refused():
    with pytest.raises(TableError, match="one length, got a ragged list"):
        datafix.split([[1.0, 2.0], [3.0]])


def test_images_name_no_columns():
    with pytest.raises(TableError, match="no column groups='g'"):
        datafix.split(X.reshape(1000, 3, 1), groups="g")


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
        ({"test_size": "a"}, "test_size.*got 'a'"),
        ({"test_size": True}, "got True"),
        ({"validation_size": None}, "validation_size.*got None"),
        ({"y": np.arange(3)}, "1000 rows, got 3 targets"),
        ({"y": "bought"}, r"got the name 'bought': give X\['bought'\]"),
        ({"test_size": 0.6, "validation_size": 0.5}, "no row left"),
        ({"duplicates": "some"}, "'some'"),
        ({"stratify": True}, "needs y"),
        ({"groups": [1, 2]}, "1000 rows, got 2"),
        ({"groups": "nope"}, "no column groups='nope'"),
    ],
)
def test_arguments_that_cannot_be_meant_are_refused(arguments, told):
    with pytest.raises((ParameterError, TableError), match=told):
        datafix.split(X, **arguments)


def test_an_empty_table_is_refused():
    with pytest.raises(TableError, match="at least one row"):
        datafix.split(X[:0])


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


def test_what_is_left_out_is_told_and_outlives_the_table():
    split = Split(train=[0], test=[1], X=X[:4], dropped=[2], left_out=[3])
    lean = split.without_table()
    assert repr(lean) == "Split(train=1, test=1, dropped=1, left_out=1)"
    assert (lean.X, lean.n_rows) == (None, 4)


def test_a_row_that_is_left_out_is_in_no_part():
    with pytest.raises(LeakageError, match="'train' and 'left_out', the first at position 1"):
        Split(train=[0, 1], left_out=[1])
