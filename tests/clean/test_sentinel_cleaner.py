import numpy as np
import pandas as pd
import polars as pl
import pytest

from datafix.clean import SentinelCleaner
from datafix.errors import ParameterError, TableError


def test_turns_learned_values_into_missing_ones_in_rows_never_seen():
    train = pd.DataFrame({"job": ["a", "?", "b"], "pay": [1.0, 2.0, 3.0]})
    test = pd.DataFrame({"job": ["?", "c"], "pay": [9.0, np.inf]})

    cleaned = SentinelCleaner().fit(train).transform(test)

    assert cleaned["job"].isna().tolist() == [True, False]
    assert cleaned["pay"].tolist() == [9.0, np.inf]


def test_keeps_the_evidence():
    pay = pd.DataFrame({"pay": [*range(50), *[9999] * 5]})

    cleaner = SentinelCleaner().fit(pay)

    assert cleaner.sentinels_ == {"pay": [9999.0]}
    assert cleaner.evidence_["pay"][9999.0]["count"] == 5


def test_takes_values_by_name():
    frame = pl.DataFrame({"a": [1, 2, -7], "b": ["x", "y", "unknown"]})

    cleaned = SentinelCleaner(values={"a": [-7], "b": ["unknown"]}).fit(frame).transform(frame)

    assert cleaned["a"].to_list() == [1, 2, None]
    assert cleaned["b"].to_list() == ["x", "y", None]


def test_a_list_of_values_holds_for_every_column_that_can_hold_them():
    frame = pd.DataFrame({"a": [1.0, -7.0], "b": ["x", "-7"]})

    assert SentinelCleaner(values=[-7]).fit(frame).sentinels_ == {"a": [-7.0]}


def test_names_columns_that_the_table_lacks():
    with pytest.raises(TableError, match="'colour'"):
        SentinelCleaner(values={"colour": ["x"]}).fit(pd.DataFrame({"a": [1]}))


def test_refuses_values_of_another_form():
    with pytest.raises(ParameterError, match="got 'all'"):
        SentinelCleaner(values="all").fit(pd.DataFrame({"a": [1]}))


def test_whole_numbers_stay_an_array_for_an_array():
    X = np.array([[i, i % 7] for i in range(30)] + [[-999, 3]] * 3)

    cleaned = SentinelCleaner().fit(X).transform(X)

    assert isinstance(cleaned, np.ndarray)
    assert np.isnan(cleaned[-3:, 0]).all() and not np.isnan(cleaned[:30]).any()


def test_a_column_of_nothing_and_an_empty_frame_are_no_trouble():
    frame = pd.DataFrame({"a": [None, None], "b": ["", " "]})
    cleaner = SentinelCleaner().fit(frame)

    assert cleaner.transform(frame)["b"].isna().all()
    assert len(cleaner.transform(frame.head(0))) == 0
    with pytest.raises(TableError, match="at least one row"):
        SentinelCleaner().fit(frame.head(0))
