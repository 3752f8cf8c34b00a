import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pytest

from datafix import (
    ColumnRule,
    Relation,
    Schema,
    SchemaError,
    SchemaValidator,
    check_transform_purity,
    infer_schema,
)
from datafix.resample import DropInvalid

RANDOM = np.random.default_rng(0)
N = 1000
STATE = RANDOM.choice(["open", "paid"], N)
COUNTRY = RANDOM.choice(["CH", "DE", "AT"], N)
NET = RANDOM.lognormal(size=N).round(2)
TAX = RANDOM.lognormal(size=N).round(2)
START = pd.Timestamp("2020-01-01") + pd.to_timedelta(RANDOM.integers(0, 10**7, N), unit="s")
FRAME = pd.DataFrame(
    {
        "start": START,
        "end": START + pd.to_timedelta(RANDOM.integers(0, 10**6, N), unit="s"),
        "net": NET,
        "tax": TAX,
        "total": NET + TAX,
        "state": STATE,
        "card": np.where(STATE == "open", None, RANDOM.choice(["a", "b"], N)),
        "country": COUNTRY,
        "currency": np.where(COUNTRY == "CH", "CHF", "EUR"),
    }
)
EXPECTED = {
    Relation("sum", ("total", "net", "tax")),
    Relation("at_most", ("net", "total")),
    Relation("at_most", ("tax", "total")),
    Relation("at_most", ("start", "end")),
    Relation("determines", ("country", "currency"), (("AT", "EUR"), ("CH", "CHF"), ("DE", "EUR"))),
    Relation("missing_when", ("card", "state"), ("open",)),
}


def of(relations):
    """Return relations with their values in order."""
    return {Relation(one.rule, one.columns, tuple(sorted(one.values))) for one in relations}


@pytest.mark.parametrize("make", [lambda frame: frame, pl.from_pandas], ids=["pandas", "polars"])
def test_what_holds_on_every_row_is_learned(make):
    assert of(infer_schema(make(FRAME)).relations) == EXPECTED


def test_what_holds_by_chance_is_not():
    small = pd.DataFrame(
        {"a": RANDOM.uniform(0, 1, N), "b": RANDOM.uniform(2, 3, N), "few": RANDOM.choice(["x", "y"], N)}
    )
    assert infer_schema(small.assign(always="z", row=[f"r{k}" for k in range(N)])).relations == ()


@pytest.mark.parametrize(
    ("column", "change", "rule"),
    [
        ("start", lambda old: old + pd.Timedelta(days=300), "at most column 'end'"),
        ("total", lambda old: old + 5.0, "the sum of 'net' and 'tax'"),
        ("card", lambda old: "a" if pd.isna(old) else None, "missing exactly where 'state' is 'open'"),
    ],
)
def test_a_row_that_breaks_a_relation_is_named(column, change, rule):
    schema = infer_schema(FRAME)
    spoilt = FRAME.copy()
    spoilt.loc[7, column] = change(spoilt.loc[7, column])
    found = {(failure.column, failure.rule): failure.rows.tolist() for failure in schema.failures(spoilt)}
    assert found[column, rule] == [7]
    assert schema.mask(spoilt)[column].to_numpy().nonzero()[0].tolist() == [7]


def test_what_determines_what_may_have_the_exceptions_that_were_too_rare_to_see():
    schema = infer_schema(FRAME)
    wrong = lambda n: FRAME.assign(currency=FRAME["currency"].mask(FRAME.index < n, "USD"))  # noqa: E731
    rule = "what 'country' says"
    assert rule not in {failure.rule for failure in schema.failures(wrong(3))}
    assert {failure.rule: failure.rows.tolist() for failure in schema.failures(wrong(30))}[rule] == [*range(30)]


def test_relations_go_to_yaml_and_pandera_and_back(tmp_path):
    schema = infer_schema(FRAME)
    schema.to_yaml(tmp_path / "schema.yaml")
    assert Schema.from_yaml(tmp_path / "schema.yaml") == schema
    relations = Schema({}, relations=schema.relations)
    assert Schema.from_pandera(relations.to_pandera()) == relations
    assert len(schema.to_pandera().validate(FRAME)) == N


def test_missing_values_keep_a_relation_and_unseen_ones_go_with_anything():
    frame = nw.from_native(pd.DataFrame({"a": [1.0, None, 3.0], "b": [0.0, 1.0, None], "c": ["x", "new", None]}))
    assert Relation("at_most", ("a", "b")).broken(frame).tolist() == [True, False, False]
    assert Relation("sum", ("a", "b", "b")).broken(frame).tolist() == [True, False, False]
    assert Relation("determines", ("c", "a"), (("x", 2.0),)).broken(frame).tolist() == [True, False, False]


def test_a_sum_is_not_broken_by_how_floats_are_stored():
    frame = nw.from_native(pd.DataFrame({"a": [0.1 + 0.2], "b": [0.1], "c": [0.2]}))
    assert not Relation("sum", ("a", "b", "c")).broken(frame).any()


def test_steps_flag_and_drop_rows_that_break_a_relation():
    schema = Schema({"net": ColumnRule("number")}, relations=[Relation("at_most", ("net", "total"))])
    spoilt = FRAME.assign(net=FRAME["net"].where(FRAME.index != 3, 1e6))
    flagged = SchemaValidator(schema, on_invalid="flag").fit(FRAME).transform(spoilt)
    assert flagged["invalid"].to_numpy().nonzero()[0].tolist() == [3]
    assert DropInvalid(schema).select(spoilt).indices.tolist() == [*range(3), *range(4, N)]
    with pytest.raises(SchemaError, match="at most column 'total' fails on 1 row"):
        SchemaValidator(schema).fit(FRAME).transform(spoilt)


def test_columns_that_are_not_there_take_their_relations_along():
    schema = infer_schema(FRAME).without(["total"])
    assert of(schema.relations) == {relation for relation in EXPECTED if "total" not in relation.columns}
    assert [failure.column for failure in infer_schema(FRAME).failures(FRAME.drop(columns="total"))] == ["total"]


def test_a_flag_depends_on_its_row_alone():
    wrong = FRAME.assign(currency=FRAME["currency"].mask(FRAME.index == 3, "USD"))
    validator = SchemaValidator(on_invalid="flag").fit(FRAME)
    assert validator.schema_.failures(wrong) == []  # one row in a thousand may
    check_transform_purity(validator, wrong)
    assert validator.transform(wrong)["invalid"].to_numpy().nonzero()[0].tolist() == [3]
    assert validator.transform(wrong.iloc[3:4])["invalid"].tolist() == [1]
