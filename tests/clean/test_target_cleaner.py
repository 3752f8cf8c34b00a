import pickle

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.base import clone

from datafix.clean import TargetCleaner
from datafix.errors import TableError


def test_mends_spellings_of_training_and_later_labels():
    cleaner = TargetCleaner().fit(["Yes", "yes", "Yes", "No"])

    assert cleaner.classes_.tolist() == ["No", "Yes"]
    assert cleaner.transform(["yes", "YES.", " no "]).tolist() == ["Yes", "Yes", "No"]


@pytest.mark.parametrize(
    "y",
    [
        np.array(["a.", "b"]),
        np.array(["a.", "b"], dtype=object),
        pd.Series(["a.", "b"], index=[7, 8], name="y"),
        pd.Series(["a.", "b"], dtype="category"),
        pd.Series(["a.", "b"], dtype="string"),
        pl.Series("y", ["a.", "b"]),
        pl.Series("y", ["a.", "b"], dtype=pl.Categorical),
        pa.chunked_array([["a.", "b"]]),
        ["a.", "b"],
    ],
    ids=lambda y: type(y).__module__.split(".")[0],
)
def test_labels_come_back_as_the_kind_they_came(y):
    mended = TargetCleaner().fit(["a", "b"]).transform(y)

    assert [str(label) for label in (mended.to_pylist() if isinstance(mended, pa.ChunkedArray) else mended)] == [
        "a",
        "b",
    ]
    assert isinstance(mended, np.ndarray if isinstance(y, list) else type(y))
    if isinstance(y, pd.Series):
        assert mended.index.equals(y.index) and mended.name == y.name


@pytest.mark.parametrize(
    "y", [[1, 2, 2], [True, False], [0.5, 1.5], np.array([3, 1], dtype=np.int8), [b"x", b"y"], [1, "1"]], ids=str
)
def test_labels_that_are_no_text_pass(y):
    mended = TargetCleaner().fit_transform(y)

    assert mended.tolist() == list(y)


def test_a_column_of_shape_rows_by_one_is_taken():
    assert TargetCleaner().fit_transform(np.array([["a"], ["b"]])).tolist() == ["a", "b"]


def test_names_a_label_that_is_no_class():
    with pytest.raises(TableError, match=r"knows the classes \['No', 'Yes'\], got \['Maybe'\] \(2 of 3"):
        TargetCleaner().fit(["Yes", "No"]).transform(["Maybe", "Yes", "Maybe"])


def test_names_missing_labels():
    with pytest.raises(TableError, match="1 missing of 3, the first at position 1"):
        TargetCleaner().fit(["a", None, "b"])
    with pytest.raises(TableError, match="1 missing of 2"):
        TargetCleaner().fit([1.0, np.nan])


def test_letters_of_two_cases_are_two_classes_and_a_key_of_both_is_refused():
    cleaner = TargetCleaner().fit(["a", "A"])

    assert cleaner.transform(["A", "a"]).tolist() == ["A", "a"]
    with pytest.raises(TableError, match=r"'a\.'"):
        cleaner.transform(["a."])


@pytest.mark.parametrize("label", [[1], {"a": 1}])
def test_labels_that_are_no_single_value_are_refused(label):
    with pytest.raises(TableError, match=f"text, numbers or truth values, got {type(label).__name__}s such as"):
        TargetCleaner().fit([label] * 4)


def test_survives_clone_and_pickle():
    cleaner = pickle.loads(pickle.dumps(TargetCleaner().fit(["a", "b"])))

    assert clone(cleaner).get_params() == {}
    assert cleaner.transform(["a."]).tolist() == ["a"]


def test_refuses_a_table_and_no_labels():
    with pytest.raises(TableError, match="shape"):
        TargetCleaner().fit(np.zeros((2, 2)))
    with pytest.raises(TableError, match="at least one label"):
        TargetCleaner().fit([])
