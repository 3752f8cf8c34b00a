from types import SimpleNamespace
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from datafix.errors import ParameterError, TableError
from datafix.impute import BoostedImputer, TableImputer
from datafix.impute.gaussian import fit_gaussian


def table(n=400, seed=0, share=0.2):
    """Return columns that tell each other: twice, a threshold, a class, a time."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    frame = pd.DataFrame(
        {
            "x": x,
            "twice": 2 * x + rng.normal(size=n) * 0.1,
            "above": x > 0,
            "size": np.where(x < -0.5, "small", np.where(x < 0.5, "middle", "large")),
            "seen": pd.Timestamp("2024-01-01") + pd.to_timedelta((x * 86_400 * 100).astype(int), "s"),
        }
    )
    gaps = rng.random(frame.shape) < share
    gaps[gaps.all(axis=1), 0] = False
    return frame, frame.astype({"above": "boolean"}).mask(gaps), gaps


TRUE, GAPPY, GAPS = table()


def test_fills_numbers_classes_booleans_and_times_from_the_other_columns():
    truth, gappy, gaps = table(seed=1)
    filled = BoostedImputer(indicator=False, random_state=0).fit(GAPPY).transform(gappy)
    plain = TableImputer(indicator=False).fit(GAPPY).transform(gappy)

    assert not filled.isna().any().any()
    for j, name in enumerate(("x", "twice")):
        left, median = (np.sqrt(np.mean((f[name] - truth[name])[gaps[:, j]] ** 2)) for f in (filled, plain))
        assert left < 0.5 * median
    assert (filled["above"].astype(bool) == truth["above"])[gaps[:, 2]].mean() > 0.9
    assert (filled["size"] == truth["size"])[gaps[:, 3]].mean() > 0.75
    days = (filled["seen"] - truth["seen"])[gaps[:, 4]].dt.total_seconds().abs() / 86_400
    assert days.median() < 30


def test_keeps_every_known_cell_and_appends_indicators():
    filled = BoostedImputer(random_state=0).fit_transform(GAPPY)

    assert filled.columns.tolist() == [*GAPPY, *(f"{name}_missing" for name in GAPPY)]
    for name in GAPPY:
        known = GAPPY[name].notna()
        assert (filled[name][known].astype(object) == GAPPY[name][known].astype(object)).all()
        assert filled[f"{name}_missing"].tolist() == GAPPY[name].isna().astype(float).tolist()


def test_a_row_is_filled_to_the_last_bit_the_same_alone_and_among_others():
    imputer = BoostedImputer(random_state=0).fit(GAPPY)

    together = imputer.transform(GAPPY)
    apart = pd.concat([imputer.transform(GAPPY.iloc[start : start + 7]) for start in range(0, len(GAPPY), 7)])

    pd.testing.assert_frame_equal(together, apart, check_exact=True)


def test_the_same_random_state_learns_the_same():
    fills = [BoostedImputer(random_state=s, max_samples=150).fit_transform(GAPPY) for s in (3, 3, 4)]

    pd.testing.assert_frame_equal(fills[0], fills[1])
    assert not fills[0]["x"].equals(fills[2]["x"])


@pytest.mark.parametrize("engine", [pl.from_pandas, pa.Table.from_pandas], ids=["polars", "pyarrow"])
def test_other_engines_get_the_same_fills_in_their_own_kind(engine):
    frame = GAPPY.assign(
        seen=GAPPY["seen"].dt.tz_localize("Europe/Zurich", nonexistent="shift_forward", ambiguous=True)
    )
    imputer = BoostedImputer(random_state=0).fit(frame)

    filled, expected = imputer.transform(engine(frame)), imputer.transform(frame)

    assert type(filled) is type(engine(frame))
    back = filled.to_pandas()
    np.testing.assert_allclose(back["x"].astype(float), expected["x"], rtol=1e-12)
    assert back["size"].tolist() == expected["size"].tolist()
    assert back["above"].tolist() == expected["above"].tolist()
    zone = ZoneInfo("Europe/Zurich")
    assert [t.astimezone(zone) for t in back["seen"]] == [t.astimezone(zone) for t in expected["seen"]]


@pytest.mark.parametrize("dtype", ["category", "string", object])
def test_text_keeps_its_storage(dtype):
    frame = GAPPY.astype({"size": dtype})

    filled = BoostedImputer(indicator=False, random_state=0).fit_transform(frame)["size"]

    assert filled.dtype == frame["size"].dtype and filled.notna().all()


def test_a_column_that_was_complete_gets_what_the_gaussian_expects():
    imputer = BoostedImputer(random_state=0).fit(TRUE)
    later = TRUE.astype({"above": "boolean"}).copy()
    later.loc[0, "twice"], later.loc[1:, "size"] = np.nan, None

    filled = imputer.transform(later)

    assert imputer.models_ == {} and imputer.indicator_columns_ == []
    assert abs(filled.loc[0, "twice"] - TRUE.loc[0, "twice"]) < 1.0
    assert (filled["size"] == TRUE["size"])[1:].mean() > 1.5 * TRUE["size"].value_counts(normalize=True).max()


def test_categories_never_seen_are_unknown_and_not_changed():
    imputer = BoostedImputer(random_state=0).fit(GAPPY)
    later = GAPPY.head(5).assign(size=["huge", None, "small", "huge", "large"])

    filled = imputer.transform(later)

    assert filled["size"].tolist()[::2] == ["huge", "small", "large"]
    assert filled["size"][1] in ("small", "middle", "large")


def test_a_column_with_more_classes_than_trees_can_tell_gets_the_most_frequent():
    frame = GAPPY.assign(id=[f"id {i % 90:03d}" for i in range(len(GAPPY))])
    frame.loc[::9, "id"] = None

    filled = BoostedImputer(random_state=0).fit_transform(frame)

    assert set(filled.loc[::9, "id"]) == {frame["id"].value_counts().sort_index().idxmax()}


def test_categories_too_many_for_the_gaussian_are_filled_from_the_other_columns():
    x = np.random.default_rng(0).normal(size=1000)
    grades = pd.Series(np.digitize(x, np.linspace(-2, 2, 24))).map("grade {:02d}".format)
    frame = pd.DataFrame({"x": x, "grade": grades.mask(np.arange(1000) % 5 == 0)})

    by_trees = BoostedImputer(random_state=0).fit_transform(frame)["grade"]

    close = (by_trees.str[-2:].astype(int) - grades.str[-2:].astype(int)).abs()[::5] <= 2
    assert frame["grade"].nunique() > 21 and close.mean() > 0.8


def test_a_class_that_no_sampled_row_has_is_no_hindrance():
    frame = GAPPY.assign(size=GAPPY["size"].where(GAPPY.index != 0, "huge"))

    filled = BoostedImputer(random_state=0, max_samples=60).fit_transform(frame)

    assert filled["size"].notna().all()


def test_one_column_alone_and_a_row_without_any_value_are_filled():
    alone = pd.DataFrame({"x": [1.0, 2.0, None, 3.0]})
    text = pd.DataFrame({"t": ["a", "a", None, "b"]})
    empty = GAPPY.head(2).copy()
    empty.loc[0] = None

    assert BoostedImputer(indicator=False).fit_transform(alone)["x"][2] == pytest.approx(2.0)
    assert BoostedImputer(indicator=False).fit_transform(text)["t"][2] == "a"
    assert BoostedImputer(random_state=0).fit(GAPPY).transform(empty.astype(GAPPY.dtypes)).notna().all().all()


def test_a_table_of_long_text_alone_is_filled():
    frame = pd.DataFrame({name: [f"{name} {i % 70:02d}" for i in range(300)] for name in "ab"})
    frame.loc[::7, "a"] = None

    assert BoostedImputer(random_state=0).fit_transform(frame).notna().all().all()


def test_changes_tell_each_cell_that_is_filled():
    imputer = BoostedImputer(indicator=False, random_state=0).fit(GAPPY)

    changes = imputer.changes(GAPPY)

    assert len(changes["row"]) == GAPPY.isna().to_numpy().sum()
    assert set(changes["before"]) == {None}
    filled = imputer.transform(GAPPY)
    assert all(
        filled.loc[r, c] == a for r, c, a in zip(changes["row"], changes["column"], changes["after"], strict=True)
    )


@pytest.mark.parametrize("options", [{"max_iter": 0}, {"max_samples": 2.5}, {"learning_rate": 0}], ids=str)
def test_refuses_options_that_cannot_be_meant(options):
    with pytest.raises(ParameterError, match=f"needs {next(iter(options))} to be"):
        BoostedImputer(**options).fit(GAPPY)


def test_names_columns_without_values_and_with_infinities():
    with pytest.raises(TableError, match=r"cannot learn a fill for \['gone'\]: all 400"):
        BoostedImputer().fit(GAPPY.assign(gone=np.nan))
    with pytest.raises(TableError, match=r"infinity in 1 column\(s\): 'x' \(400\)"):
        BoostedImputer().fit(GAPPY.assign(x=np.inf))


def test_refuses_a_column_of_another_kind_than_at_fit():
    imputer = BoostedImputer(random_state=0).fit(GAPPY)

    with pytest.raises(TableError, match="BoostedImputer needs numbers in column 'x', got text"):
        imputer.transform(GAPPY.assign(x="word"))
    with pytest.raises(TableError, match="fitted on categories in column 'size', got times"):
        imputer.transform(GAPPY.assign(size=pd.Timestamp("2024-01-01")))


def test_many_rows_get_more_trees_until_the_rows_held_back_gain_no_more():
    frames = {n: pd.DataFrame({"x": np.random.default_rng(0).normal(size=n)}) for n in (900, 2000)}
    noise = {n: frame.assign(y=np.random.default_rng(1).normal(size=n)) for n, frame in frames.items()}
    waves = {n: frame.assign(y=np.sin(5 * frame["x"])) for n, frame in frames.items()}

    def trees(frame):
        imputer = BoostedImputer(random_state=0).fit(frame.mask(np.arange(len(frame))[:, None] % 20 == [0, 1]))
        return [model.n_iter_ for model in imputer.models_["y"]]

    assert trees(noise[900]) == trees(waves[900]) == [60, 60]
    assert max(trees(noise[2000])) < 60 < min(trees(waves[2000]))


def test_the_gaussian_leaves_each_known_cell_out():
    rng = np.random.default_rng(0)
    Z = rng.normal(size=(500, 3)) @ np.array([[1, 0.8, 0], [0, 0.6, 0.3], [0, 0, 1]])
    gaussian = fit_gaussian(Z)

    expected = gaussian.expected(Z)

    for j in range(3):
        rest = np.delete(Z, j, axis=1)
        lonely = np.insert(rest, j, np.nan, axis=1)
        np.testing.assert_allclose(expected[:, j], gaussian.expected(lonely)[:, j], rtol=1e-9, atol=1e-9)


def test_the_gaussian_knows_how_much_gaps_hide():
    rng = np.random.default_rng(0)
    Z = rng.normal(size=(2000, 4))
    Z[rng.random(Z.shape) < 0.5] = np.nan

    covariance = fit_gaussian(Z).covariance

    np.testing.assert_allclose(np.diag(covariance), 1.0, atol=0.1)
    np.testing.assert_allclose(covariance - np.diag(np.diag(covariance)), 0.0, atol=0.15)


@pytest.mark.parametrize("at", [0, 1])
def test_both_fits_of_a_number_have_half_a_say(at):
    imputer = BoostedImputer(indicator=False, random_state=0).fit(GAPPY)
    before = imputer.transform(GAPPY)["x"]

    fit = imputer.models_["x"][at]
    imputer.models_["x"][at] = SimpleNamespace(predict=lambda rows: fit.predict(rows) + 1.0)

    moved = (imputer.transform(GAPPY)["x"] - before)[GAPPY["x"].isna()]
    np.testing.assert_allclose(moved, GAPPY["x"].std(ddof=0) / 2)
