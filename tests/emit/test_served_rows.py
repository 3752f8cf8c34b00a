"""What SavedModel says of rows that do not fit: always by the column's name."""

import json

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

from datafix.emit import input_schema, keras_inputs, to_keras
from datafix.preprocess import TablePreprocessor

X = pd.DataFrame(
    {
        "age": [31.0, np.nan, 50.0, 22.0],
        "town": ["Bonn", None, "Ulm", "Bonn"],
        "seen": pd.to_datetime(["2024-02-29 12:00:00", None, "1969-12-31 23:59:59", "2024-01-01 00:00:00"]),
    }
)
FITTED = TablePreprocessor().fit(X)
# README.md has this request; Python's json and TensorFlow Serving both read NaN.
REQUEST = """
{"inputs": {"age": [[31.0], [NaN]], "town": [["Bonn"], [""]], "seen": [[1709208000], [-9223372036854775808]]}}
"""


@pytest.fixture(scope="module")
def model():
    return to_keras(FITTED)


@pytest.fixture(scope="module")
def served(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    specs = [{name: tf.TensorSpec(x.shape, x.dtype, name) for name, x in model.input.items()}]
    model.export(folder, verbose=False, input_signature=specs)
    return tf.saved_model.load(folder)


def test_the_request_of_the_readme_gives_what_transform_gives(model, served):
    dtypes = {said["input"]: said["dtype"] for said in input_schema(model)}

    row = {name: tf.constant(value, dtypes[name]) for name, value in json.loads(REQUEST)["inputs"].items()}

    np.testing.assert_allclose(served.serve(row), FITTED.transform(X.head(2)), atol=5e-6)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (tf.constant([["old"]] * 4), "age"),
        (tf.zeros(4, tf.float64), "age"),
        (tf.zeros((4, 2), tf.float64), "age"),
        (tf.zeros((4, 1, 1), tf.float64), "age"),
    ],
    ids=["text", "no second axis", "two values a row", "three axes"],
)
def test_a_column_of_another_type_or_shape_is_named(served, value, told):
    with pytest.raises(TypeError, match=f"Can not cast TensorSpec.*name='{told}'"):
        served.serve({**keras_inputs(X), "age": value})


def test_columns_that_are_absent_or_too_many_are_named(model, served):
    inputs = keras_inputs(X)

    with pytest.raises(TypeError, match="age"):
        served.serve({name: value for name, value in inputs.items() if name != "age"})
    with pytest.raises(TypeError, match="weight"):
        served.serve({**inputs, "weight": inputs["age"]})
    with pytest.raises(ValueError, match='Missing data for input "age"'):
        model({name: value for name, value in inputs.items() if name != "age"})
