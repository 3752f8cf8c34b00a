"""Numbers, truth values and times kept as text: the model takes what they spell, and says so."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.pipeline import FeatureUnion, make_pipeline

from datafix import prepare, split
from datafix.emit import input_schema, keras_inputs, to_keras
from datafix.encode import CategoryEncoder
from datafix.errors import NotExportableError, ParameterError, TableError
from datafix.preprocess import TablePreprocessor

rng = np.random.default_rng(0)
N = 120
RAW = pd.DataFrame(
    {
        "age": rng.integers(18, 90, N).astype(float),
        "price": rng.choice(["$1,200", "$80", "$9.50", "?"], N),
        "member": rng.choice(np.array(["true", "False", None], dtype=object), N),
        "seen": rng.choice(np.array(["2024-03-01", "2024-03-02", None], dtype=object), N),
        "town": rng.choice(np.array(["Bonn", "bonn ", "Ulm", None], dtype=object), N),
    }
)
NEW = RAW.iloc[::-1].head(40).reset_index(drop=True)
NEW.loc[0, "town"], NEW.loc[1, "price"] = "Rom", "$3"


@pytest.fixture(scope="module")
def fitted():
    return TablePreprocessor().fit(RAW)


@pytest.mark.parametrize("frame", [NEW, pl.from_pandas(NEW)], ids=["pandas", "polars"])
def test_parsed_before_serving_they_give_what_transform_gives_from_text(fitted, frame):
    model = to_keras(fitted, dtype="float64")

    served = model(keras_inputs(frame, fitted)).numpy()

    np.testing.assert_allclose(served, fitted.transform(frame), atol=5e-6)
    assert {name: tensor.dtype for name, tensor in model.input.items()} == {
        "age": "float64",
        "price": "float64",
        "member": "float64",
        "seen": "int64",
        "town": "string",
    }


def test_inputs_may_be_asked_by_prepared_pipeline_and_model(fitted):
    bought = np.arange(N) % 2
    prepared = prepare(make_pipeline(fitted), RAW, bought, split=split(RAW, bought, test_size=1, random_state=0))
    expected = keras_inputs(NEW, fitted)
    parsed = NEW.assign(**{name: expected[name].numpy().ravel() for name in ("price", "member")})
    parsed["seen"] = pd.to_datetime(NEW["seen"])

    for inputs in (keras_inputs(NEW, prepared), keras_inputs(parsed, to_keras(fitted)), keras_inputs(parsed, fitted)):
        for name, value in expected.items():
            np.testing.assert_array_equal(inputs[name], value, err_msg=name)


def test_text_for_a_parsed_column_is_refused_by_name_and_says_who_parses(fitted):
    with pytest.raises(TableError, match="needs number in column 'price', got text.*pass the Prepared"):
        keras_inputs(NEW, to_keras(fitted))


def test_the_schema_says_what_each_column_is_and_which_to_parse(fitted):
    schema = {said["column"]: said for said in input_schema(to_keras(fitted))}

    assert schema["price"]["before_serving"].endswith("here the number that it spells; '?' made missing first")
    assert [name for name, said in schema.items() if "before_serving" in said] == ["price", "member", "seen"]
    assert schema["seen"] == {
        "column": "seen",
        "input": "seen",
        "kind": "time",
        "dtype": "int64",
        "missing": "-9223372036854775808",
        "unit": "seconds since 1970-01-01 UTC",
        "before_serving": "parse seen before serving: text in training, here the time that it spells",
    }
    assert schema["town"] == {"column": "town", "input": "town", "kind": "text", "dtype": "string", "missing": '""'}


@pytest.mark.parametrize("order", [["whole", "text"], ["text", "whole"]])
def test_a_column_that_is_parsed_and_read_as_text_too_is_refused(order):
    steps = {"whole": TablePreprocessor(), "text": CategoryEncoder()}
    union = FeatureUnion([(name, steps[name]) for name in order]).fit(RAW)

    with pytest.raises(NotExportableError, match="column 'price'"):
        to_keras(union)


def test_a_model_of_another_make_has_no_schema():
    import keras

    with pytest.raises(ParameterError, match="no layer 'schema'"):
        input_schema(keras.Sequential([keras.Input((1,))]))
