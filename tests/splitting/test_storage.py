import numpy as np
import pandas as pd
import polars as pl
import pytest

import datafix
from datafix import Split, TableError

TABLE = pd.DataFrame({"a": np.arange(100.0), "b": [f"{i % 7}" for i in range(100)]})


@pytest.fixture
def saved(tmp_path):
    split = datafix.split(TABLE, time="a", gap=2)
    return split, split.save(tmp_path / "people.split")


def test_a_split_comes_back_as_it_was(saved):
    split, path = saved
    loaded = Split.load(path)
    for name in ("train", "validation", "test", "dropped", "left_out"):
        assert np.array_equal(getattr(loaded, name), getattr(split, name))
    assert loaded.X is None


def test_parts_that_do_not_exist_do_not_come_back(tmp_path):
    loaded = Split.load(Split(train=[0, 2], test=[1]).save(tmp_path / "s"))
    assert (loaded.train.tolist(), loaded.test.tolist(), loaded.validation) == ([0, 2], [1], None)


def test_the_same_table_is_taken_from_any_engine_and_with_rows_appended(saved):
    _, path = saved
    longer = pd.concat([TABLE, TABLE])
    assert Split.load(path, pl.from_pandas(TABLE)).n_rows == 100
    assert Split.load(path, longer).X is longer


@pytest.mark.parametrize(
    ("table", "told"),
    [
        (TABLE[:99], "table of 100 rows, got one of 99"),
        (TABLE[::-1], "are others, or stand in another order"),
        (TABLE.assign(b="x"), "are others"),
        (TABLE[["a"]], "are others"),
    ],
)
def test_another_table_is_refused(saved, table, told):
    with pytest.raises(TableError, match=told):
        Split.load(saved[1], table)


@pytest.mark.parametrize(
    "spoil", [lambda b: b"", lambda b: b"text", lambda b: b[:-9], lambda b: b[:99] + b[:99] + b[198:]]
)
def test_a_file_that_is_damaged_is_refused(saved, spoil):
    _, path = saved
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(TableError, match="not written by Split.save, or is damaged"):
        Split.load(path)


def test_a_file_of_another_kind_is_refused(tmp_path):
    np.savez(tmp_path / "other.npz", train=np.arange(3))
    np.save(tmp_path / "other.npy", np.arange(3))
    for path in tmp_path.iterdir():
        with pytest.raises(TableError, match="not written by Split.save"):
            Split.load(path)


def test_positions_that_were_changed_are_refused(saved):
    _, path = saved
    with np.load(path) as stored:
        content = dict(stored)
    content["test"] = content["test"] - 1
    with path.open("wb") as file:
        np.savez(file, **content)
    with pytest.raises(TableError, match="another digest"):
        Split.load(path)


def test_a_file_of_another_format_is_refused(saved):
    _, path = saved
    with np.load(path) as stored:
        content = dict(stored)
    content["about"] = np.array(str(content["about"]).replace("Split 1", "Split 2"))
    with path.open("wb") as file:
        np.savez(file, **content)
    with pytest.raises(TableError, match="'datafix.Split 2'; this datafix reads"):
        Split.load(path)


def test_a_split_is_saved_whole_or_not_at_all(saved, monkeypatch):
    split, path = saved
    before = path.read_bytes()

    def breaks(file, **arrays):
        file.write(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(np, "savez_compressed", breaks)
    with pytest.raises(OSError, match="disk full"):
        split.save(path)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]
