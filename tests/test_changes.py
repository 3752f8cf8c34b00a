import numpy as np
import pandas as pd
import polars as pl
import pytest

from datafix import TableError
from datafix.changes import ChangeLog

ORIGINAL = pd.DataFrame(
    {"a": [1, -999, 3, 4], "b": [0.5, 1.5, 2.5, 3.5], "c": ["x", "?", "y", "y"], "t": pd.to_datetime(["2020"] * 4)}
)


def repaired(original):
    """Return a log of two cells and two rows, and the table as it left them."""
    log = ChangeLog()
    log.record("cleaner", row=[1], column="a", before=[-999], after=[7])
    log.record("cleaner", row=[1], column="c", before=["?"], after=["x"])
    log.record_dropped("dropper", original, [0, 2], reason="odd")
    table = ORIGINAL.assign(a=[1, 7, 3, 4], c=["x", "x", "y", "y"]).iloc[[1, 3]]
    return log, table


def test_undo_restores_pandas_exactly():
    log, table = repaired(ORIGINAL)
    pd.testing.assert_frame_equal(log.undo(table), ORIGINAL)


def test_undo_restores_polars_exactly():
    original = pl.from_pandas(ORIGINAL)
    log, table = repaired(original)
    assert log.undo(pl.from_pandas(table)).equals(original)


def test_undo_goes_back_to_the_first_value_of_a_cell():
    log = ChangeLog()
    log.record("one", row=[0], column="a", before=["A "], after=["A"])
    log.record("two", row=[0], column="a", before=["A"], after=["a"])
    assert log.undo(pd.DataFrame({"a": ["a"]}))["a"].tolist() == ["A "]


def test_an_empty_log_changes_nothing():
    log = ChangeLog()
    pd.testing.assert_frame_equal(log.undo(ORIGINAL), ORIGINAL)
    assert log.to_frame().columns.tolist() == ["row", "column", "before", "after", "step", "reason", "confidence"]


def test_undo_refuses_a_table_that_lacks_rows():
    log = ChangeLog()
    log.record("one", row=[5], column="a", before=[1], after=[2])
    with pytest.raises(TableError, match="row 5"):
        log.undo(ORIGINAL)


def test_extend_counts_rows_through_positions():
    log, more = ChangeLog(), ChangeLog()
    more.record("one", row=[0, 1], column="a", before=[1, 2], after=[3, 4])
    log.extend(more, positions=np.array([10, 20]))
    assert log.to_frame()["row"].tolist() == [10, 20]
