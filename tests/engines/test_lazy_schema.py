"""A schema is learned from a lazy frame, and held against one, as if its rows were in memory."""

from dataclasses import replace

import numpy as np
import pandas as pd
import polars as pl
import pytest

from datafix import Schema, infer_schema
from datafix.schema import ColumnRule, Relation, by_partition
from datafix.sketches import table_sketch

N = 4000


@pytest.fixture(scope="module")
def sound():
    rng = np.random.default_rng(1)
    start = rng.integers(0, 1000, N)
    return pd.DataFrame(
        {
            "id": np.arange(N) + 10_000,
            "plate": [f"ZH-{value:05d}" for value in rng.permutation(90_000)[:N]],
            "town": rng.choice(["Bern", "Basel", "Genf"], N),
            "start": start,
            "end": start + rng.integers(0, 1000, N),
            "flag": rng.integers(0, 2, N),
            "children": rng.poisson(1.5, N),
            "pay": np.where(rng.random(N) < 0.1, np.nan, rng.lognormal(8, 1, N)),
            "seen": (pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 10**8, N), unit="s")).astype(
                "M8[us]"
            ),
        }
    )


def test_of_few_rows_it_is_the_same_schema(sound, lazily):
    assert infer_schema(lazily(sound)) == infer_schema(sound)


def test_of_many_rows_bounds_and_categories_are_those_of_all(sound, lazily, monkeypatch):
    monkeypatch.setattr(table_sketch, "SAMPLE_ROWS", 600)
    expected, found = infer_schema(sound), infer_schema(lazily(sound))

    for name in ("town", "start", "end", "seen", "flag", "children"):
        assert found.columns[name] == expected.columns[name], name
    assert (found.columns["pay"].minimum, found.columns["pay"].nullable) == (0.0, True)
    # How far a tail reaches is measured from the median, which is that of the sample.
    assert found.columns["pay"].maximum == pytest.approx(expected.columns["pay"].maximum, rel=0.01)
    # That values are unique is told by all rows alone.
    assert found.columns["plate"] == replace(expected.columns["plate"], unique=False)
    assert Relation("at_most", ("start", "end")) in found.relations


def test_all_rows_that_break_a_rule_are_counted_and_some_named(sound, monkeypatch):
    monkeypatch.setattr(by_partition, "KEPT_ROWS", 5)
    rules = Schema({"flag": ColumnRule("number", maximum=0), "town": ColumnRule("text", unique=True)})
    lazy = pl.from_pandas(sound).lazy()  # workers of the others would not know of the patch
    told = {failure.column: failure for failure in rules.failures(lazy) if len(failure.rows)}
    ones = np.flatnonzero(sound["flag"])
    assert (told["flag"].n_rows, told["flag"].rows.tolist()) == (len(ones), ones[:5].tolist())
    assert (told["town"].n_rows, told["town"].rows.tolist()) == (N, [0, 1, 2, 3, 4])
    assert str(told["town"]).endswith("the first at position(s) [0, 1, 2].")


def test_a_relation_that_a_row_beyond_the_sample_breaks_is_not_learned(sound, lazily, monkeypatch):
    monkeypatch.setattr(table_sketch, "SAMPLE_ROWS", 600)
    broken = sound.copy()
    broken.loc[[17, 3001], "end"] = -1
    assert infer_schema(lazily(broken)).relations == ()


RULES = {
    "id": ColumnRule("number", unique=True),
    "town": ColumnRule("text", categories=("Bern", "Basel", "Genf"), unknown_share=0.01),
    "start": ColumnRule("number", minimum=0),
    "pay": ColumnRule("number"),
    "plate": ColumnRule("number"),
}
RELATIONS = [Relation("at_most", ("start", "end")), Relation("unique", ("start", "end", "plate"))]


def test_it_fails_on_the_same_rows(sound, lazily):
    schema = Schema({**RULES, "gone": ColumnRule("text")}, relations=RELATIONS, strict=True)
    bad = sound.drop(columns=["flag", "children"])
    bad.loc[[5, 2500, 3999], "start"] = -1
    bad.loc[3000, "id"] = bad.loc[2, "id"]
    bad.loc[[7, 1500], "end"] = -5
    bad.loc[range(1000, 1030), "town"] = "Rom"

    expected, found = schema.failures(bad), schema.failures(lazily(bad))

    as_told = {(failure.column, failure.rule): (failure.n_rows, failure.rows.tolist()) for failure in expected}
    assert {(failure.column, failure.rule): (failure.n_rows, failure.rows.tolist()) for failure in found} == as_told
    # 30 of 4,000 unknown towns are fewer than one in a hundred.
    assert ("town", "one of 3 known values") not in as_told
    assert len(as_told) == 7
    report = schema.validate(lazily(bad))
    assert report.shapes == {"table": (N, 7)}


def test_a_share_is_of_all_rows_and_not_of_a_partition(sound, lazily):
    schema = Schema({"town": RULES["town"]})
    bad = sound.copy()
    bad.loc[range(1000, 1040), "town"] = "Rom"
    assert schema.failures(lazily(bad)) == []
    bad.loc[1040, "town"] = "Rom"
    (failure,) = schema.failures(lazily(bad))
    assert (failure.n_rows, failure.rows[0], failure.examples[0]) == (41, 1000, "Rom")


def test_ids_go_on(lazily, monkeypatch):
    monkeypatch.setattr(table_sketch, "SAMPLE_ROWS", 600)
    frame = pd.DataFrame({"id": np.arange(3000), "count": np.arange(3000) % 1500})
    found = infer_schema(lazily(frame)).columns
    expected = infer_schema(frame).columns
    assert (found["id"].maximum, found["id"].minimum) == (None, expected["id"].minimum)
    assert found["count"].maximum == expected["count"].maximum
