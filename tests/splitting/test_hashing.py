import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse

import datafix
from datafix import LeakageError, ParameterError, TableError

RNG = np.random.default_rng(0)
TABLE = pd.DataFrame(
    {
        "id": np.arange(2000),
        "person": RNG.integers(0, 400, 2000).astype(str),
        "value": RNG.normal(size=2000),
        "kind": RNG.choice(["a", "b", None], 2000),
    }
)
X_40 = np.arange(40.0).reshape(-1, 1)
NAMED = [0, 2, 14, 17, 18, 20, 24, 27, 36]


def parts_of(split, n_rows):
    part = np.full(n_rows, "", dtype=object)
    for name, rows in split.parts.items():
        part[rows] = name
    return part


@pytest.mark.parametrize("by", [{}, {"ids": "id"}, {"groups": "person"}], ids=["content", "ids", "groups"])
def test_rows_keep_their_part_when_others_come_go_or_change_places(by):
    whole = parts_of(datafix.split(TABLE, assign="hash", **by), 2000)
    order = RNG.permutation(2000)
    assert parts_of(datafix.split(TABLE[:700], assign="hash", **by), 700).tolist() == whole[:700].tolist()
    assert parts_of(datafix.split(TABLE.iloc[order], assign="hash", **by), 2000).tolist() == whole[order].tolist()


@pytest.mark.parametrize("by", [{}, {"ids": "id"}, {"groups": "person"}], ids=["content", "ids", "groups"])
def test_parts_are_as_large_as_asked_in_expectation(by):
    sizes = [len(datafix.split(TABLE, assign="hash", test_size=0.3, random_state=i, **by).test) for i in range(30)]
    assert abs(np.mean(sizes) / 2000 - 0.3) < 0.01


def test_another_salt_gives_other_parts_that_have_nothing_to_do_with_the_first():
    tests = [set(datafix.split(TABLE, assign="hash", ids="id", random_state=i).test) for i in range(20)]
    shared = [len(one & other) for i, one in enumerate(tests) for other in tests[:i]]
    assert min(shared) > 40 and max(shared) < 125  # 80 on average


def test_parts_are_those_of_every_version_and_engine():
    ids = np.arange(40)
    expected = [10, 17, 22, 29]
    for given in (ids, ids.astype(float), pd.Series(ids, index=ids[::-1]), pl.Series("other name", ids)):
        assert datafix.split(X_40, assign="hash", ids=given).test.tolist() == expected
    names = [f"row {i}" for i in ids]
    assert datafix.split(X_40, assign="hash", ids=names).test.tolist() == NAMED
    assert datafix.split(pl.DataFrame({"name": names}), assign="hash", ids="name").test.tolist() == NAMED


def test_content_decides_where_nothing_names_a_row():
    X = RNG.normal(size=(500, 3))
    copies = np.vstack([X, X])
    part = parts_of(datafix.split(copies, assign="hash"), 1000)
    assert part[:500].tolist() == part[500:].tolist()
    assert parts_of(datafix.split(sparse.csr_array(X), assign="hash"), 500).tolist() == part[:500].tolist()


def test_a_larger_test_part_takes_no_row_back():
    small, large = (datafix.split(TABLE, assign="hash", test_size=size).test for size in (0.1, 0.2))
    assert set(small) < set(large)


def test_rows_without_a_group_go_by_their_content():
    groups = TABLE["person"].where(TABLE.index % 2 == 0)
    part = parts_of(datafix.split(TABLE, assign="hash", groups=groups), 2000)
    content = parts_of(datafix.split(TABLE, assign="hash"), 2000)
    assert part[1::2].tolist() == content[1::2].tolist()


def test_copies_of_other_ids_are_refused_and_let_be():
    X = np.tile(np.arange(100.0), 2).reshape(-1, 1)
    with pytest.raises(LeakageError, match="from their copies.*another id.*'ignore'"):
        datafix.split(X, assign="hash", ids=np.arange(200))
    datafix.split(X, assign="hash", ids=np.arange(200), duplicates="ignore")
    datafix.split(X, assign="hash", ids=np.arange(200) % 100)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"stratify": "kind"}, "depend on all rows"),
        ({"time": "id"}, "later rows move the border"),
        ({"duplicates": "near"}, "near copies"),
        ({"ids": "id", "groups": "person"}, "leave ids out"),
        ({"test_size": 100}, "test_size as a share.*100 rows"),
        ({"random_state": np.random.RandomState(0)}, "salts the hash"),
        ({"random_state": -1}, "from 0 on"),
        ({"ids": "kind"}, "an id for every row"),
        ({"assign": "random", "ids": "id"}, "ids but with assign='hash'"),
        ({"assign": "hashed"}, "'random' or 'hash', got 'hashed'"),
    ],
)
def test_what_a_row_alone_cannot_decide_is_refused(arguments, told):
    with pytest.raises((ParameterError, TableError), match=told):
        datafix.split(TABLE, **{"assign": "hash", **arguments})


def test_a_table_too_small_for_its_parts_is_refused():
    with pytest.raises(ParameterError, match="in expectation.*3 row"):
        datafix.split(X_40[:3], assign="hash")
