import pickle

import numpy as np
import pandas as pd
import pandera.pandas as pa
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.utils.estimator_checks import parametrize_with_checks

from datafix import ColumnRule, ParameterError, Schema, SchemaError, SchemaValidator, TableError, infer_schema

FRAME = pd.DataFrame(
    {
        "age": [20.0, 40.0, np.nan] * 20,
        "city": ["Bern", "Basel", "Bern"] * 20,
        "since": pd.to_datetime(["2020-01-01"] * 60),
        "active": [True, False, True] * 20,
    }
)
BAD = pd.DataFrame(
    {
        "age": [30.0, 99.0, -3.0],
        "city": ["Bern", "Zug", None],
        "since": pd.to_datetime(["2020-01-01"] * 3),
        "active": [True, False, True],
    }
)
SCHEMA = infer_schema(FRAME)


@parametrize_with_checks([SchemaValidator(on_invalid=how) for how in ("raise", "null", "coerce", "flag")])
def test_estimator_checks_pass(estimator, check):
    check(estimator)


@pytest.mark.parametrize("make", [lambda frame: frame, pl.from_pandas], ids=["pandas", "polars"])
def test_every_broken_rule_is_found_with_its_rows(make):
    found = {(failure.column, failure.rule): failure.rows.tolist() for failure in SCHEMA.failures(make(BAD))}
    assert found == {
        ("age", "at least 10.0"): [2],
        ("age", "at most 50.0"): [1],
        ("city", "not missing"): [2],
        ("city", "one of 2 known values"): [1],
    }


def test_what_was_learned_from_is_valid():
    assert SCHEMA.validate(FRAME).issues == ()
    assert SCHEMA.validate(pl.from_pandas(FRAME)).issues == ()


def test_kinds_are_compared_and_not_storage():
    stored = FRAME.assign(age=FRAME["age"].astype("float32"), city=FRAME["city"].astype("category"))
    assert SCHEMA.validate(stored).issues == ()
    text = FRAME.assign(age="20")
    assert "must hold number values, holds text" in SCHEMA.validate(text).issues[0].message


def test_counts_are_exact_and_messages_short():
    with pytest.raises(SchemaError, match=r"at most 50\.0 fails on 5000 row") as caught:
        Schema({"age": SCHEMA.columns["age"]}).raise_if_invalid(pd.DataFrame({"age": np.full(5000, 1e3)}))
    assert len(str(caught.value)) < 4000
    assert len(Schema(SCHEMA.columns).failures(FRAME.assign(age=1e3))[0].examples) == 20


def test_yaml_and_pandera_go_both_ways(tmp_path):
    SCHEMA.to_yaml(tmp_path / "schema.yaml")
    assert Schema.from_yaml(tmp_path / "schema.yaml") == SCHEMA
    numbers = Schema({"age": SCHEMA.columns["age"], "city": SCHEMA.columns["city"]})
    assert Schema.from_pandera(numbers.to_pandera()) == numbers


def test_a_pandera_check_without_a_counterpart_is_named():
    schema = pa.DataFrameSchema({"a": pa.Column(int, pa.Check(lambda s: s > 0, name="positive"))})
    with pytest.raises(SchemaError, match="'positive' on column 'a'"):
        Schema.from_pandera(schema)


@pytest.mark.parametrize("text", ["", "columns: [", "columns: {a: {kind: number, odd: 1}}", "columns: 3"])
def test_a_file_that_is_no_schema_is_refused_by_name(tmp_path, text):
    path = tmp_path / "schema.yaml"
    path.write_text(text)
    with pytest.raises(SchemaError, match=r"schema\.yaml.*cannot be read"):
        Schema.from_yaml(path)


def test_rules_that_cannot_be_meant_are_refused():
    with pytest.raises(ParameterError, match="'integer'"):
        ColumnRule("integer")
    with pytest.raises(ParameterError, match="of numbers"):
        ColumnRule("time", minimum=0)
    with pytest.raises(ParameterError, match="regular expression"):
        ColumnRule("text", pattern="(")
    with pytest.raises(ParameterError, match="minimum <= maximum"):
        ColumnRule("number", minimum=2, maximum=1)
    with pytest.raises(TableError, match="target='nope'"):
        infer_schema(FRAME, target="nope")


def test_the_validator_raises_nulls_coerces_or_flags():
    fitted = {how: SchemaValidator(SCHEMA, on_invalid=how).fit(FRAME) for how in ("raise", "null", "coerce", "flag")}
    with pytest.raises(SchemaError, match="4 rule"):
        fitted["raise"].transform(BAD)
    assert fitted["null"].transform(BAD).isna().sum().to_dict() == {"age": 2, "city": 2, "since": 0, "active": 0}
    coerced = fitted["coerce"].transform(FRAME.assign(age=["20", "x", "7000"] * 20).head(3))
    assert coerced["age"].isna().tolist() == [False, True, True]
    assert fitted["flag"].transform(BAD)["invalid"].tolist() == [0, 1, 1]
    with pytest.raises(SchemaError, match="the column is missing"):
        SchemaValidator(Schema({"gone": ColumnRule("number")}), on_invalid="null").fit(FRAME).transform(FRAME)


def test_the_validator_touches_no_column_of_the_users():
    frame = pd.DataFrame({"keep": [5, 6, 7], "invalid": [1.0, 900.0, 3.0]})
    schema = Schema({"invalid": ColumnRule("number", maximum=10, unique=True)})
    nulled = SchemaValidator(schema, on_invalid="null").fit(frame)
    assert nulled.transform(frame)["keep"].tolist() == [5, 6, 7]
    assert nulled.changes(frame)["row"].tolist() == [1]
    flagged = SchemaValidator(schema, on_invalid="flag").fit(frame)
    assert flagged.transform(frame).columns.tolist() == ["keep", "invalid", "invalid_"]
    assert flagged.transform(frame)["invalid_"].tolist() == [0, 1, 0]
    assert flagged.transform(frame[["keep", "invalid"]].iloc[[0, 0]])["invalid_"].tolist() == [0, 0]


def test_the_validator_is_cloned_and_pickled_and_leaves_its_input_alone():
    validator = SchemaValidator(SCHEMA, on_invalid="null")
    again = pickle.loads(pickle.dumps(clone(validator).fit(FRAME)))
    before = BAD.copy()
    pd.testing.assert_frame_equal(again.transform(BAD), validator.fit(FRAME).transform(BAD))
    pd.testing.assert_frame_equal(BAD, before)
