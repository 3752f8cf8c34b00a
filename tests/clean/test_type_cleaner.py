import numpy as np
import pandas as pd
import polars as pl
import pytest

from datafix.clean import TypeCleaner
from datafix.errors import DatafixWarning, TableError


def parsed(values):
    frame = pd.DataFrame({"a": pd.Series(values, dtype=object)})
    return TypeCleaner().fit(frame).transform(frame)["a"].tolist()


@pytest.mark.parametrize(
    ("values", "numbers"),
    [
        (["1,234", "5", "-6.5"], [1234, 5, -6.5]),
        (["1.234,5", "7,0"], [1234.5, 7]),
        (["1 234", "1'000'000"], [1234, 1_000_000]),
        (["$5", "$1,200.50", "-$3"], [5, 1200.5, -3]),
        (["5 €", "6 €"], [5, 6]),
        (["USD 5", "USD 6"], [5, 6]),
        (["45%", "7.5 %"], [45, 7.5]),
        (["12.0 oz", "16 OZ.", "8 ounces"], [12, 16, 8]),
        (["(5)", "6"], [-5, 6]),
        (["1e3", "2.5E-1"], [1000, 0.25]),
        ([" 1", "2 "], [1, 2]),
        ([1, "2", 3.5], [1, 2, 3.5]),
        (["true", "False"], [1, 0]),
        (["1,234", "1,5"], [1.234, 1.5]),
    ],
)
def test_reads_numbers_as_the_column_writes_them(values, numbers):
    assert parsed(values) == numbers


@pytest.mark.parametrize(
    "values",
    [
        ["01234", "98765"],
        ["12345678901234567890", "1"],
        ["yes", "no"],
        ["true", "true"],
        ["5 kg", "6 lb"],
        ["10th", "11th"],
        ["PAL0708", "PAL0809"],
        ["A12", "B3"],
        ["1-2", "3-4"],
        ["1,2,3", "4,5,6"],
        ["12A", "13A"],
        ["10.0.0.1", "10.0.0.2"],
        ["inf", "nan"],
    ],
)
def test_leaves_what_only_looks_like_numbers(values):
    assert parsed(values) == values


@pytest.mark.parametrize(
    ("values", "day"),
    [
        (["2024-01-02", "2024-01-13"], "2024-01-02"),
        (["2024-01-02T03:04:05Z", "2024-01-13 00:00"], "2024-01-02 03:04:05"),
        (["02/01/2024", "13/01/2024"], "2024-01-02"),
        (["01/02/2024", "01/13/2024"], "2024-01-02"),
        (["02.01.2024", "03.01.2024"], "2024-01-02"),
        (["2 Jan 2024", "13 Feb 2024"], "2024-01-02"),
        (["01/02/2024 15:30", "01/13/2024 00:00"], "2024-01-02 15:30"),
    ],
)
def test_reads_times_with_day_and_month_told_apart_by_the_column(values, day):
    assert parsed(values)[0] == pd.Timestamp(day)


def test_dates_that_do_not_tell_day_from_month_stay_text_and_are_named():
    with pytest.warns(DatafixWarning, match="'a'.*do not tell day from month"):
        assert parsed(["01/02/2024", "03/04/2024"]) == ["01/02/2024", "03/04/2024"]


def test_what_does_not_parse_becomes_missing_on_record():
    frame = pd.DataFrame({"a": [*map(str, range(1, 200)), "many"]})

    cleaner = TypeCleaner().fit(frame)
    changes = cleaner.changes(frame)

    assert np.isnan(cleaner.transform(frame)["a"].iloc[-1])
    assert changes["before"][-1] == "many" and changes["after"][-1] is None
    assert changes["reason"][-1] == "is no number"


def test_more_than_one_in_a_hundred_that_does_not_parse_is_text():
    assert TypeCleaner().fit(pd.DataFrame({"a": ["1", "2", "many"]})).kinds_ == {}


def test_values_that_say_missing_do_not_count():
    frame = pd.DataFrame({"a": ["1", "?", "2", "", None]})

    assert TypeCleaner().fit(frame).kinds_ == {"a": "number"}


def test_a_categorical_column_is_so_by_choice():
    assert TypeCleaner().fit(pd.DataFrame({"a": pd.Categorical(["1", "2"])})).kinds_ == {}


def test_takes_a_column_that_comes_parsed_already():
    cleaner = TypeCleaner().fit(pd.DataFrame({"a": ["1", "2"]}))

    assert cleaner.transform(pl.DataFrame({"a": [3, 4]}))["a"].to_list() == [3.0, 4.0]
    with pytest.raises(TableError, match="got a column of kind time"):
        cleaner.transform(pd.DataFrame({"a": pd.to_datetime(["2024-01-01"])}))
