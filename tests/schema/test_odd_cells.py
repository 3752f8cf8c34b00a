import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pytest

from datafix import ColumnRule, Relation, Schema, SchemaError, SchemaValidator, check_transform_purity
from datafix.resample import DropInvalid
from datafix.schema.as_kind import as_kind

N, AT = 2000, 7
NUMBERS = np.random.default_rng(0).normal(50, 5, N).round(2)
SCHEMA = Schema({"age": ColumnRule("number", nullable=False, minimum=0, maximum=100)})
TIMES = Schema({"since": ColumnRule("time", minimum=pd.Timestamp("2020-01-01").to_pydatetime())})


def with_one(odd, store):
    values = [*NUMBERS]
    values[AT] = odd
    return pd.DataFrame({"age": store(values), "town": "Bern"}, index=np.arange(N) + 5)


FRAMES = {
    "mixed": with_one("oops", lambda values: pd.Series(values, dtype=object).to_numpy()),
    "text": with_one("oops", lambda values: [*map(str, values)]),
    "polars": pl.from_pandas(with_one("oops", lambda values: [*map(str, values)])),
}
each_frame = pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)


@each_frame
def test_one_odd_cell_is_the_one_at_fault(frame):
    (issue,) = SCHEMA.validate(frame).issues
    assert issue.rows.tolist() == [AT]
    assert issue.evidence == {"rule": "of kind number", "n_rows": 1, "examples": ["oops"]}
    assert np.argwhere(SCHEMA.mask(frame).to_numpy()).tolist() == [[AT, 0]]


@each_frame
def test_one_odd_cell_becomes_missing_on_record_and_its_column_numbers(frame):
    validator = SchemaValidator(SCHEMA, on_invalid="null").fit(frame)
    column = nw.from_native(validator.transform(frame), eager_only=True)["age"]
    assert column.dtype.is_float()
    np.testing.assert_array_equal(column.to_numpy(), np.where(np.arange(N) == AT, np.nan, NUMBERS))
    changes = validator.changes(frame)
    (at,) = np.flatnonzero(changes["reason"] == "breaks the schema")
    assert (changes["row"][at], changes["before"][at], changes["after"][at]) == (AT, "oops", None)


@each_frame
def test_one_odd_cell_is_flagged_or_its_row_dropped(frame):
    flagged = nw.from_native(SchemaValidator(SCHEMA, on_invalid="flag").fit(frame).transform(frame), eager_only=True)
    assert np.flatnonzero(flagged["invalid"].to_numpy()).tolist() == [AT]
    assert flagged["age"].to_list()[AT] == "oops"
    plan = DropInvalid(SCHEMA).select(frame)
    assert plan.indices.tolist() == [*range(AT), *range(AT + 1, N)]
    assert plan.reason[AT] == "age: of kind number"


@pytest.mark.parametrize(
    ("how", "name"), [("null", "mixed"), ("null", "text"), ("coerce", "mixed"), ("coerce", "text"), ("flag", "text")]
)
def test_what_becomes_of_an_odd_cell_depends_on_its_row_alone(how, name):
    check_transform_purity(SchemaValidator(SCHEMA, on_invalid=how).fit(FRAMES[name]), FRAMES[name].head(20))


def test_the_other_rules_hold_for_the_cells_that_are_read():
    frame = pd.DataFrame({"age": ["5", "oops", "-3", None], "limit": [1.0, 2.0, 3.0, 4.0]})
    schema = Schema(SCHEMA.columns, relations=[Relation("at_most", ("age", "limit"))])
    found = {failure.rule: failure.rows.tolist() for failure in schema.failures(frame)}
    assert found == {"of kind number": [1], "not missing": [3], "at least 0": [2], "at most column 'limit'": [0]}


def test_a_whole_column_of_another_kind_is_named_once():
    words = pd.DataFrame({"age": ["a", "b", None]})
    (failure,) = SCHEMA.failures(words)
    assert str(failure) == "Column 'age': must hold number values, holds text."
    with pytest.raises(SchemaError, match="DropInvalid.*(.|\n)*must hold number values"):
        DropInvalid(SCHEMA).select(words)
    spelt = pd.DataFrame({"age": ["1", "2", "3"]})
    assert "holds text" in SCHEMA.failures(spelt)[0].rule
    assert DropInvalid(SCHEMA).select(spelt).indices.tolist() == [0, 1, 2]


def test_numbers_among_text_and_texts_among_truth_values_are_found():
    frame = pd.DataFrame({"a": ["x", 1, "y"], "b": [True, "?", False]})
    schema = Schema({"a": ColumnRule("text"), "b": ColumnRule("boolean")})
    assert {failure.column: failure.rows.tolist() for failure in schema.failures(frame)} == {"a": [1], "b": [1]}


@pytest.mark.parametrize("make", [lambda frame: frame, pl.from_pandas], ids=["pandas", "polars"])
@pytest.mark.parametrize("how", ["null", "coerce"])
def test_iso_dates_kept_as_text_become_times(make, how):
    frame = make(pd.DataFrame({"since": ["2021-03-04", "2021-03-04T12:00:00+02:00", "4 March", "2019-01-01", None]}))
    validator = SchemaValidator(TIMES, on_invalid=how).fit(frame)
    since = nw.from_native(validator.transform(frame), eager_only=True)["since"]
    assert since.dtype == nw.Datetime
    told = [None if pd.isna(value) else str(value) for value in since.to_list()]
    assert told == ["2021-03-04 00:00:00", "2021-03-04 10:00:00", None, None, None]
    changes = validator.changes(frame)
    assert dict(zip(changes["row"].tolist(), changes["reason"], strict=True)) == {
        0: "time kept as text",
        1: "time kept as text",
        2: "breaks the schema",
        3: "breaks the schema",
    }


def test_coerce_also_reads_what_stands_for_another_kind():
    frame = pd.DataFrame({"zip": [8000, 3000], "member": [1, 7]})
    schema = Schema({"zip": ColumnRule("text"), "member": ColumnRule("boolean")})
    assert SchemaValidator(schema, on_invalid="null").fit(frame).transform(frame).isna().all(axis=None)
    coerced = SchemaValidator(schema, on_invalid="coerce").fit(frame).transform(frame)
    assert coerced["zip"].tolist() == ["8000", "3000"]
    assert coerced["member"].tolist() == [True, None]


@pytest.mark.parametrize(
    ("kind", "values", "wrong", "spelt"),
    [
        ("number", [1.5, "2", "oops", None, True], [2, 4], [1]),
        ("time", [pd.Timestamp("2020-01-01"), "2020-02-30", "2020-02-03", 5], [1, 3], [2]),
        ("boolean", [True, "?", "False", 1], [1, 3], [2]),
        ("text", ["a", 1, None], [1], []),
        ("mixed", [1.0, 2.0], [], []),
    ],
)
def test_cells_are_of_a_kind_or_spell_it_or_are_wrong(kind, values, wrong, spelt):
    reading = as_kind(nw.from_native(pd.Series(values), series_only=True), kind)
    assert np.flatnonzero(reading.wrong).tolist() == wrong
    assert np.flatnonzero(reading.spelt).tolist() == spelt
