import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.compose import make_column_transformer
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from datafix.emit import keras_inputs, row_function, to_keras
from datafix.errors import TableError
from datafix.preprocess import TablePreprocessor

X = pd.DataFrame(
    {
        "age": [31.0, np.nan, 50.0, 22.0],
        "n/a rate": [1, 2, 3, 4],
        "town": ["Bonn", None, "Ulm", "Bonn"],
        "price": ["$1,200", "$80", "$9.50", "$1"],
        "seen": pd.to_datetime(["2024-02-29 12:00:00", None, "1969-12-31 23:59:59", "2024-01-01 00:00:00"]),
    }
)
FITTED = TablePreprocessor().fit(X)


@pytest.mark.parametrize("frame", [X, pl.from_pandas(X), X.convert_dtypes(), X.iloc[:1]], ids=str)
def test_it_gives_what_the_model_gives_for_any_frame_and_number_of_rows(frame):
    model = to_keras(FITTED)

    made = row_function(model, FITTED)(frame)

    np.testing.assert_array_equal(made, model(keras_inputs(frame, FITTED)))
    np.testing.assert_allclose(made, FITTED.transform(frame), atol=5e-6)


def test_columns_that_are_absent_or_of_another_type_are_named():
    pipeline = make_column_transformer((StandardScaler(), ["age"]), (OneHotEncoder(), ["town"])).fit(X[["age", "town"]])
    function = row_function(to_keras(pipeline))

    with pytest.raises(TableError, match=r"row_function needs the columns \['town'\]"):
        function(X[["age"]])
    with pytest.raises(TableError, match="needs number in column 'age', got text"):
        function(X.assign(age="old"))
    with pytest.raises(TableError, match="needs number in column 'price', got text"):
        row_function(to_keras(FITTED))(X)


def test_numbers_for_a_column_of_text_are_read_as_they_print():
    pipeline = OneHotEncoder(handle_unknown="ignore").fit(pd.DataFrame({"code": ["1", "2"]}))

    assert row_function(to_keras(pipeline))(pd.DataFrame({"code": [2, 1]})).tolist() == [[0.0, 1.0], [1.0, 0.0]]
