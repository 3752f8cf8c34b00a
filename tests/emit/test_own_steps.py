import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.pipeline import make_pipeline

from datafix.clean import CategoryCleaner, SentinelCleaner, TypeCleaner
from datafix.emit import keras_inputs, to_keras
from datafix.encode import CategoryEncoder, DatetimeEncoder
from datafix.errors import NotExportableError
from datafix.impute import BoostedImputer, TableImputer
from datafix.scale import QuantileClipper, TableScaler


def table(n, seed):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "age": rng.integers(18, 90, n).astype(float),
            "income": np.where(rng.random(n) < 0.2, np.nan, np.exp(rng.normal(8, 2, n))),
            "n/a rate": rng.choice([0.1, 0.2, 0.3, -5.0], n),
            "town": rng.choice(np.array(["Bonn", "Köln", "New York", "x\ny", None], dtype=object), n),
            "job": rng.choice(["a", "b", "c"], n),
        }
    )
    return frame.astype({"town": object})


TRAIN, NEW = table(300, 0), table(200, 1)
NEW.loc[:3, "income"] = [-1e6, 1e9, 0.0, -3.5]
NUMBERS = ["age", "income", "n/a rate"]
TEXT = pd.DataFrame({"town": ["Bonn", "bonn ", "Bonn", "?", "Ulm", None, "Ulm"] * 20})
NEW_TEXT = pd.DataFrame({"town": ["Bonn", "bonn ", "?", "ULM", "Ulm", None, "Köln"]})
TIMES = pd.DataFrame(
    {"seen": pd.to_datetime(["2021-03-01 12:30:00", None, "1969-12-31 23:59:59", "2024-02-29 00:00:00"] * 5)}
)


@pytest.mark.parametrize("method", ["standard", "robust", "minmax", "quantile", "power"])
@pytest.mark.parametrize("clip", [None, 1.5])
def test_a_table_scaler_computes_what_transform_does(assert_same, method, clip):
    fitted = TableScaler(method=method, clip=clip).fit(TRAIN[["age", "n/a rate"]])

    assert_same(fitted, NEW[["age", "n/a rate"]])


def test_a_quantile_clipper_keeps_what_is_missing_and_bounds_the_rest(assert_same):
    assert_same(QuantileClipper(lower=0.1, upper=0.8).fit(TRAIN[NUMBERS]), NEW[NUMBERS])


@pytest.mark.parametrize("output", ["onehot", "ordinal", "target"])
@pytest.mark.parametrize("min_frequency", [None, 60])
def test_a_category_encoder_computes_what_transform_does_for_unseen_values_too(assert_same, output, min_frequency):
    columns = ["town", "job", "n/a rate"]
    y = np.random.default_rng(3).integers(0, 3, len(TRAIN))
    fitted = CategoryEncoder(output=output, min_frequency=min_frequency, random_state=0).fit(TRAIN[columns], y)
    new = NEW[columns].copy()
    new.loc[:4, "town"], new.loc[3:6, "job"], new.loc[5:9, "n/a rate"] = "Rom", None, np.nan

    assert_same(fitted, new)


def test_text_is_cleaned_filled_and_encoded_in_one_lookup(assert_same):
    fitted = make_pipeline(
        SentinelCleaner(values=["?"]), CategoryCleaner(), TableImputer(indicator=False), CategoryEncoder()
    ).fit(TEXT)

    assert_same(fitted, NEW_TEXT)
    model = to_keras(fitted)
    assert [layer.name for layer in model.layers if "lookup" in layer.name].__len__() == 1


def test_a_spelling_may_go_missing_and_come_back(assert_same):
    """ "bonn " becomes "Bonn", "Bonn" becomes missing, and what is missing becomes "Bonn" again."""
    fitted = make_pipeline(
        CategoryCleaner(),
        SentinelCleaner(values=["Bonn"]),
        TableImputer(categorical="Bonn"),
        CategoryEncoder(output="ordinal"),
    ).fit(TEXT)

    assert_same(fitted, NEW_TEXT)


def test_numbers_that_stand_for_missing_are_filled_and_marked(assert_same):
    X = pd.DataFrame({"a": [1.0, -999.0, 3.0, np.nan] * 5, "b": [1.0, 2.0, 3.0, 4.0] * 5})
    fitted = make_pipeline(SentinelCleaner(values={"a": [-999.0]}), TableImputer(), TableScaler()).fit(X)

    assert_same(fitted, X)


def test_an_imputer_keeps_the_order_of_mixed_columns(assert_same):
    frame = TRAIN[["town", "age", "job", "income"]].assign(flag=[True, False, None] * 100)
    imputer = TableImputer().fit(frame)
    encoder = CategoryEncoder(output="ordinal").fit(imputer.transform(frame))

    assert_same(make_pipeline(imputer, encoder), frame.head(50))


def test_times_become_phases_from_whatever_dataframe(assert_same):
    fitted = DatetimeEncoder().fit(TIMES)

    assert_same(fitted, TIMES, schema={"seen": "time"})
    assert_same(DatetimeEncoder().fit(pl.from_pandas(TIMES)), pl.from_pandas(TIMES))


def test_times_are_filled_before_they_are_encoded(assert_same):
    fitted = make_pipeline(TableImputer(indicator=False), DatetimeEncoder()).fit(TIMES)

    assert_same(fitted, TIMES, schema={"seen": "time"})


def test_parsing_text_is_refused_by_column():
    frame = pd.DataFrame({"price": ["$1,200", "$80", "$9.50"]})
    fitted = make_pipeline(TypeCleaner(), TableImputer()).fit(frame)

    with pytest.raises(NotExportableError, match=r"\{'price': 'number'\}.*before fitting"):
        to_keras(fitted)


def test_a_type_cleaner_that_parses_nothing_passes_through(assert_same):
    assert_same(make_pipeline(TypeCleaner(), TableScaler()).fit(TRAIN[["age"]]), NEW[["age"]])


def test_inputs_are_the_same_from_pandas_polars_and_pyarrow():
    frame = pd.DataFrame({"n": [1.5, None], "b": [True, False], "s": ["x", None], "t": TIMES["seen"][:2]})

    expected = keras_inputs(frame)

    for other in (pl.from_pandas(frame), pl.from_pandas(frame).to_arrow()):
        got = keras_inputs(other)
        for name, value in expected.items():
            np.testing.assert_array_equal(got[name], value, err_msg=name)
    assert expected["t"].numpy()[1, 0] == np.iinfo(np.int64).min
    assert expected["b"].dtype == "float64"


def test_rules_for_spellings_never_seen_are_refused():
    fitted = make_pipeline(CategoryCleaner(unseen="rule"), CategoryEncoder()).fit(TEXT)

    with pytest.raises(NotExportableError, match=r"\(CategoryCleaner\).*unseen=\"keep\""):
        to_keras(fitted)


def test_boosted_trees_are_refused_with_what_to_use_instead():
    fitted = BoostedImputer(random_state=0).fit(TRAIN[NUMBERS])

    with pytest.raises(NotExportableError, match=r"\(BoostedImputer\).*TableImputer, or IterativeImputer"):
        to_keras(fitted)
