import re
from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from datafix import ColumnRule, Schema, infer_schema
from datafix.schema.patterns import pattern_of


def rule_of(values, **options):
    return infer_schema(pd.DataFrame({"a": values}), **options).columns["a"]


@pytest.mark.parametrize(
    "draw",
    [
        lambda random, n: random.normal(3, 1, n),
        lambda random, n: random.lognormal(0, 1, n),
        lambda random, n: 1 + random.pareto(2.5, n),
        lambda random, n: -random.exponential(3, n),
        lambda random, n: random.uniform(0, 1, n),
        lambda random, n: random.poisson(3, n),
        lambda random, n: random.standard_t(4, n),
    ],
)
def test_fresh_numbers_of_the_same_distribution_keep_the_range(draw):
    for seed in range(20):
        random = np.random.default_rng(seed)
        schema = infer_schema(pd.DataFrame({"a": draw(random, 2000)}))
        assert schema.failures(pd.DataFrame({"a": draw(random, 10_000)})) == []


def test_numbers_that_stop_at_zero_stay_not_negative():
    random = np.random.default_rng(0)
    assert rule_of(random.integers(18, 90, 1000)).minimum == 0
    assert rule_of(random.exponential(1, 1000)).minimum == 0
    assert rule_of(random.normal(4, 1, 1000).clip(0.1)).minimum < 0
    assert rule_of(-random.exponential(1, 1000)).maximum == 0


def test_whole_numbers_stay_whole_where_that_is_no_chance():
    whole = np.random.default_rng(0).integers(0, 50, 1000)
    assert rule_of(whole).integer
    assert rule_of(np.where(whole == 3, np.nan, whole)).integer
    assert not rule_of(whole.astype(float)).integer
    assert Schema({"a": rule_of(whole)}).failures(pd.DataFrame({"a": [1.0, 1.5]}))[0].rows.tolist() == [1]


def test_what_is_meant_to_be_unique_is_told_from_what_is_by_luck():
    random = np.random.default_rng(0)
    assert rule_of(random.permutation(5000)[:1000]).unique
    assert rule_of([random.bytes(16).hex() for _ in range(1000)]).unique
    assert not rule_of(random.choice(10**9, 1000, replace=False)).unique
    assert not rule_of(random.normal(size=1000)).unique
    assert rule_of(np.arange(1000)).maximum is None  # ids go on


def test_rare_categories_leave_room_for_new_ones():
    values = ["a"] * 600 + ["b"] * 400
    assert rule_of(values) == ColumnRule("text", nullable=False, categories=("a", "b"), unknown_share=0.004)
    rare = rule_of([*values, "c"])
    assert 0.004 < rare.unknown_share < 0.02
    schema = Schema({"a": rare})
    assert schema.failures(pd.DataFrame({"a": [*values, "new"]})) == []
    assert len(schema.failures(pd.DataFrame({"a": [*values, *["new"] * 50]}))[0].rows) == 50


def test_times_have_a_range_that_lets_time_go_on():
    rule = rule_of(pd.date_range("2020-01-01", periods=300))
    assert datetime(2019, 7, 1) < rule.minimum < datetime(2020, 1, 1)
    assert rule.maximum.year == 2040
    zoned = pd.date_range("1900-01-01", periods=3, tz="Europe/Zurich")
    assert Schema({"a": rule}).failures(pd.DataFrame({"a": zoned}))[0].rows.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("make", "fresh", "wrong"),
    [
        (lambda k: f"ORD-{k:06d}", "ORD-999999", "ORD-99999"),
        (lambda k: f"{k * 7919:08x}", "deadbeef", "deadbeeg"),
        (lambda k: f"u{k}@mail.com", "u99999@mail.com", "u9 @mail.com"),
    ],
)
def test_codes_of_one_shape_have_a_pattern(make, fresh, wrong):
    pattern = pattern_of([make(k) for k in range(1000)])
    assert re.match(pattern, fresh)
    assert not re.match(pattern, wrong)


@pytest.mark.parametrize(
    "texts", [[f"a {k}" for k in range(200)], [f"ü{k}" for k in range(200)], ["a"] * 5, [""] * 200]
)
def test_free_text_has_none(texts):
    assert pattern_of(texts) is None


@pytest.mark.parametrize("values", [[None] * 5, [np.nan, np.inf] * 200, [1e308, -1e308] * 200, [[1], [2]], [0] * 300])
def test_odd_columns_have_a_schema_that_they_keep(values):
    frame = pd.DataFrame({"a": pd.Series(values)})
    rules = [failure.rule for failure in infer_schema(frame).failures(frame)]
    assert rules == [] or np.isinf(frame["a"]).any()


@pytest.mark.parametrize("n_rows", [1, 19])
def test_few_rows_tell_kinds_alone(n_rows):
    table = pd.DataFrame(
        {"n": range(n_rows), "end": range(n_rows), "t": pd.date_range("2020-01-01", periods=n_rows), "town": "Bern"}
    )
    schema = infer_schema(table, target="town")
    assert schema == Schema(
        {"n": ColumnRule("number"), "end": ColumnRule("number"), "t": ColumnRule("time")}
        | {"town": ColumnRule("text", nullable=False)}
    )
    assert not schema.failures(
        pd.DataFrame({"n": [7e9], "end": [-3.5], "t": [pd.Timestamp("1990-01-01")], "town": "B"})
    )


def test_what_is_learned_is_plain_python():
    random = np.random.default_rng(0)
    for values in ([7], random.permutation(5000)[:1000], [f"ORD-{k:06d}" for k in range(1000)]):
        rule = rule_of(values)
        assert type(rule.unique) is bool
        assert type(rule.integer) is bool
        assert type(rule.nullable) is bool


@pytest.mark.parametrize("seed", range(10))
def test_a_tail_that_crosses_zero_is_no_heavy_one(seed):
    values = np.random.default_rng(seed).normal(40, 12, 40_000).round(1)
    rule = rule_of(values)
    assert rule.minimum is not None
    assert rule.minimum > -999
    assert rule.maximum < 999
