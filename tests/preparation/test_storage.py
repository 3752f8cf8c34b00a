import json
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

import datafix
from datafix import DatafixError, ParameterError, Split, TableError
from datafix.preparation import Part
from datafix.scale import TableScaler
from datafix.store import StoredArray, stored_arrays

FRAME = pd.DataFrame({"a": np.arange(10.0), "b": np.arange(10.0) ** 2})
SPLIT = Split(train=np.arange(7), test=np.arange(7, 10))


@pytest.fixture
def prepared():
    return datafix.prepare(
        TableScaler(), FRAME, list("xyxyxyxyxy"), split=SPLIT, sample_weight=np.arange(10.0), record=True
    )


def test_what_is_saved_comes_back(prepared, tmp_path):
    loaded = datafix.load(prepared.save(tmp_path / "prepared"))
    for name, part in prepared.parts.items():
        np.testing.assert_array_equal(getattr(loaded, name).features, part.features)
        np.testing.assert_array_equal(getattr(loaded, name).target, part.target)
        np.testing.assert_array_equal(getattr(loaded, name).sample_weight, part.sample_weight)
        np.testing.assert_array_equal(getattr(loaded, name).index, part.index)
    np.testing.assert_array_equal(loaded.pipeline.transform(FRAME), prepared.pipeline.transform(FRAME))
    assert loaded.classes_.tolist() == ["x", "y"]
    assert loaded.record.n_rows == 7
    assert [path.name for path in tmp_path.iterdir()] == ["prepared"]


def test_a_tilde_is_the_home_of_the_user(prepared, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert prepared.save("~/made") == tmp_path / "made"
    assert len(datafix.load("~/made").train) == len(prepared.train)
    assert list(stored_arrays("~/made"))


def test_an_existing_folder_is_not_written_over(prepared, tmp_path):
    prepared.save(tmp_path / "prepared")
    with pytest.raises(ParameterError, match="exists"):
        prepared.save(tmp_path / "prepared")


def files(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_beside_the_arrays_stand_files_that_people_and_other_tools_read(prepared, tmp_path):
    folder = prepared.save(tmp_path / "prepared")

    schema = json.loads((folder / "schema.json").read_text())

    assert schema["classes"] == ["x", "y"]
    assert schema["kinds"] == {"a": "number", "b": "number"}
    assert schema["rows"] == {"train": 7, "test": 3}
    assert list(pd.read_parquet(folder / "changes.parquet")) == list(prepared.changes.to_frame())
    np.testing.assert_array_equal(np.load(folder / "train.features" / "00000.npy"), prepared.train.features)
    np.testing.assert_array_equal(stored_arrays(folder)["test.target"][:], prepared.test.target)


def test_the_changes_are_readable_and_can_be_undone_after_loading(tmp_path):
    table = pd.DataFrame({"city": ["Bern", "?", "NY ", "ny", "Bern"] * 4, "a": np.arange(20.0)})
    split = Split(train=np.arange(15), test=np.arange(15, 20))
    prepared = datafix.prepare(datafix.TablePreprocessor(), table, split=split, row_steps=[datafix.DropDuplicates()])
    assert len(prepared.changes)

    loaded = datafix.load(prepared.save(tmp_path / "prepared"))

    told = pd.read_parquet(tmp_path / "prepared" / "changes.parquet")
    pd.testing.assert_frame_equal(loaded.changes.to_frame(), prepared.changes.to_frame())
    assert told["row"].tolist() == prepared.changes.to_frame()["row"].tolist()
    assert '"?"' in set(told["before"])


@pytest.mark.parametrize("in_memory", [True, False])
@pytest.mark.parametrize("harm", [lambda content: content[:-1], lambda content: content[:-1] + b"\xfe", None])
def test_whatever_file_is_torn_edited_or_lost_is_refused_by_name(prepared, tmp_path, harm, in_memory):
    folder = prepared.save(tmp_path / "prepared")
    assert {"manifest.json", "learned.joblib", "train.features/blocks.npy", "test.target/00000.npy"} < set(
        files(folder)
    )

    for file in files(folder):
        content = (folder / file).read_bytes()
        (folder / file).write_bytes(harm(content)) if harm else (folder / file).unlink()
        with pytest.raises(TableError, match=file):
            read_all(datafix.load(folder, in_memory=in_memory))
        (folder / file).write_bytes(content)

    read_all(datafix.load(folder))


def read_all(prepared):
    for part in prepared.parts.values():
        for field in ("features", "target", "sample_weight", "index"):
            np.asarray(getattr(part, field))


KINDS = {
    "float32": FRAME.to_numpy(np.float32),
    "float64": FRAME.to_numpy(),
    "images": np.arange(10 * 4 * 4, dtype=np.uint8).reshape(10, 4, 4, 1),
    "text": np.array([["a", "ß"]] * 10),
    "dict": {"age/years": np.arange(10.0), "..": np.ones((10, 2), dtype=np.float32)},
    "sparse": sparse.csc_matrix(FRAME.to_numpy()),
    "sparse array": sparse.coo_array(FRAME.to_numpy()),
    "one row": np.ones((1, 3)),
    "no row": np.ones((0, 3)),
    "objects": np.array([["a", None]] * 10, dtype=object),
    "frame": FRAME,
    "dict with objects": {"a": np.arange(10.0), "b": np.array([None] * 10)},
}


def same(found, expected):
    if isinstance(expected, dict):
        assert list(found) == list(expected)
        return all(same(found[name], array) for name, array in expected.items())
    if isinstance(expected, pd.DataFrame):
        return found.equals(expected)
    dense = [value.toarray() if hasattr(value, "toarray") else np.asarray(value) for value in (found, expected)]
    np.testing.assert_array_equal(*dense)
    return dense[0].dtype == dense[1].dtype


@pytest.mark.parametrize("features", KINDS.values(), ids=KINDS)
def test_features_and_targets_of_any_kind_come_back_in_memory_and_from_disk(prepared, tmp_path, features):
    n_rows = 10 if isinstance(features, dict) else features.shape[0]
    target = {"a": np.arange(n_rows), "b": np.eye(3)[np.arange(n_rows) % 3]}
    part = Part(features, target, index=np.arange(n_rows))

    folder = replace(prepared, train=part).save(tmp_path / "grün er")
    folder = folder.rename(tmp_path / "moved")
    loaded, light = datafix.load(folder).train, datafix.load(folder, in_memory=False).train

    assert type(loaded.features) is type(features)
    assert len(loaded) == len(light) == n_rows
    for found in (loaded, light):
        assert same(found.features, features)
        assert same(found.target, target)
        assert found.sample_weight is None


def test_from_disk_nothing_is_read_before_it_is_asked_for(prepared, tmp_path):
    light = datafix.load(prepared.save(tmp_path / "prepared"), in_memory=False)

    assert isinstance(light.train.features, StoredArray)
    assert light.train.features.shape == (7, 2)
    np.testing.assert_array_equal(light.train.target[2:4], prepared.train.target[2:4])
    assert repr(light) == repr(prepared)


def test_what_was_loaded_from_disk_is_saved_again_without_pointing_to_the_first_folder(prepared, tmp_path):
    light = datafix.load(prepared.save(tmp_path / "first"), in_memory=False)

    again = light.save(tmp_path / "second")
    shutil.rmtree(tmp_path / "first")

    np.testing.assert_array_equal(datafix.load(again).train.features, prepared.train.features)
    np.testing.assert_array_equal(datafix.load(again).test.index, prepared.test.index)


def test_chunks_of_training_rows_are_transformed_by_what_was_learned(prepared, tmp_path):
    new = pd.DataFrame({"a": np.arange(100.0), "b": -np.arange(100.0)})
    labels, weights = np.array(["y", "x"] * 50), np.arange(100.0)
    chunks = ((new[at : at + 30], labels[at : at + 30], weights[at : at + 30]) for at in range(0, 100, 30))

    loaded = datafix.load(prepared.save(tmp_path / "large", train=chunks))

    np.testing.assert_array_equal(loaded.train.features, prepared.pipeline.transform(new))
    assert loaded.train.target.tolist() == [1, 0] * 50
    assert loaded.train.sample_weight.tolist() == weights.tolist()
    assert loaded.train.index.tolist() == list(range(100))
    np.testing.assert_array_equal(loaded.test.features, prepared.test.features)


@pytest.mark.parametrize(
    ("chunks", "said"),
    [
        ([], "at least one chunk"),
        ([FRAME], "Chunk 0 has no target"),
        ([(FRAME, list("xy"))], "10 rows in X, and 2 values"),
        ([(FRAME, ["x"] * 10, [1] * 10), (FRAME, ["x"] * 10)], "what the first ones had.*sample_weight"),
        ([(FRAME, ["z"] * 10)], "z"),
        ([(FRAME, ["x"] * 10, [-1] * 10)], "not negative"),
        ([(1, 2, 3, 4)], "4 things in chunk 0"),
    ],
)
def test_chunks_that_do_not_fit_are_refused_and_leave_nothing_behind(prepared, tmp_path, chunks, said):
    with pytest.raises(DatafixError, match=said):
        prepared.save(tmp_path / "large", train=chunks)

    assert list(tmp_path.iterdir()) == []


def test_a_chunk_that_breaks_off_leaves_nothing_behind(prepared, tmp_path):
    def chunks():
        yield FRAME, ["x"] * 10
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepared.save(tmp_path / "large", train=chunks())

    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_an_older_format_is_refused_by_its_number(tmp_path):
    (tmp_path / "manifest.json").write_text('{"format": 1, "files": {}}')

    with pytest.raises(TableError, match="has format 1; this datafix reads 2"):
        datafix.load(tmp_path)


def test_a_folder_that_is_something_else_is_refused(tmp_path):
    with pytest.raises(TableError, match="manifest.json"):
        datafix.load(tmp_path)


def test_a_failed_save_leaves_nothing_behind(prepared, tmp_path):
    unpicklable = replace(prepared, pipeline=lambda X: X)
    with pytest.raises(Exception, match="pickle"):
        unpicklable.save(tmp_path / "prepared")
    assert list(tmp_path.iterdir()) == []
