from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from datafix.errors import ParameterError, TableError
from datafix.impute import TableImputer

FRAME = pd.DataFrame(
    {
        "n": [1.0, None, 3.0, 10.0],
        "t": ["a", "a", None, "b"],
        "b": pd.array([True, True, None, False], dtype="boolean"),
        "d": pd.to_datetime(["2024-01-01", None, "2024-01-03", "2024-01-09"]),
        "whole": [1, 2, 3, 4],
    }
)


def test_fills_every_kind_and_appends_an_indicator_for_each_incomplete_column():
    imputer = TableImputer().fit(FRAME)

    filled = imputer.transform(FRAME)

    assert filled.columns.tolist() == [*FRAME.columns, "n_missing", "t_missing", "b_missing", "d_missing"]
    assert filled["n"].tolist() == [1, 3, 3, 10]
    assert filled["t"].tolist() == ["a", "a", "a", "b"]
    assert filled["b"].tolist() == [True, True, True, False]
    assert filled["d"][1] == pd.Timestamp("2024-01-03")
    assert filled["n_missing"].tolist() == [0, 1, 0, 0]
    assert imputer.fill_values_["d"] == pd.Timestamp("2024-01-03").timestamp()


@pytest.mark.parametrize(("numeric", "fill"), [("mean", 14 / 3), ("most_frequent", 1), (-5, -5), (0.5, 0.5)])
def test_fills_numbers_as_told(numeric, fill):
    assert TableImputer(numeric=numeric).fit(FRAME).transform(FRAME)["n"][1] == fill


def test_fills_text_as_told():
    assert TableImputer(categorical="none").fit(FRAME).transform(FRAME)["t"].tolist() == ["a", "a", "none", "b"]


def test_infinity_is_not_missing_and_does_not_move_the_mean():
    X = pd.DataFrame({"a": [1.0, np.inf, 3.0, None]})

    filled = TableImputer(numeric="mean", indicator=False).fit(X).transform(X)["a"]

    assert filled.tolist() == [1.0, np.inf, 3.0, 2.0]


def test_a_column_complete_in_training_is_filled_without_an_indicator():
    imputer = TableImputer().fit(pd.DataFrame({"a": [1, 2, 9]}))

    assert imputer.transform(pd.DataFrame({"a": [None, 5.0]})).to_dict("list") == {"a": [2.0, 5.0]}


def test_names_columns_that_are_all_missing():
    with pytest.raises(TableError, match=r"\['b'\]: all 2 training values"):
        TableImputer().fit(pd.DataFrame({"a": [1, 2], "b": [None, None]}))


@pytest.mark.parametrize("options", [{"numeric": "max"}, {"numeric": True}, {"numeric": np.nan}, {"categorical": 3}])
def test_refuses_fills_that_cannot_be_meant(options):
    with pytest.raises(ParameterError, match="TableImputer needs"):
        TableImputer(**options).fit(FRAME)


def test_refuses_text_where_numbers_were():
    with pytest.raises(TableError, match="numbers in column 'n', got text"):
        TableImputer().fit(FRAME[["n"]]).transform(pd.DataFrame({"n": ["x"]}))


@pytest.mark.parametrize(
    "column",
    [
        pd.array([1, None, 3], dtype="Int64"),
        pd.array([1.5, None, 2.5], dtype="Float64"),
        pd.array(["a", None, "a"], dtype="string"),
        pd.array(["a", None, "a"], dtype="category"),
        pd.Categorical([1, None, 2]),
        pd.array(["a", None, "a"], dtype=pd.ArrowDtype(pa.string())),
        pd.array([1, None, 3], dtype=pd.ArrowDtype(pa.int64())),
        pd.array([date(2024, 1, 1), None, date(2024, 1, 3)], dtype=pd.ArrowDtype(pa.date32())),
        pd.Series(pd.to_datetime(["2024-01-01", None, "2024-01-03"])).dt.tz_localize("Europe/Berlin"),
        np.array([date(2024, 1, 1), None, date(2024, 1, 3)], dtype=object),
        np.array([1, None, "x"], dtype=object),
    ],
    ids=lambda column: str(column.dtype),
)
def test_fills_every_storage_of_pandas(column):
    X = pd.DataFrame({"a": column})

    filled = TableImputer().fit(X).transform(X)

    assert filled["a"].notna().all()
    assert filled["a_missing"].tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    "column",
    [
        pl.Series([1, None, 3]),
        pl.Series([1.0, float("nan"), 3.0]),
        pl.Series(["a", None, "b"], dtype=pl.Categorical),
        pl.Series(["a", None, "b"], dtype=pl.Enum(["a", "b"])),
        pl.Series([date(2024, 1, 1), None, date(2024, 1, 3)]),
        pl.Series(
            [
                datetime(2024, 1, 1, tzinfo=ZoneInfo("Asia/Tokyo")),
                None,
                datetime(2024, 1, 3, tzinfo=ZoneInfo("Asia/Tokyo")),
            ]
        ),
        pl.Series([True, None, True]),
    ],
    ids=lambda column: str(column.dtype),
)
def test_fills_every_storage_of_polars(column):
    X = pl.DataFrame({"a": column})

    filled = TableImputer().fit(X).transform(X)

    assert filled["a"].null_count() == 0
    assert filled["a"].dtype == column.dtype
    assert filled["a_missing"].to_list() == [0, 1, 0]


def test_refuses_to_fill_cells_that_are_tables_themselves():
    X = pl.DataFrame({"a": [{"x": 1}, None]})

    with pytest.raises(TableError, match="Take its values apart"):
        TableImputer().fit(X).transform(X)


def test_indicator_names_do_not_collide():
    X = pd.DataFrame({"a": [1.0, None], "a_missing": [1.0, None]})

    assert TableImputer().fit(X).transform(X).columns.is_unique
