"""Leakage checks: what they measure, what they grade by chance, and what looks like leakage and is none."""

import numpy as np
import pandas as pd
import pytest
from imblearn.over_sampling import SMOTE
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.decomposition import PCA
from sklearn.preprocessing import MinMaxScaler, QuantileTransformer, RobustScaler, StandardScaler

import datafix
from datafix import CHECKS
from datafix.checks.leakage_types import LEAKAGE_TYPES, MEANING, UNSEEN

RNG = np.random.default_rng(0)
CANCER = load_breast_cancer(as_frame=True).frame.rename(columns={"target": "y"})


def parts(table, seed=0):
    rows = np.random.default_rng(seed).permutation(len(table))
    cut = round(0.7 * len(rows))
    return table.iloc[rows[:cut]].reset_index(drop=True), table.iloc[rows[cut:]].reset_index(drop=True)


def found(check, train, test=None, **given):
    given = {"target": "y"} | given
    return datafix.audit(train, test=test, checks=[check], **given).issues


def learned(n=600, seed=0):
    """Return a table whose rows tell the target only to who knows them by heart."""
    random = np.random.default_rng(seed)
    X = random.normal(size=(n, 6))
    return pd.DataFrame(X, columns=list("abcdef")).assign(y=random.choice(["no", "yes"], n))


# Effects


def test_the_effect_of_copies_is_what_knowing_them_by_heart_is_worth():
    train, test = parts(learned())
    test = pd.concat([test, train.head(60)], ignore_index=True)

    evidence = found("train_test_copies", train, test)[0].evidence

    assert evidence["score_with"] > 0.95
    assert evidence["score_without"] < 0.7
    assert evidence["leakage"] == "L1.4"


def test_the_effect_of_a_leaking_column_is_told():
    train = learned().assign(k=lambda table: np.where(table["y"] == "yes", "A", "B"))

    issue = found("target_leakage", train)[0]

    assert issue.evidence["score_with"] > 0.99
    assert issue.evidence["score_without"] < 0.6
    assert "without" in issue.message


def test_an_effect_that_cannot_be_measured_is_said_to_be_so():
    train, test = parts(learned().drop(columns="y"))
    test = pd.concat([test, train.head(60)], ignore_index=True)

    issue = found("train_test_copies", train, test, target=None)[0]

    assert issue.evidence["score_with"] is None
    assert "not measured" in issue.message


def test_groups_in_both_parts_have_an_effect():
    random = np.random.default_rng(1)
    person = random.integers(60, size=600)
    X = random.normal(size=(60, 4))[person] + random.normal(0, 0.05, (600, 4))
    table = pd.DataFrame(X, columns=list("abcd")).assign(person=person, y=random.choice(["no", "yes"], 60)[person])
    crossing = table[table["person"] <= 20].reset_index(drop=True)
    train = pd.concat([table[table["person"] > 20], crossing.iloc[::2]], ignore_index=True)
    test = crossing.iloc[1::2].reset_index(drop=True)

    evidence = found("group_overlap", train, test, groups="person")[0].evidence

    assert evidence["score_with"] > evidence["score_without"] + 0.2


def test_labels_of_another_spelling_do_not_spoil_an_effect():
    train, test = parts(learned())
    test = pd.concat([test, train.head(60)], ignore_index=True)

    evidence = found("train_test_copies", train, test.assign(y=test["y"] + "."))[0].evidence

    assert evidence["score_with"] > 0.95


# Chance


def questionnaire(n, answers=4):
    table = pd.DataFrame(RNG.integers(1, answers + 1, (n, 5)), columns=list("abcde"))
    return table.assign(y=np.where(table.sum(axis=1) + RNG.normal(0, 2, n) > 12, "yes", "no"))


def test_coarse_rows_that_meet_by_chance_are_no_more_than_an_info():
    issue = found("train_test_copies", *parts(questionnaire(3000)))[0]

    assert issue.severity == "info"
    assert issue.evidence["n_by_features"] > 500
    assert abs(issue.evidence["n_by_chance"] / issue.evidence["n_by_features"] - 1) < 0.2


def test_copies_beyond_chance_are_reported_from_the_first_one():
    train, test = parts(learned())
    test.loc[0] = train.loc[0]

    issue = found("train_test_copies", train, test)[0]

    assert issue.rows.tolist() == [0]
    assert issue.evidence["n_by_chance"] < 1e-6
    assert issue.severity >= "warning"


def test_rows_that_are_all_the_same_are_no_leak():
    train = pd.DataFrame({"a": [1.0] * 100, "b": [None] * 100, "y": ["n", "y"] * 50})

    assert found("train_test_copies", train, train.head(50))[0].severity == "info"


def test_chance_is_estimated_where_some_rows_are_real_copies_too():
    train, test = parts(questionnaire(2000, answers=9))
    by_chance = found("train_test_copies", train, test)[0]
    more = found("train_test_copies", train, pd.concat([test, train.head(300)], ignore_index=True))[0]

    assert by_chance.severity == "info"
    assert more.severity == "error"


def test_near_copies_by_noise_and_by_edits_are_found_and_exact_ones_left_to_the_other_check():
    train, test = parts(learned().assign(**{f"n{j}": RNG.normal(size=600) for j in range(4)}))
    noisy = train.head(5).copy()
    noisy[noisy.columns.drop("y")] += RNG.normal(0, 0.003, (5, 10))
    edited = train.iloc[5:10].assign(a=7.0, n0=[1.0, 2.0, 3.0, 4.0, 5.0])
    n = len(test)

    issue = found("near_copies", train, pd.concat([test, noisy, edited, train.iloc[10:20]], ignore_index=True))[0]

    assert issue.rows.tolist() == list(range(n, n + 10))
    assert issue.evidence["score_with"] > issue.evidence["score_without"]


def test_a_few_coincidences_that_gain_nothing_are_an_info():
    train, test = parts(learned(2000).drop(columns="y"))
    edited = train.head(1).assign(a=9.9)

    assert found("near_copies", train, test, target=None) == ()
    more = pd.concat([test, edited], ignore_index=True)
    assert found("near_copies", train, more, target=None)[0].severity == "info"


# Preparation before the split


@pytest.mark.parametrize(
    "scaler",
    [
        StandardScaler(),
        MinMaxScaler(),
        MinMaxScaler((-1, 1)),
        RobustScaler(),
        QuantileTransformer(n_quantiles=300),
        QuantileTransformer(n_quantiles=300, output_distribution="normal"),
        PCA(5),
    ],
    ids=lambda scaler: str(scaler)[:40],
)
def test_scaling_before_the_split_is_told_from_scaling_on_train(scaler):
    X = CANCER.drop(columns="y").to_numpy()
    before = pd.DataFrame(scaler.fit_transform(X)).rename(columns=str).assign(y=CANCER["y"])
    train, test = parts(CANCER)
    scaler.fit(train.drop(columns="y").to_numpy())
    honest = [
        pd.DataFrame(scaler.transform(part.drop(columns="y").to_numpy())).rename(columns=str).assign(y=part["y"])
        for part in (train, test)
    ]

    issue = found("scaled_before_split", *parts(before))[0]

    assert issue.severity == "error"
    assert issue.evidence["leakage"] == "L1.2"
    assert issue.evidence["score_with"] is not None
    assert found("scaled_before_split", *honest) == ()


def test_moments_give_scaling_away_after_some_rows_are_lost():
    columns = CANCER.columns.drop("y")
    whole = CANCER.assign(**(CANCER[columns] - CANCER[columns].mean()) / CANCER[columns].std())
    train, test = parts(whole.sample(frac=0.98, random_state=0))

    issue = found("scaled_before_split", train, test)[0]

    assert "nearer" in issue.evidence["trace"]


def test_a_table_that_was_never_scaled_is_left_alone():
    normal = pd.DataFrame(RNG.normal(size=(400, 5)), columns=list("abcde")).assign(y=RNG.choice(["n", "y"], 400))
    for seed in range(20):
        assert found("scaled_before_split", *parts(normal, seed)) == ()


@pytest.mark.parametrize("average", ["mean", "median"])
def test_filling_before_the_split_is_told_from_filling_by_train(average):
    holes = CANCER.assign(**{"mean radius": CANCER["mean radius"].mask(RNG.random(len(CANCER)) < 0.15)})
    train, test = parts(holes, seed=6)
    whole = parts(holes.fillna({"mean radius": getattr(holes["mean radius"], average)()}), seed=6)
    own = getattr(train["mean radius"], average)()
    honest = [part.fillna({"mean radius": own}) for part in (train, test)]

    issue = found("imputed_before_split", *whole)[0]

    assert (issue.column, issue.evidence["average"]) == ("mean radius", average)
    assert found("imputed_before_split", *honest) == ()


def test_smote_before_the_split_is_told_from_smote_on_train():
    unbalanced = pd.concat([CANCER[CANCER["y"] == 1], CANCER[CANCER["y"] == 0].head(80)])
    X, y = SMOTE(random_state=0).fit_resample(unbalanced.drop(columns="y"), unbalanced["y"])
    train, test = parts(unbalanced)
    own_X, own_y = SMOTE(random_state=0).fit_resample(train.drop(columns="y"), train["y"])

    issue = found("oversampled_before_split", *parts(X.assign(y=y)), task="classification")[0]

    assert "between" in issue.message
    assert len(issue.rows) > 30
    assert found("oversampled_before_split", own_X.assign(y=own_y), test, task="classification") == ()


def test_equal_rows_are_no_line():
    table = learned(60)
    often = pd.concat([table, *[table.head(1)] * 60], ignore_index=True)

    assert all("between" not in issue.message for issue in found("oversampled_before_split", *parts(often)))


def test_target_encoding_in_sample_is_a_warning_and_over_all_rows_an_error():
    table = load_diabetes(as_frame=True, scaled=False).frame.rename(columns={"target": "y"})
    shop = pd.Series(RNG.integers(40, size=len(table)))
    train, test = parts(table.assign(shop=shop))
    means = train.groupby("shop")["y"].mean()
    own = [part.assign(shop=part["shop"].map(means).fillna(train["y"].mean())) for part in (train, test)]
    whole = parts(table.assign(shop=table["y"].groupby(shop).transform("mean")))
    cross_fitted = train.assign(
        shop=datafix.encode.CategoryEncoder(output="target", random_state=0).fit_transform(
            train[["shop"]].astype(str), train["y"]
        )[:, 0]
    )

    assert [issue.severity for issue in found("target_encoded_rows", *own)] == ["warning"]
    assert [issue.severity for issue in found("target_encoded_rows", *whole)] == ["error"]
    assert found("target_encoded_rows", cross_fitted, own[1]) == ()


# Targets


@pytest.mark.parametrize("how", ["monotone", "fold", "categories", "missing"])
@pytest.mark.parametrize("task", ["classification", "regression"])
def test_a_feature_made_of_the_target_is_found_however_it_is_made(how, task):
    random = np.random.default_rng(2)
    y = random.integers(2, size=500) if task == "classification" else random.normal(size=500)
    high = y > np.median(y) if task == "regression" else y == 1
    column = {
        "monotone": np.exp(y) + random.normal(0, 1e-3, 500),
        "fold": random.choice([-1, 1], 500) * (y - y.min() + 1),
        "categories": [f"{value}-{random.integers(3)}" for value in np.round(y, 0)],
        "missing": np.where(high, np.nan, random.normal(size=500)),
    }[how]
    train = pd.DataFrame(random.normal(size=(500, 3)), columns=list("abc")).assign(k=column, y=y)

    issues = found("target_leakage", train, task=task)

    assert [issue.column for issue in issues] == ["k"]
    assert issues[0].evidence["score_by_chance"] < 0.3


def test_rows_without_a_label_do_not_hide_a_leak():
    train = learned().assign(k=lambda table: np.where(table["y"] == "yes", "A", "B"))
    train.loc[5, "y"] = None

    assert [issue.column for issue in found("target_leakage", train)] == ["k"]


def test_a_strong_feature_among_others_is_no_leak():
    random = np.random.default_rng(3)
    X = random.normal(size=(800, 5))
    train = pd.DataFrame(X, columns=list("abcde")).assign(y=X[:, 0] * 2 + X[:, 1] + random.normal(size=800) > 0)

    assert found("target_leakage", train) == ()


def test_titanics_boat_is_found():
    """Made after titanic3: who was in a boat lived, but for a few; the other columns tell far less."""
    random = np.random.default_rng(4)
    sex, survived = random.choice(["f", "m"], 900), None
    survived = np.where(random.random(900) < np.where(sex == "f", 0.7, 0.2), 1, 0)
    boat = np.where((survived == 1) ^ (random.random(900) < 0.02), random.integers(1, 17, 900).astype(str), None)
    train = pd.DataFrame({"sex": sex, "age": random.integers(1, 80, 900), "boat": boat, "y": survived})

    issues = found("target_leakage", train)

    assert [(issue.column, issue.severity) for issue in issues] == [("boat", "warning")]


# Order


def test_rows_sorted_by_time_are_left_alone_if_the_time_is_named():
    train = learned().sort_values("y").assign(t=range(600)).reset_index(drop=True)

    assert found("row_order", train)[0].severity == "warning"
    assert found("row_order", train, time="t") == ()


def test_shuffled_rows_have_no_order():
    for seed in range(20):
        assert found("row_order", learned(seed=seed)) == ()


# What the report says


def test_every_leakage_check_has_its_type():
    names = {check.name for check in CHECKS}
    assert set(LEAKAGE_TYPES) <= names
    assert set(LEAKAGE_TYPES.values()) <= set(MEANING)


def test_the_report_lists_what_no_check_can_see():
    train, test = parts(learned())

    report = datafix.audit(train, test=test, target="y")

    assert set(UNSEEN) <= set(report.skipped)
    assert "feature selection" in str(report)
    assert not set(UNSEEN) & set(datafix.audit(train, target="y").skipped)


def test_near_copies_of_large_tables_are_counted_in_a_sample():
    random = np.random.default_rng(0)
    train, test = (pd.DataFrame(random.normal(size=(600, 8))).add_prefix("x") for _ in range(2))
    test.iloc[:200, 1:] = train.iloc[:200, 1:].to_numpy()
    settings = {"near_copies": {"most_rows": 300}}
    (issue,) = datafix.audit(train, test=test, checks=["near_copies"], settings=settings).issues
    assert issue.evidence["n_searched"] == [300, 300]
    assert len(issue.rows) == pytest.approx(50, abs=20)
    assert issue.evidence["share"] == pytest.approx(1 / 3, abs=0.12)
