import pandas as pd
import polars as pl
import pytest

from datafix.clean import CategoryCleaner


@pytest.mark.parametrize("dtype", ["object", "string", "category"])
def test_unifies_spellings_and_keeps_the_storage(dtype):
    frame = pd.Series(["NY", "ny ", "LA", "NY", None], dtype=dtype, index=[3, 1, 4, 5, 9]).to_frame("a")

    cleaned = CategoryCleaner().fit(frame).transform(frame)["a"]

    assert cleaned.iloc[:4].tolist() == ["NY", "NY", "LA", "NY"] and pd.isna(cleaned.iloc[4])
    assert isinstance(cleaned.dtype, type(frame["a"].dtype))
    assert cleaned.index.tolist() == [3, 1, 4, 5, 9]


def test_a_spelling_never_seen_passes_as_it_is():
    cleaner = CategoryCleaner().fit(pd.DataFrame({"a": ["NY", "ny", "NY"]}))

    assert cleaner.transform(pd.DataFrame({"a": ["Ny", "ny"]}))["a"].tolist() == ["Ny", "NY"]


def test_leaves_free_text_alone():
    texts = [f"review {i}" for i in range(150)] + ["Review 1"]

    assert CategoryCleaner().fit(pd.DataFrame({"a": texts})).mapping_ == {}


def test_mends_polars_enums_and_categoricals():
    for dtype in (pl.Enum(["NY", "ny"]), pl.Categorical):
        frame = pl.DataFrame({"a": pl.Series(["NY", "ny", "NY"], dtype=dtype)})

        cleaned = CategoryCleaner().fit(frame).transform(frame)

        assert cleaned["a"].to_list() == ["NY"] * 3
        assert cleaned["a"].dtype == frame["a"].dtype
