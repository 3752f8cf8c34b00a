import numpy as np
import pandas as pd
import pytest
from scipy import sparse

import datafix
from datafix import ParameterError, Split, TableError
from datafix.preparation import Part
from datafix.scale import TableScaler

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


@pytest.mark.parametrize("features", [FRAME, sparse.csr_array(FRAME.to_numpy())], ids=["frame", "sparse"])
def test_features_that_are_no_array_come_back_too(prepared, tmp_path, features):
    from dataclasses import replace

    part = Part(features, index=np.arange(10))
    loaded = datafix.load(replace(prepared, train=part).save(tmp_path / "prepared"))
    assert type(loaded.train.features) is type(features)
    assert loaded.train.features.shape == features.shape


def test_an_existing_folder_is_not_written_over(prepared, tmp_path):
    prepared.save(tmp_path / "prepared")
    with pytest.raises(ParameterError, match="exists"):
        prepared.save(tmp_path / "prepared")


@pytest.mark.parametrize("name", ["train_features.npy", "learned.joblib", "test_target.npy"])
def test_an_edited_or_lost_file_is_refused_by_name(prepared, tmp_path, name):
    path = prepared.save(tmp_path / "prepared") / name
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(TableError, match=f"{name}.*another digest"):
        datafix.load(tmp_path / "prepared")
    path.unlink()
    with pytest.raises(TableError, match=f"{name}.*missing"):
        datafix.load(tmp_path / "prepared")


def test_a_folder_that_is_something_else_is_refused(tmp_path):
    with pytest.raises(TableError, match="manifest.json"):
        datafix.load(tmp_path)


def test_a_failed_save_leaves_nothing_behind(prepared, tmp_path):
    from dataclasses import replace

    unpicklable = replace(prepared, pipeline=lambda X: X)
    with pytest.raises(Exception, match="pickle"):
        unpicklable.save(tmp_path / "prepared")
    assert list(tmp_path.iterdir()) == []
