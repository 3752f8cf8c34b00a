"""What is fitted on a lazy frame is what is fitted on its rows in memory."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline

from datafix import ColumnRule, Schema, SchemaValidator, TablePreprocessor, check_transform_purity
from datafix.clean import CategoryCleaner, SentinelCleaner, TypeCleaner
from datafix.encode import CategoryEncoder, DatetimeEncoder
from datafix.engines import select
from datafix.errors import ParameterError, SchemaError
from datafix.impute import BoostedImputer, TableImputer
from datafix.scale import QuantileClipper, TableScaler
from datafix.sketches import table_sketch

N = 3000


@pytest.fixture(scope="module")
def mixed():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "age": rng.integers(17, 90, N).astype(np.float64),
            "pay": rng.normal(3000, 700, N),
            "kids": rng.integers(0, 4, N),
            "price": [f"${value:,.2f}" for value in rng.exponential(3000, N)],
            "city": rng.choice(["Bern", "bern ", "Basel", "?", "Genf"], N),
            "name": [f"n{value}" for value in rng.integers(0, 700, N)],
            "seen": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 10**8, N), unit="s"),
            "flag": rng.random(N) < 0.3,
            "flat": 3.5,
        }
    )
    frame["seen"] = frame["seen"].astype("datetime64[us]")
    frame.loc[::7, "age"] = np.nan
    frame.loc[::11, "name"] = None
    frame.loc[::13, "pay"] = -99999.0
    frame.loc[::17, "seen"] = pd.NaT
    return frame


OF_AGE = Schema({"age": ColumnRule("number", maximum=40)})
NUMBERS = ["age", "pay", "kids", "flat"]
STEPS = {
    "types": (TypeCleaner(), None),
    "sentinels": (SentinelCleaner(), None),
    "categories": (CategoryCleaner(), None),
    "imputer": (TableImputer(), None),
    "imputer of means": (TableImputer(numeric="mean"), None),
    "imputer of modes": (TableImputer(numeric="most_frequent"), None),
    "boosted imputer": (BoostedImputer(max_iter=20, random_state=0), None),
    "schema, cells made missing": (SchemaValidator(on_invalid="null"), None),
    "schema, rows flagged": (SchemaValidator(OF_AGE, on_invalid="flag"), None),
    "one-hot": (CategoryEncoder(max_categories=50), ["city", "name", "flag", "kids"]),
    "ordinal": (CategoryEncoder(output="ordinal"), ["city", "name"]),
    "times": (DatetimeEncoder(), ["seen"]),
    "clipper": (QuantileClipper(), NUMBERS),
    "clipper of extremes": (QuantileClipper(lower=0, upper=1), NUMBERS),
    "standard scale": (TableScaler(), NUMBERS),
    "minmax scale": (TableScaler(method="minmax"), NUMBERS),
    "robust scale": (TableScaler(method="robust"), NUMBERS),
    "quantile scale": (TableScaler(method="quantile"), NUMBERS),
    "power scale": (TableScaler(method="power"), NUMBERS),
    "pipeline": (make_pipeline(SentinelCleaner(), TypeCleaner(), CategoryCleaner(), TableImputer()), None),
    "preprocessor": (TablePreprocessor(), None),
}
SAMPLED = {
    "boosted imputer",
    "schema, cells made missing",
    "clipper",
    "robust scale",
    "quantile scale",
    "power scale",
    "imputer",
    "pipeline",
    "preprocessor",
}
"""Those that learn from quantiles, or the shape between them: of a sample where rows are many."""


def in_memory(step, frame):
    fitted = clone(step).fit(frame)
    output = fitted.transform(frame)
    if not isinstance(output, pd.DataFrame):
        output = pd.DataFrame(output, columns=fitted.get_feature_names_out())
    return fitted, output


def assert_same(found, expected, tolerance):
    assert list(found.columns) == [str(name) for name in expected.columns]
    for name in found.columns:
        one, other = found[name], expected[name]
        if pd.api.types.is_numeric_dtype(other) or other.dtype == bool:
            np.testing.assert_allclose(one.astype(np.float64), other.astype(np.float64), rtol=tolerance, atol=tolerance)
        else:
            assert one.isna().tolist() == other.isna().tolist()
            known = other.notna()
            assert _printed(one[known]) == _printed(other[known])


def _printed(values):
    """Return values as text: times with a zone of UTC or without one, of any unit."""
    return values.astype(str).str.removesuffix("+00:00").str.removesuffix(".000000").tolist()


@pytest.mark.parametrize("name", STEPS)
def test_a_lazy_frame_of_few_rows_is_learned_whole(name, mixed, lazily, collected):
    step, columns = STEPS[name]
    frame = mixed if columns is None else mixed[columns]
    _, expected = in_memory(step, frame)

    fitted = clone(step).fit(lazily(frame))

    assert_same(collected(fitted.transform(lazily(frame))), expected, 1e-12)


@pytest.mark.parametrize("name", sorted(set(STEPS) - SAMPLED))
def test_of_many_rows_counts_extremes_and_moments_are_those_of_all(name, mixed, lazily, collected, monkeypatch):
    monkeypatch.setattr(table_sketch, "SAMPLE_ROWS", 500)
    step, columns = STEPS[name]
    frame = mixed if columns is None else mixed[columns]
    if name.startswith("imputer"):  # which fills times with the median of the sample
        frame = frame.drop(columns="seen")
    _, expected = in_memory(step, frame)

    fitted = clone(step).fit(lazily(frame))

    assert_same(collected(fitted.transform(lazily(frame))), expected, 1e-9)


@pytest.mark.parametrize("name", ["imputer", "pipeline", "preprocessor"])
def test_of_many_rows_medians_of_a_sample_fill(name, mixed, lazily, collected, monkeypatch):
    monkeypatch.setattr(table_sketch, "SAMPLE_ROWS", 500)
    frame = mixed.drop(columns="seen")
    expected, _ = in_memory(STEPS[name][0], frame)

    fitted = clone(STEPS[name][0]).fit(lazily(frame))
    found = collected(fitted.transform(lazily(frame)))

    assert list(found.columns) == list(expected.get_feature_names_out())
    assert not found.isna().any().any()
    if name == "imputer":
        n_ranks = (mixed["pay"] < fitted.fill_values_["pay"]).mean()
        assert abs(n_ranks - 0.5) < 1.63 / np.sqrt(500)
        # Whole numbers are few, and counted: their median is that of all rows.
        assert fitted.fill_values_["age"] == expected.fill_values_["age"]


def test_a_validator_that_raises_looks_at_all_rows(mixed, lazily):
    validator = SchemaValidator(OF_AGE).fit(lazily(mixed))
    told = rf"Column 'age': at most 40 fails on {(mixed['age'] > 40).sum()} row\(s\)"
    with pytest.raises(SchemaError, match=told):
        validator.transform(lazily(mixed))


def test_a_frame_in_memory_is_not_to_be_had_of_a_lazy_one(mixed, lazily):
    scaler = TableScaler().fit(mixed[NUMBERS]).set_output(transform="pandas")
    with pytest.raises(ParameterError, match=r"TableScaler was told set_output\(transform='pandas'\).*collect"):
        scaler.transform(lazily(mixed[NUMBERS]))


ODD_NAMES = ["order", "a b", 'say "x"', "x.y", "ü", "{0}"]


def test_columns_may_have_any_names(lazily, collected):
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({name: rng.normal(size=200) for name in ODD_NAMES})
    frame["group by"] = rng.choice(["a", "b"], 200)
    _, expected = in_memory(TablePreprocessor(), frame)
    found = collected(TablePreprocessor().fit(lazily(frame)).transform(lazily(frame)))
    assert_same(found, expected, 1e-6)
    for name in frame.columns:
        assert_same(collected(select(lazily(frame), [name])), frame[[name]], 1e-12)


@pytest.mark.parametrize("name", sorted(set(STEPS) - {"schema, rows flagged"}))
def test_what_was_learned_lazily_transforms_each_row_by_itself(name, mixed, monkeypatch):
    monkeypatch.setattr(table_sketch, "SAMPLE_ROWS", 500)
    step, columns = STEPS[name]
    frame = mixed if columns is None else mixed[columns]
    fitted = clone(step).fit(pl.from_pandas(frame).lazy())
    check_transform_purity(fitted, frame.head(200))
