"""What a column becomes is told by what was learned, and not by the rows of one partition."""

from decimal import Decimal

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest

import datafix
from datafix.encode import CategoryEncoder
from datafix.engines import duckdb_partitions, polars_partitions
from datafix.impute import BoostedImputer, TableImputer
from datafix.sketches import sketch, table_sketch


def one_and_other(frame):
    """Return a polars frame as lazy frames of two engines."""
    return {"polars": frame.lazy(), "duckdb": duckdb.from_arrow(frame.to_arrow())}


def collected(frame):
    return frame.collect() if isinstance(frame, pl.LazyFrame) else pl.from_arrow(frame.to_arrow_table())


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    monkeypatch.setattr(polars_partitions, "BATCH_ROWS", 50)
    monkeypatch.setattr(duckdb_partitions, "BATCH_ROWS", 50)


GAPS = pl.DataFrame(
    {
        "whole": pl.Series([1, None, 5, 2] * 50 + [3] * 200, dtype=pl.Int32),
        "half": [0.5, 1.0, 2.0, None] * 50 + [3.0] * 200,
        "price": pl.Series([Decimal("1.50"), None, Decimal("2.25"), Decimal("3.00")] * 100, dtype=pl.Decimal(9, 2)),
        "flag": [True, None, False, True] * 100,
        "grade": pl.Series(["a", None, "b", "a"] * 100, dtype=pl.Enum(["a", "b"])),
        "day": pl.Series([None, *pd.date_range("2020-01-01", periods=3)] * 100),
    }
)
IMPUTERS = [TableImputer(), TableImputer(numeric="mean", categorical="?"), BoostedImputer(max_iter=5, random_state=0)]


@pytest.mark.parametrize("engine", ["polars", "duckdb"])
@pytest.mark.parametrize("imputer", IMPUTERS, ids=repr)
def test_imputers_give_the_columns_that_they_give_in_memory(imputer, engine):
    expected = imputer.fit(GAPS).transform(GAPS)
    found = collected(imputer.transform(one_and_other(GAPS)[engine]))
    if engine == "polars":
        assert found.schema == expected.schema
    for name in expected.columns:
        assert found[name].cast(pl.String).to_list() == expected[name].cast(pl.String).to_list()


@pytest.mark.parametrize("imputer", IMPUTERS, ids=repr)
def test_a_column_without_any_value_gets_its_own(imputer):
    empty = GAPS.with_columns(pl.lit(None).alias("grade"), pl.lit(None).alias("flag"), pl.lit(None).alias("half"))
    expected = imputer.fit(GAPS).transform(empty)
    found = collected(imputer.transform(empty.lazy()))
    assert found.equals(expected)


def test_whole_numbers_are_filled_with_whole_numbers():
    filled = BoostedImputer(max_iter=5, random_state=0).fit(GAPS).transform(GAPS)
    assert filled["whole"].dtype == pl.Int32
    assert filled["whole"].is_between(1, 5).all()


@pytest.mark.parametrize("engine", ["polars", "duckdb"])
@pytest.mark.parametrize("on_invalid", ["null", "coerce"])
def test_text_in_a_column_of_numbers_is_read_whatever_partition_it_is_in(on_invalid, engine):
    schema = datafix.Schema({"x": datafix.ColumnRule("number")})
    odd = pl.DataFrame({"x": [None] * 60 + ["oops"] + ["1.5"] * 99})
    validator = datafix.SchemaValidator(schema, on_invalid=on_invalid)
    expected = validator.fit(odd).transform(odd)
    found = collected(validator.transform(one_and_other(odd)[engine]))
    assert found["x"].dtype == expected["x"].dtype == pl.Float64
    assert found["x"].to_list() == expected["x"].to_list()


@pytest.mark.parametrize("sampled", [False, True])
def test_whole_numbers_past_the_exact_ones_of_floats_are_told_apart(sampled, monkeypatch):
    wide = pl.DataFrame({"w": [2**53, 2**53 + 1, 2**53 + 2, 7] * 100 + [1] * 200})
    expected = CategoryEncoder().fit(wide)
    if sampled:
        monkeypatch.setattr(table_sketch, "SAMPLE_ROWS", 60)
        assert not sketch(wide.lazy()).is_whole
    fitted = CategoryEncoder().fit(wide.lazy())
    assert fitted.codes_ == expected.codes_
    encoded = collected(fitted.transform(wide.lazy())).to_numpy()
    np.testing.assert_array_equal(encoded, expected.transform(wide))
    assert encoded.sum(axis=0).tolist() == [200, 100, 100, 100, 100]


ODD_TEXTS = {
    "one odd cell": ["oops"] + ["1.5"] * 199,
    "odd cells in one partition": ["oops"] * 60 + ["1.5"] * 140,
    "only numbers as text": ["1.5"] * 200,
    "only odd cells and gaps": ["oops"] * 100 + [None] * 100,
    "gaps beside odd cells": [None] * 5 + ["oops"] * 60 + ["99"] * 135,
    "nothing": [None] * 200,
}


@pytest.mark.parametrize("as_text", ["fails", "passes"])
@pytest.mark.parametrize("texts", ODD_TEXTS.values(), ids=ODD_TEXTS)
def test_text_is_judged_by_the_whole_column(texts, as_text):
    rule = datafix.ColumnRule("number", maximum=50, nullable=False)
    relation = datafix.Relation("at_most", ("x", "y"))
    schema = datafix.Schema({"x": rule, "y": datafix.ColumnRule("number")}, relations=[relation])
    frame = pl.DataFrame({"x": pl.Series(texts, dtype=pl.String), "y": [1.0] * 200})
    expected = schema.failures(frame, as_text=as_text)
    found = schema.failures(frame.lazy(), as_text=as_text)
    assert {(one.column, one.rule, one.n_rows) for one in found} == {
        (one.column, one.rule, one.n_rows) for one in expected
    }
    for one, other in zip(sorted(found, key=str), sorted(expected, key=str), strict=True):
        assert one.rows.tolist() == other.rows.tolist()
