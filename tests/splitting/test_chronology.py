import datetime as dt
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest

import datafix
from datafix import ParameterError, TableError

RNG = np.random.default_rng(0)
X = RNG.normal(size=(1000, 3))
DAYS = pd.date_range("2020-01-01", periods=1000, freq="D")


def test_time_trains_on_the_past_and_never_parts_a_moment():
    times = np.repeat(np.arange(100), 10)
    order = RNG.permutation(1000)
    split = datafix.split(X, time=times[order], duplicates="ignore")
    at = {name: times[order][rows] for name, rows in split.parts.items()}
    assert at["train"].max() < at["validation"].min()
    assert at["validation"].max() < at["test"].min()
    assert len(split.test) == 200


def test_rows_in_the_gap_are_in_no_part():
    times = RNG.permutation(1000)
    split = datafix.split(X, time=times, gap=7)
    at = {name: times[rows] for name, rows in split.parts.items()}
    assert (at["test"].min(), at["validation"].max(), at["validation"].min(), at["train"].max()) == (800, 792, 593, 585)
    assert sorted(times[split.left_out]) == [*range(586, 593), *range(793, 800)]


@pytest.mark.parametrize("gap", [dt.timedelta(days=10), pd.Timedelta("10D"), np.timedelta64(240, "h")])
@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame])
def test_dates_take_a_timedelta(make, gap):
    split = datafix.split(make({"day": DAYS}), time="day", gap=gap, validation_size=0)
    assert split.left_out.tolist() == list(range(790, 800))


def test_durations_take_a_timedelta():
    after = pd.Series(pd.to_timedelta(np.arange(1000), unit="h"))
    split = datafix.split(X, time=after, gap=dt.timedelta(hours=5), validation_size=0)
    assert split.left_out.tolist() == list(range(795, 800))


def test_times_that_differ_by_less_than_a_second_are_in_order():
    moments = pd.Timestamp("2020-01-01") + pd.to_timedelta(np.arange(100)[::-1], unit="ms")
    assert datafix.split(pd.DataFrame({"at": moments}), time="at").test.tolist() == list(range(20))


def test_prepare_does_not_warn_of_the_gap_and_does_of_rows_that_were_forgotten():
    split = datafix.split(X, time=np.arange(1000), gap=7)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        datafix.prepare(None, X, split=split)
    with pytest.warns(datafix.DatafixWarning, match="3 of 1003 rows"):
        datafix.prepare(None, np.vstack([X, X[:3]]), split=split)


def test_a_group_that_goes_on_through_time_is_held_out_from_then_on():
    times = np.arange(1000)
    groups = times // 30
    split = datafix.split(X, time=times, groups=groups)
    assert split.test.tolist() == list(range(800, 1000))
    assert sorted(split.left_out) == [*range(570, 580), *range(780, 800)]
    assert split.validation.tolist() == list(range(580, 780))
    for name, rows in split.parts.items():
        others = np.concatenate([other for part, other in split.parts.items() if part != name])
        assert not set(groups[rows]) & set(groups[others])


def test_copies_of_held_out_rows_leave_the_training_part():
    copies = np.vstack([X[:500], X[:500]])
    split = datafix.split(copies, time=np.arange(1000), test_size=100, validation_size=0)
    assert split.left_out.tolist() == list(range(400, 500))


def test_groups_that_all_go_on_through_time_are_refused_with_the_reason():
    with pytest.raises(ParameterError, match="800 row.*later rows of their group.*whole and in order at once"):
        datafix.split(X, time=np.arange(1000), groups=np.arange(1000) % 20)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"time": np.arange(1000), "stratify": np.arange(1000)}, "stratify or time"),
        ({"time": ["monday"] * 1000}, "times or numbers"),
        ({"time": [np.nan] + [1.0] * 999}, "1 row\\(s\\) without a time, the first at position 0"),
        ({"gap": 3}, "give time, or leave gap out"),
        ({"time": np.arange(1000), "gap": -1}, "at least 0, got -1"),
        ({"time": np.arange(1000), "gap": np.nan}, "at least 0, got nan"),
        ({"time": np.arange(1000), "gap": dt.timedelta(1)}, "a number, as the times are numbers"),
        ({"time": np.arange(1000), "gap": True}, "a number"),
        ({"time": DAYS, "gap": 3}, "a timedelta, as the times are dates; got 3"),
        ({"time": np.arange(1000), "gap": 900}, "no row for 'validation'.*800 row.*in the gap"),
    ],
)
def test_arguments_that_cannot_be_meant_are_refused(arguments, told):
    with pytest.raises((ParameterError, TableError), match=told):
        datafix.split(X, **arguments)
