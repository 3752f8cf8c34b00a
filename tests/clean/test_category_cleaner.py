import pandas as pd
import polars as pl
import pytest

from datafix.clean import CategoryCleaner
from datafix.errors import ParameterError


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


TOWNS = pd.DataFrame({"town": ["Birmingham"] * 40 + ["Montgomery"] * 30 + ["Birmimgham", "MONTGOMERY", "Birmngham "]})


def test_mends_slips_and_tells_them_from_spellings():
    cleaner = CategoryCleaner().fit(TOWNS)

    assert cleaner.transform(TOWNS)["town"].value_counts().to_dict() == {"Birmingham": 42, "Montgomery": 31}
    assert cleaner.changes(TOWNS)["reason"].tolist() == [
        "a slip in a category's spelling",
        "another spelling of a category",
        "a slip in a category's spelling",
    ]


def test_leaves_slips_where_told_to():
    assert CategoryCleaner(slips=False).fit(TOWNS).mapping_ == {"town": {"MONTGOMERY": "Montgomery"}}


def test_rules_bring_spellings_never_seen_to_their_category():
    new = pd.DataFrame({"town": ["birmingham", "Montgomry", "Rome", None, "Birmimgham"]})

    ruled = CategoryCleaner(unseen="rule").fit(TOWNS).transform(new)["town"]
    kept = CategoryCleaner().fit(TOWNS).transform(new)["town"]

    assert ruled.tolist()[:3] == ["Birmingham", "Montgomery", "Rome"] and pd.isna(ruled[3])
    assert ruled[4] == "Birmingham"
    assert kept.tolist()[:3] == ["birmingham", "Montgomry", "Rome"] and kept[4] == "Birmingham"


def test_a_rule_between_two_categories_keeps_the_spelling():
    letters = pd.DataFrame({"grade": ["a"] * 50 + ["A"] * 48})

    cleaner = CategoryCleaner(unseen="rule").fit(letters)

    assert cleaner.transform(pd.DataFrame({"grade": [" a"]}))["grade"].tolist() == [" a"]


def test_refuses_a_choice_it_does_not_know():
    with pytest.raises(ParameterError, match="'keep' or 'rule', got 'guess'"):
        CategoryCleaner(unseen="guess").fit(TOWNS)
