import datetime as dt
import decimal

import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from datafix import TableError
from datafix.columns import NO_TIME, as_frame, as_numbers, as_seconds, factorize, is_missing, kind_of, take
from datafix.fingerprint import row_hashes

COLUMNS = {
    "number": [1.0, None, 3.0],
    "whole": [1, 2, 2],
    "text": ["a", None, "b"],
    "boolean": [True, None, False],
    "time": [dt.datetime(2020, 1, 1), None, dt.datetime(2021, 1, 1)],
}
ENGINES = {
    "pandas": pd.DataFrame,
    "polars": pl.DataFrame,
    "pyarrow": lambda columns: pl.DataFrame(columns).to_arrow(),
}
each_engine = pytest.mark.parametrize("make", ENGINES.values(), ids=ENGINES)


def series(values, **kwargs):
    return nw.from_native(pd.Series(values, **kwargs), series_only=True)


@each_engine
def test_kinds_and_missing_values_are_the_same_on_every_engine(make):
    frame = as_frame(make(COLUMNS))

    assert [kind_of(frame[name]) for name in frame.columns] == ["number", "number", "text", "boolean", "time"]
    assert is_missing(frame["text"]).tolist() == [False, True, False]
    np.testing.assert_array_equal(as_numbers(frame["number"]), [1, np.nan, 3])
    assert as_seconds(frame["time"]).tolist() == [1577836800, NO_TIME, 1609459200]


@each_engine
def test_factorize_numbers_values_by_appearance(make):
    frame = as_frame(make(COLUMNS))

    codes, uniques = factorize(frame["text"])
    assert codes.tolist() == [0, -1, 1]
    assert uniques.tolist() == ["a", "b"]
    assert factorize(frame["whole"])[0].tolist() == [0, 1, 1]
    assert factorize(frame["time"])[0].tolist() == [0, -1, 1]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, "a"], "mixed"),
        ([[1], [2]], "mixed"),
        ([decimal.Decimal(1), None], "number"),
        ([dt.date(2020, 1, 1), None], "time"),
        (["a"] * 200 + [1], "mixed"),
        ([None, None], "text"),
        (pd.Categorical([1, 2]), "text"),
        (pd.array([1, None], dtype="Int64"), "number"),
        (pd.array([True, None], dtype="boolean"), "boolean"),
        (pd.array([1.5, None], dtype="float64[pyarrow]"), "number"),
        (pd.to_timedelta([1, 2], unit="s"), "number"),
    ],
)
def test_kind_is_told_by_all_values_and_not_by_storage(values, kind):
    dtype = object if isinstance(values, list) else None
    assert kind_of(series(values, dtype=dtype)) == kind


def test_factorize_keeps_a_number_apart_from_its_text():
    codes, _ = factorize(series([1, "1", 1], dtype=object))
    assert codes.tolist() == [0, 1, 0]


def test_factorize_takes_values_without_a_hash():
    codes, _ = factorize(series([[1], [2], None, [1]], dtype=object))
    assert codes.tolist() == [0, 1, -1, 0]


def test_lists_are_the_same_values_on_every_engine():
    lists = [[1, 2], [3], None, [], [1, 2]]
    frames = [pl.DataFrame({"a": lists}), pl.DataFrame({"a": lists}).to_arrow().to_pandas(), pd.DataFrame({"a": lists})]
    expected = row_hashes(frames[0])
    for frame in frames[1:]:
        np.testing.assert_array_equal(row_hashes(frame), expected)


def test_long_arrays_are_told_apart_in_their_middle():
    values = [np.arange(3000.0) for _ in range(3)]
    values[1][1500] = -1
    cells = np.fromiter(values, dtype=object, count=3)
    codes, _ = factorize(series(cells, dtype=object))
    assert codes.tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "occur once, got \\['a'\\]"),
        (pd.DataFrame([[1]], columns=pd.MultiIndex.from_tuples([("a", "b")])), "one name a column"),
        (np.zeros(3), "shape \\(3,\\)"),
        ([[1, 2], [3]], "ragged"),
    ],
)
def test_what_is_no_table_is_refused_with_the_reason(given, told):
    with pytest.raises(TableError, match=told):
        as_frame(given)


def test_numbers_as_column_names_become_text():
    assert as_frame(pd.DataFrame(np.zeros((1, 2)))).columns == ["0", "1"]


@each_engine
def test_take_repeats_rows_and_keeps_the_engine(make):
    frame = make(COLUMNS)
    taken = take(frame, np.array([2, 0, 2]))
    assert type(taken) is type(frame)
    assert as_frame(taken)["whole"].to_list() == [2, 1, 2]


def test_durations_kept_as_objects_are_numbers_of_seconds():
    frame = as_frame(pd.DataFrame({"a": pd.Series([dt.timedelta(days=1), None], dtype=object)}))
    assert kind_of(frame["a"]) == "number"
    assert as_numbers(frame["a"]).tolist() == [86400.0, pytest.approx(np.nan, nan_ok=True)]
    past = as_frame(pd.DataFrame({"a": pd.Series([dt.timedelta(days=999_999)], dtype=object)}))
    assert kind_of(past["a"]) in ("mixed", "number")


def test_times_past_the_nanoseconds_are_read():
    zone = dt.timezone(dt.timedelta(hours=2))
    times = pd.Series([dt.datetime(2394, 7, 9), None, dt.datetime(1500, 1, 1, 2, tzinfo=zone)], dtype=object)
    seconds = as_seconds(nw.from_native(times[:2], series_only=True))
    assert seconds.tolist() == [int(dt.datetime(2394, 7, 9, tzinfo=dt.UTC).timestamp()), NO_TIME]
    assert (
        as_seconds(nw.from_native(times[1:], series_only=True))[1] == dt.datetime(1500, 1, 1, tzinfo=dt.UTC).timestamp()
    )


def test_whole_numbers_past_float_are_numbers_in_arrow_too():
    frame = pl.DataFrame({"id": [2**60, None, 3]}).to_arrow()
    np.testing.assert_array_equal(as_numbers(as_frame(frame)["id"]), [2.0**60, np.nan, 3.0])


def test_decimals_are_the_floats_that_python_makes_of_them_on_every_engine():
    values = [decimal.Decimal(hundredths) / 100 for hundredths in range(-50, 1000)] + [None]
    table = pa.table({"price": pa.array(values, pa.decimal128(6, 2))})
    expected = [np.nan if value is None else float(value) for value in values]
    for frame in (table, pl.from_arrow(table), table.to_pandas(), table.to_pandas(types_mapper=pd.ArrowDtype)):
        np.testing.assert_array_equal(as_numbers(nw.from_native(frame)["price"]), expected)
