"""What stands on rows that were not drawn counts all the same."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, QuantileTransformer, StandardScaler

import datafix
from datafix import TablePreprocessor, sampled_table
from datafix.encode import CategoryEncoder, DatetimeEncoder
from datafix.errors import ParameterError
from datafix.impute import TableImputer
from datafix.scale import QuantileClipper, TableScaler
from datafix.sketches import TableSketch, column_sketch, distinct_values, sketch, table_sketch

N = 2000
SAMPLE = 100


@pytest.fixture(autouse=True)
def few_rows_are_drawn(monkeypatch):
    monkeypatch.setattr(table_sketch, "SAMPLE_ROWS", SAMPLE)


@pytest.fixture(scope="module")
def sparse():
    """Columns of few values, on rows of the last partition."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "full": rng.normal(size=N),
            "number": np.nan,
            "time": pd.Series(pd.NaT, index=range(N)).astype("datetime64[us]"),
            "text": pd.Series([None] * N, dtype="str"),
            "id": [f"u{row}" for row in range(N)],
        }
    )
    frame.loc[[1800, 1900], "number"] = [5.0, 7.0]
    frame.loc[1850, "time"] = pd.Timestamp("2020-01-01")
    frame.loc[1950, "text"] = "hello"
    return frame


def test_the_first_known_value_of_a_column_is_among_the_rows(sparse, lazily):
    seen = sketch(lazily(sparse))
    assert len(seen.sample) == SAMPLE
    assert {0, 1800, 1850, 1950} <= set(seen.positions.tolist())
    assert seen.positions.tolist() == sorted(set(seen.positions.tolist()))
    assert sparse["id"][seen.positions].tolist() == seen.sample["id"].to_list()


def test_a_column_of_few_values_is_not_taken_for_empty(sparse, lazily):
    frame = sparse.drop(columns="id")
    fills = TableImputer().fit(lazily(frame)).fill_values_
    assert {**fills, "full": 0} == {**TableImputer().fit(frame).fill_values_, "full": 0}
    numbers = frame[["full", "number"]]
    for step in (QuantileClipper(), TableScaler(), TableScaler(method="robust"), TableScaler(method="quantile")):
        fitted, expected = clone(step).fit(lazily(numbers)), clone(step).fit(numbers)
        np.testing.assert_allclose(fitted.transform(numbers)[:, 1], expected.transform(numbers)[:, 1], rtol=1e-9)
    DatetimeEncoder().fit(lazily(frame[["time"]]))
    columns = {name: found for name, _, found in TablePreprocessor().fit(lazily(sparse)).blocks_}
    assert columns == {name: found for name, _, found in TablePreprocessor().fit(sparse).blocks_}


def test_too_many_texts_to_be_counted_are_many_all_the_same(sparse, lazily, monkeypatch):
    monkeypatch.setattr(column_sketch, "MOST_VALUES", 500)
    frame = sparse[["full", "id"]].assign(id=sparse["id"].where(sparse.index != 5))
    fitted = TablePreprocessor().fit(lazily(frame))
    assert [(name, found) for name, _, found in fitted.blocks_] == [("numeric", ["full"]), ("high_cardinality", ["id"])]
    assert len(fitted.get_feature_names_out()) == len(TablePreprocessor().fit(frame).get_feature_names_out())
    # The row without an id is none of those drawn, and has a code.
    assert 5 not in sketch(lazily(frame)).positions
    assert None in CategoryEncoder(max_categories=5).fit(lazily(frame[["id"]])).codes_["id"]


@pytest.mark.parametrize(
    "choice",
    [
        {"numeric": SimpleImputer()},
        {"numeric": make_pipeline(TableImputer(), StandardScaler())},
        {"numeric": make_pipeline(SimpleImputer(), StandardScaler())},
        {"categorical": OneHotEncoder(handle_unknown="ignore")},
    ],
)
def test_steps_of_other_libraries_learn_from_the_rows_drawn(choice, sparse, lazily, collected):
    frame = sparse[["full", "number"]].assign(place=np.where(sparse["full"] > 0, "here", "there"))
    drawn = sketch(lazily(frame)).positions
    expected = TablePreprocessor(clean=False, **choice).fit(frame.iloc[drawn])

    fitted = TablePreprocessor(clean=False, **choice).fit(lazily(frame))

    found = collected(fitted.transform(lazily(frame)))
    assert list(found.columns) == list(expected.get_feature_names_out())
    if "numeric" in choice and "TableImputer" not in str(choice):
        np.testing.assert_allclose(found.to_numpy()[:, 0], expected.transform(frame)[:, 0], rtol=1e-6)


def test_steps_that_learn_from_targets_are_refused(sparse, lazily):
    frame = lazily(sparse.assign(place=np.where(sparse["full"] > 0, "here", "there")))
    with pytest.raises(ParameterError, match=r"CategoryEncoder\(output='target'\) needs rows .* in memory"):
        TablePreprocessor(categorical=CategoryEncoder(output="target")).fit(frame)
    with pytest.raises(ParameterError, match="SelectKBest cannot be fitted on rows drawn .* without targets"):
        TablePreprocessor(numeric=make_pipeline(TableImputer(), SelectKBest(k=1))).fit(frame)


def test_arguments_of_rows_in_memory_are_refused(sparse, lazily):
    with pytest.raises(ParameterError, match="test_size as a share"):
        datafix.split(lazily(sparse), test_size="x", assign="hash")
    with pytest.raises(ParameterError, match="pred_proba= needs training rows in memory"):
        datafix.audit(lazily(sparse), pred_proba=np.full((N, 2), 0.5))


@pytest.fixture(scope="module")
def parts():
    """Two parts whose rare labels, categories, groups and ids both have, or one alone, on rows that are not drawn."""
    rng = np.random.default_rng(1)

    def drawn(n_rows, first):
        ids = np.arange(first, first + n_rows).astype(np.float64)
        frame = pd.DataFrame(
            {"id": ids, "group": [f"g{i // 4}" for i in ids.astype(int)], "x": rng.normal(size=n_rows)}
        )
        frame["town"] = rng.choice(["Bern", "Basel"], n_rows)
        frame["label"] = rng.choice(["yes", "no"], n_rows)
        return frame

    train, test = drawn(N, 0), drawn(1200, N)
    train.loc[1700, ["town", "label"]] = ["Genf", "both"]
    test.loc[[100, 1100], ["town", "label"]] = ["Genf", "both"]
    test.loc[[1000, 1001], ["town", "label"]] = ["Zug", "new"]
    test.loc[[700, 701, 702], "group"] = ["g3", "g3", "g9"]
    test.loc[[800], "id"] = 17.0
    train.loc[3, "id"] = test.loc[3, "id"] = np.nan
    train.loc[4, "group"] = test.loc[4, "group"] = None
    return train, test


COMPARED = ["new_labels", "category_mismatch", "group_overlap", "id_overlap", "small_groups", "high_cardinality"]


@pytest.mark.parametrize("in_memory", ["neither", "train", "test"])
def test_parts_are_compared_by_all_rows(in_memory, parts, lazily):
    train, test = parts
    roles = {"target": "label", "groups": "group", "ids": "id", "checks": COMPARED}
    expected = datafix.audit(train, test=test, **roles)

    found = datafix.audit(
        train if in_memory == "train" else lazily(train), test=test if in_memory == "test" else lazily(test), **roles
    )

    assert [issue.check for issue in found.issues] == [issue.check for issue in expected.issues]
    assert {issue.check for issue in found.issues} == set(COMPARED) - {"high_cardinality"}
    for one, other in zip(found.issues, expected.issues, strict=True):
        assert one.message.split(" Effect")[0] == other.message.split(" Effect")[0]
        if one.check in ("group_overlap", "id_overlap"):
            assert one.rows.tolist() == other.rows.tolist()
    assert {issue.check: issue for issue in found.issues}["id_overlap"].rows.tolist() == [800]


def test_names_of_rows_are_told_from_values_that_come_again(lazily):
    frame = pd.DataFrame(
        {"row": np.arange(N), "name": [f"n{i}" for i in range(N)], "twice": [f"t{i // 2}" for i in range(N)]}
    )
    checks = ["identifier_column", "high_cardinality"]
    expected = datafix.audit(frame, checks=checks)
    assert {(issue.check, issue.column) for issue in expected.issues} == {
        ("identifier_column", "row"),
        ("identifier_column", "name"),
        ("high_cardinality", "twice"),
    }
    found = datafix.audit(lazily(frame), checks=checks)
    assert [issue.message for issue in found.issues] == [issue.message for issue in expected.issues]


def test_only_what_is_asked_for_is_hashed(parts, monkeypatch):
    hashed = []

    class Spying(TableSketch):
        def __init__(self, *args, **options):
            hashed.append(list(options["hashed"]))
            super().__init__(*args, **options)

    monkeypatch.setattr(table_sketch, "TableSketch", Spying)
    train, test = (pl.from_pandas(part).lazy() for part in parts)
    roles = {"target": "label", "groups": "group", "ids": "id"}
    datafix.audit(train, test=test, checks=["missing_values"], **roles)
    datafix.audit(train, checks=["duplicate_rows", "train_test_copies"], **roles)
    datafix.audit(train, test=test, checks=["duplicate_rows", "train_test_copies", "id_overlap"], **roles)
    assert hashed == [[], [], ["rows"], *2 * [["features", "ids", "rows"]]]


def test_findings_of_drawn_rows_say_so(parts, lazily):
    train = parts[0].assign(x=parts[0]["x"].where(parts[0].index % 20 > 0, -999.0))
    found = {issue.check: issue.message for issue in datafix.audit(lazily(train), target="label").issues}
    assert found["sentinel_value"].startswith("By the rows drawn: Column 'x' is -999 on ")
    assert found["high_cardinality"].startswith("Column 'group' holds 500 values")


def test_a_bad_weight_is_told_wherever_it_is(parts, lazily):
    train = parts[0].assign(w=1.0)
    train.loc[1234, "w"] = -5.0
    with pytest.raises(ParameterError, match=r"'w' is missing or infinite on 0 of 2000 train rows.* -5.0"):
        datafix.audit(lazily(train), target="label", sample_weight="w")


def test_near_copies_of_a_sample_are_scaled_up_and_name_rows_of_the_frame(lazily):
    rng = np.random.default_rng(3)
    numbers = pd.DataFrame(rng.normal(size=(N, 6)), columns=list("abcdef"))
    edited = numbers.iloc[:400].assign(a=0.123)
    (issue,) = datafix.audit(lazily(numbers), test=edited, checks=["near_copies"]).issues
    assert 0.5 < issue.evidence["share"] <= 1
    assert set(issue.evidence["train_rows"]) <= set(range(400))


@pytest.fixture(scope="module")
def quantities():
    """Numbers of which many are equal, and some values stand on few rows."""
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"zip": rng.permutation(np.repeat(np.arange(400), 5)) + 8000, "flag": rng.integers(0, 2, N)})
    frame["paid"] = np.where(rng.random(N) < 0.9, 0.0, rng.exponential(1e5, N).round())
    frame.loc[:39, "zip"] = 8777
    return frame


def not_drawn(frame, lazily):
    """Return the positions of the rows that are not drawn, whatever is in them."""
    return np.setdiff1d(np.arange(N), sketch(lazily(frame)).positions)


def test_the_moments_of_a_target_are_those_of_all_rows(quantities, lazily):
    paid = quantities["paid"].to_numpy()
    parts = datafix.split(lazily(quantities), "paid", assign="hash", test_size=0, validation_size=0)

    for transformer in (StandardScaler(), TableScaler()):
        prepared = datafix.prepare(None, split=parts, target_transformer=transformer)
        found = prepared.target_transformer.transform(paid[:, None])[:, 0]
        np.testing.assert_allclose(found, (paid - paid.mean()) / paid.std(), rtol=1e-9)
    other = datafix.prepare(None, split=parts, target_transformer=QuantileTransformer(n_quantiles=SAMPLE))
    # Values that were not drawn are no rows of their own: of a hundred rows some ninety are 0.
    assert 0.8 < (other.target_transformer.quantiles_ == 0).mean() < 0.98


def test_targets_of_held_out_rows_teach_nothing(quantities, lazily):
    frame = quantities.assign(id=np.arange(N))
    how = {"assign": "hash", "ids": "id", "duplicates": "ignore"}
    poisoned = frame.assign(paid=1e9)
    train = datafix.split(frame, **how).train
    poisoned.loc[train, "paid"] = frame.loc[train, "paid"]
    for transformer in (StandardScaler(), TableScaler(), QuantileTransformer(n_quantiles=SAMPLE)):
        honest, other = (
            datafix.prepare(None, split=datafix.split(lazily(rows), "paid", **how), target_transformer=transformer)
            for rows in (frame, poisoned)
        )
        paid = frame[["paid"]].to_numpy()
        np.testing.assert_array_equal(
            honest.target_transformer.transform(paid), other.target_transformer.transform(paid)
        )


def test_whole_numbers_are_counted_however_many_differ(quantities, lazily, monkeypatch):
    monkeypatch.setattr(column_sketch, "_LOOK", 100)
    zips = quantities[["zip"]]
    for step in (CategoryEncoder(min_frequency=4, output="ordinal"), TableImputer(numeric="most_frequent")):
        fitted, expected = clone(step).fit(lazily(zips)), clone(step).fit(zips)
        np.testing.assert_array_equal(fitted.transform(zips), expected.transform(zips))
    assert TableImputer(numeric="most_frequent").fit(lazily(zips)).fill_values_ == {"zip": 8777.0}


def test_a_least_count_is_scaled_where_values_were_counted_of_rows_drawn(monkeypatch):
    monkeypatch.setattr(column_sketch, "MOST_VALUES", 500)
    names = pd.DataFrame({"name": [f"n{row // 2}" for row in range(N)]})
    frame = pl.from_pandas(names).lazy()  # workers of the others would not know of the patch
    drawn = set(names["name"].iloc[sketch(frame).positions])
    assert set(CategoryEncoder(min_frequency=2).fit(frame).codes_["name"]) == drawn


def test_a_target_is_what_all_rows_say(quantities, lazily):
    frame = quantities.assign(y=quantities["flag"].astype(float))
    frame.loc[not_drawn(frame, lazily)[[500, 1500]], "y"] = 2.5
    assert not datafix.audit(lazily(frame), target="y", checks=["class_balance"]).issues
    parts = datafix.split(lazily(frame), "y", assign="hash", test_size=0, validation_size=0)
    assert datafix.prepare(None, split=parts).classes_ is None


def test_values_that_do_not_compare_are_no_constant(lazily):
    frame = pd.DataFrame({"tags": [[1]] * N, "x": np.arange(float(N))})
    row = not_drawn(frame, lazily)[1500]
    frame["tags"] = [[2, 3] if at == row else [1] for at in range(N)]
    assert not datafix.audit(lazily(frame), checks=["constant_column"]).issues


def test_what_is_estimated_is_said_to_be(monkeypatch):
    monkeypatch.setattr(column_sketch, "MOST_VALUES", 500)
    monkeypatch.setattr(distinct_values, "KEPT", 2**10)
    frame = pd.DataFrame({"name": [f"n{row}" for row in range(N)], "x": 1.0})
    (issue,) = datafix.audit(pl.from_pandas(frame).lazy(), checks=["identifier_column"]).issues
    assert issue.message.startswith("Column 'name' holds another value on nearly each of the 2000 rows")


def test_the_draw_is_seeded_by_the_one_who_asks(quantities, monkeypatch):
    seeds = []

    def spying(X, *, seed, **options):
        seeds.append(seed)
        return sketch(X, seed=seed, **options)

    monkeypatch.setattr(sampled_table, "sketch", spying)
    frame = pl.from_pandas(quantities).lazy()
    datafix.audit(frame, test=frame, checks=["missing_values"], random_state=7)
    assert seeds == [7, 7]
    assert sketch(frame, seed=7).positions.tolist() != sketch(frame, seed=8).positions.tolist()
