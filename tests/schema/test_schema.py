import pickle

import numpy as np
import pandas as pd
import pandera.pandas as pa
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.utils.estimator_checks import parametrize_with_checks

from datafix import ColumnRule, ParameterError, Relation, Schema, SchemaError, SchemaValidator, TableError, infer_schema

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


def is_even(values):
    return values % 2 == 0


def test_functions_come_from_pandera_and_go_to_yaml_and_pickles(tmp_path):
    column = pa.Column(int, [pa.Check(is_even), pa.Check.ge(0)], nullable=True)
    schema = Schema.from_pandera(pa.DataFrameSchema({"a": column}))
    assert schema.columns["a"] == ColumnRule("number", integer=True, minimum=0, check=is_even)
    schema.to_yaml(tmp_path / "schema.yaml")
    for again in (Schema.from_yaml(tmp_path / "schema.yaml"), pickle.loads(pickle.dumps(schema))):
        assert again == schema
        found = again.failures(pd.DataFrame({"a": [2.0, 3.0, None, -2.0]}, index=list("wxyz")))
        assert {failure.rule: failure.rows.tolist() for failure in found} == {
            "right by is_even": [1],
            "at least 0": [3],
        }
    assert Schema.from_pandera(schema.to_pandera()) == schema


def test_what_cannot_be_taken_from_pandera_or_written_is_named(tmp_path):
    two = pa.Column(int, [pa.Check(is_even), pa.Check(lambda s: s > 0, name="positive")])
    with pytest.raises(SchemaError, match="'positive' on column 'a' beside another"):
        Schema.from_pandera(pa.DataFrameSchema({"a": two}))
    with pytest.raises(SchemaError, match="on the whole frame"):
        Schema.from_pandera(pa.DataFrameSchema({}, checks=pa.Check(lambda frame: frame["a"] > 0)))
    with pytest.raises(SchemaError, match=r"regex=True of column 'a\.\*'"):
        Schema.from_pandera(pa.DataFrameSchema({"a.*": pa.Column(int, regex=True)}))
    with pytest.raises(SchemaError, match="only a function of a module"):
        Schema({"a": ColumnRule("number", check=lambda values: values > 0)}).to_yaml(tmp_path / "schema.yaml")
    assert not list(tmp_path.iterdir())


def test_a_check_that_gives_no_answer_a_value_is_named():
    with pytest.raises(SchemaError, match=r"one bool a value, shape \(2,\)"):
        Schema({"a": ColumnRule("number", check=len)}).failures(pd.DataFrame({"a": [1, 2]}))


def test_the_mask_tells_every_cell_at_fault():
    mask = SCHEMA.mask(BAD.set_axis(list("abc")))
    assert mask.index.tolist() == list("abc")
    assert mask.sum().to_dict() == {"age": 2, "city": 2, "since": 0, "active": 0}
    assert SCHEMA.mask(FRAME.assign(age="20"))["age"].all()
    with pytest.raises(SchemaError, match="'age' is missing"):
        SCHEMA.mask(BAD.drop(columns="age"))


def test_the_message_of_many_broken_rules_is_short():
    frame = pd.DataFrame({f"a column of a rather long name {k}": [-1.0] * 30 for k in range(100)})
    with pytest.raises(SchemaError, match=r"100 rule\(s\) broken(.|\n)*\(\+\d+ more\)") as caught:
        Schema({name: ColumnRule("number", minimum=0) for name in frame}).raise_if_invalid(frame)
    assert len(str(caught.value)) <= 4000


@pytest.mark.parametrize("letter", ["x", "\U0001f600", "\x00", "'"])
def test_cells_and_names_of_100_kb_are_cut(letter):
    name = letter * 100_000
    frame = pd.DataFrame({name: [f"{letter * 100_000}{k}" for k in range(1000)], "other": "a"})
    schema = Schema({name: ColumnRule("text", pattern="b"), "other": ColumnRule("text", categories=("b",))})
    with pytest.raises(SchemaError, match=r"2 rule\(s\) broken") as caught:
        schema.raise_if_invalid(frame)
    message = str(caught.value)
    assert len(message.encode()) <= 4000
    assert "matching 'b' fails on 1000 row(s), the first at position(s) [0, 1, 2], with " in message
    report = schema.validate(frame)
    assert len(str(report)) < 5000
    assert report.issues[0].evidence["n_rows"] == 1000
    assert max(map(len, report.issues[0].evidence["examples"])) == 80


@pytest.mark.parametrize(
    "text", ["", "columns: [", "columns: {a: {kind: number, odd: 1}}", "columns: 3", "columns: {a: {kind: odd}}"]
)
def test_a_file_that_is_no_schema_is_refused_by_name(tmp_path, text):
    path = tmp_path / "schema.yaml"
    path.write_text(text)
    with pytest.raises(SchemaError, match=r"schema\.yaml.*cannot be read"):
        Schema.from_yaml(path)


def test_rules_that_cannot_be_meant_are_refused():
    with pytest.raises(ParameterError, match="'integer'"):
        ColumnRule("integer")
    with pytest.raises(ParameterError, match="of numbers and times"):
        ColumnRule("text", minimum=0)
    with pytest.raises(ParameterError, match="a datetime as minimum of time values"):
        ColumnRule("time", minimum=0)
    with pytest.raises(ParameterError, match="beside categories"):
        ColumnRule("text", unknown_share=0.1)
    with pytest.raises(ParameterError, match="2 columns"):
        Relation("at_most", ("a",))
    with pytest.raises(ParameterError, match="a function as check"):
        ColumnRule("text", check="upper")
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
