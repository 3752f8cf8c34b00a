import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest

from datafix.statistics import summarize

FRAME = pl.DataFrame(
    {
        "number": [1.0, None, float("inf"), 3.0],
        "whole": [1, 2, 3, 3],
        "text": ["x", None, "y", "x"],
        "flag": [True, False, None, True],
    }
)
ENGINES = {
    "pandas": FRAME.to_pandas(),
    "pandas on arrow": FRAME.to_pandas(use_pyarrow_extension_array=True),
    "polars": FRAME,
    "polars lazy": FRAME.lazy(),
    "pyarrow": FRAME.to_arrow(),
    "duckdb": duckdb.from_arrow(FRAME.to_arrow()),
}


@pytest.mark.parametrize("engine", ENGINES)
def test_figures_are_the_same_on_every_engine(engine):
    figures = summarize(ENGINES[engine])

    number = figures["number"]
    assert (number.n_rows, number.n_missing, number.n_infinite, number.n_unique) == (4, 1, 1, 3)
    assert (number.minimum, number.maximum, number.mean) == (1.0, 3.0, 2.0)
    assert number.std == pytest.approx(np.sqrt(2))
    assert (figures["text"].n_missing, figures["text"].n_unique) == (1, 2)
    assert [figure.kind for figure in figures.values()] == ["number", "number", "text", "boolean"]


def test_a_lazy_frame_is_asked_once():
    asked = []
    frame = FRAME.lazy().map_batches(lambda batch: asked.append(1) or batch, schema=FRAME.schema)
    summarize(frame)
    assert len(asked) == 1


def test_nan_counts_as_missing_on_every_engine():
    values = [1.0, float("nan"), 2.0]
    for frame in (pd.DataFrame({"a": values}), pl.DataFrame({"a": values}), pl.DataFrame({"a": values}).to_arrow()):
        assert summarize(frame)["a"].n_missing == 1
        assert summarize(frame)["a"].mean == 1.5


def test_mixed_and_empty_columns_are_counted_not_measured():
    figures = summarize(pd.DataFrame({"mixed": [1, "a", None], "none": [None, None, None]}))
    assert (figures["mixed"].kind, figures["mixed"].n_missing, figures["mixed"].n_unique) == ("mixed", 1, -1)
    assert (figures["none"].n_missing, figures["none"].n_unique) == (3, 0)


def test_all_missing_numbers_have_no_mean():
    figures = summarize(pd.DataFrame({"a": [np.nan, np.nan]}))["a"]
    assert (figures.n_missing, figures.mean, figures.minimum) == (2, None, None)
