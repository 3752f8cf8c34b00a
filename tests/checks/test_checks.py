"""Each check finds its fault, with its rows, and is quiet on the same table without it."""

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer

import datafix
from datafix import CHECKS, ColumnRule, Schema, Split
from datafix.checks.outlying import isolated

RNG = np.random.default_rng(0)
N = 400


def clean():
    """Return a table with which nothing is wrong."""
    X = RNG.normal(size=(N, 2))
    return pd.DataFrame(
        {
            "a": X[:, 0],
            "b": X[:, 1] * 10 + 50,
            "city": RNG.choice(["Bern", "Basel", "Zug"], N),
            "group": np.arange(N) // 4,
            "y": np.where(X[:, 0] + RNG.normal(size=N) > 0, "yes", "no"),
        }
    )


TRAIN, TEST = clean(), clean().assign(group=lambda frame: frame["group"] + 1000)

QUANTITY = TRAIN.assign(y=TRAIN["a"] * 3 + RNG.normal(size=N))


def changed(frame, rows, **values):
    frame = frame.copy()
    for column, value in values.items():
        frame[column] = frame[column].astype(float if isinstance(value, float) else object)
        for row in rows:
            frame.loc[row, column] = value
    return frame.infer_objects()


def typed(frame, rows, column, value):
    values = frame[column].astype(object).to_list()
    for row in rows:
        values[row] = value
    return frame.assign(**{column: pd.Series(values, dtype=object)})


def together(change):
    """Prepare both tables as one, then part them again."""
    whole = change(pd.concat([TRAIN, TEST], ignore_index=True))
    return {"train": whole.iloc[:N], "test": whole.iloc[N:]}


def standardised(whole):
    numbers = whole[["a", "b"]]
    return whole.assign(**((numbers - numbers.mean()) / numbers.std()))


def filled_by_the_mean(whole):
    holes = whole["a"].mask(whole.index % 10 == 0)
    return whole.assign(a=holes.fillna(holes.mean()))


def oversampled():
    rare = TRAIN.assign(y=["yes" if i < 40 else "no" for i in range(N)])
    whole = pd.concat([rare, *[rare.head(40)] * 5], ignore_index=True).sample(frac=1, random_state=0)
    return {"train": whole.iloc[:400], "test": whole.iloc[400:]}


def encoded_by_the_target(whole):
    shop = whole.index.to_series() % 37
    return whole.assign(k=(whole["y"] == "yes").groupby(shop).transform("mean"))


def with_edited_copies():
    train, test = (table.assign(**{f"c{j}": RNG.normal(size=N) for j in range(6)}) for table in (TRAIN, TEST))
    copies = train.head(9).assign(c0=0.5, group=range(5000, 5009))
    return {"train": train, "test": pd.concat([test, copies])}


def among(n_classes, n_columns=3, n_rows=600, seed=1):
    """Return a table of classes that lie apart."""
    random = np.random.default_rng(seed)
    y = random.integers(0, n_classes, n_rows)
    centers = random.normal(size=(n_classes, n_columns)) * 4
    X = centers[y] + random.normal(size=(n_rows, n_columns))
    table = pd.DataFrame(X, columns=[f"x{j}" for j in range(n_columns)])
    return table.assign(city=random.choice(["Bern", "Basel", "Zug"], n_rows), y=[f"class {k}" for k in y])


def of_many_weak_columns(n_rows):
    random = np.random.default_rng(1)
    X = pd.DataFrame(random.normal(size=(n_rows, 8))).add_prefix("x")
    return X.assign(y=np.where(X.sum(axis=1) > 0, "yes", "no"))


def going_together():
    random = np.random.default_rng(5)
    a = random.normal(size=N)
    return TRAIN.assign(a=a, b=10 * a + random.normal(size=N) / 10 + 50)


CLASSES = among(4)
TWO = among(2)
OTHER = np.random.default_rng(4).choice(["class 3", "other"], 600)
SURE = TRAIN.assign(y=TRAIN["a"] * 3 + np.random.default_rng(6).normal(size=N) / 2)
WIDE = TRAIN.assign(**{f"c{j}": np.random.default_rng([7, j]).normal(size=N) for j in range(6)})
CODES = [f"c-{i % 97:04d}" for i in range(N)]
FAULTS = {
    "missing_patterns": (
        {"train": TRAIN.assign(a=TRAIN["a"].where((TRAIN["y"] == "no") | (TRAIN.index % 3 > 0)))},
        "info",
        None,
    ),
    "mixed_nulls": ({"train": changed(changed(TRAIN, [3, 4], city="N/A"), [8], city=None)}, "info", None),
    "joint_outliers": ({"train": changed(going_together(), [7], a=1.5, b=35.0), "groups": "group"}, "warning", [7]),
    "dependent_rows": ({"train": TRAIN.sort_values("b"), "groups": "group"}, "info", None),
    "prior_shift": (
        {"train": TWO, "test": among(2)[lambda t: (t["y"] == "class 0") | (t.index % 9 == 0)].drop(columns="y")},
        "warning",
        None,
    ),
    "odd_formats": ({"train": TRAIN.assign(k=[*CODES[:-2], "c-o012", "17"])}, "warning", [N - 2, N - 1]),
    "learning_curve": ({"train": of_many_weak_columns(150)}, "warning", None),
    "joint_drift": ({"test": TEST.assign(b=TEST["a"] * 10 + 50), "groups": "group"}, "warning", None),
    "relation_drift": (
        {"train": TWO, "test": among(2).assign(y=TWO["y"].map({"class 0": "class 1", "class 1": "class 0"}))},
        "warning",
        None,
    ),
    "weak_groups": (
        {"train": TWO.assign(y=TWO["y"].where(TWO["city"] != "Zug", np.random.default_rng(3).permutation(TWO["y"])))},
        "warning",
        np.flatnonzero(TWO["city"] == "Zug").tolist(),
    ),
    "ambiguous_classes": (
        {"train": CLASSES.assign(y=CLASSES["y"].where(CLASSES["y"] != "class 3", OTHER))},
        "warning",
        np.flatnonzero(CLASSES["y"] == "class 3").tolist(),
    ),
    "outlier_values": ({"train": changed(TRAIN, [7, 9], b=9e4)}, "warning", [7, 9]),
    "high_cardinality": ({"train": TRAIN.assign(k=[f"shop {i % 90}" for i in range(N)])}, "info", None),
    "number_scales": ({"train": TRAIN.assign(b=TRAIN["b"] * 1e4)}, "info", None),
    "odd_characters": ({"train": changed(TRAIN, [8], city="Z\u00c3\u00bcrich")}, "warning", [8]),
    "text_lengths": ({"train": TRAIN.assign(k=[*CODES[:-1], "c-1"])}, "warning", [N - 1]),
    "unlikely_targets": (
        {"train": SURE.assign(y=SURE["y"].mask(SURE.index % 50 == 3, SURE["y"] + 30))},
        "warning",
        list(range(3, N, 50)),
    ),
    "small_groups": ({"train": changed(TRAIN, [7, 9, 11], city="Chur")}, "info", [7, 9, 11]),
    "near_duplicate_rows": (
        {"train": pd.concat([WIDE, WIDE.head(30).assign(c0=0.5, group=range(5000, 5030))])},
        "warning",
        list(range(N, N + 30)),
    ),
    "target_outliers": ({"train": changed(QUANTITY, [5], y=1e6), "test": QUANTITY}, "warning", [5]),
    "target_drift": ({"test": TEST[(TEST["y"] == "no") | (TEST.index % 5 == 0)]}, "warning", None),
    "row_order": ({"train": TRAIN.sort_values("y")}, "warning", None),
    "scaled_before_split": (together(standardised), "error", None),
    "imputed_before_split": (together(filled_by_the_mean), "error", None),
    "oversampled_before_split": (oversampled(), "error", None),
    "near_copies": (with_edited_copies(), "error", list(range(N, N + 9))),
    "target_encoded_rows": (together(encoded_by_the_target), "error", None),
    "few_rows": ({"train": TRAIN.head(20)}, "warning", None),
    "column_types": (
        {"train": typed(TRAIN, [3, 5], "a", "odd"), "test": typed(TEST, [3, 5], "a", "odd")},
        "warning",
        [3, 5],
    ),
    "infinite_values": ({"train": changed(TRAIN, [7], a=np.inf)}, "error", [7]),
    "missing_values": ({"train": TRAIN.assign(a=TRAIN["a"].where(TRAIN.index < 10))}, "warning", None),
    "sentinel_value": ({"train": changed(TRAIN, [1, 2, 3, 4, 5], b=-999.0)}, "warning", [1, 2, 3, 4, 5]),
    "constant_column": ({"train": TRAIN.assign(k=1)}, "info", None),
    "identifier_column": ({"train": TRAIN.assign(k=[f"row {i}" for i in range(N)])}, "warning", None),
    "redundant_columns": (
        {"train": TRAIN.assign(k=TRAIN["city"].map({"Bern": 1, "Basel": 2, "Zug": 3}))},
        "info",
        None,
    ),
    "category_spelling": ({"train": changed(TRAIN, [9], city="bern ")}, "warning", [9]),
    "category_mismatch": ({"test": changed(TEST, range(20), city="Chur")}, "warning", list(range(20))),
    "column_drift": ({"test": TEST.assign(a=TEST["a"] + 1), "groups": "group"}, "warning", None),
    "duplicate_rows": ({"train": pd.concat([TRAIN, TRAIN.head(30)])}, "warning", list(range(N, N + 30))),
    "missing_labels": ({"train": changed(TRAIN, [4], y=None)}, "error", [4]),
    "class_balance": ({"train": changed(TRAIN, [4, 8], y="maybe")}, "warning", [4, 8]),
    "label_spelling": ({"train": changed(TRAIN, [6], y="Yes ")}, "error", [6]),
    "new_labels": ({"test": changed(TEST, [6], y="maybe")}, "error", [6]),
    "conflicting_labels": (
        {"train": pd.concat([TRAIN, TRAIN.head(10).assign(y=TRAIN["y"].head(10).map({"no": "yes", "yes": "no"}))])},
        "warning",
        [*range(10), *range(N, N + 10)],
    ),
    "target_leakage": ({"train": TRAIN.assign(k=(TRAIN["y"] == "yes") * 2.0 + RNG.normal(0, 0.1, N))}, "error", None),
    "train_test_copies": ({"test": pd.concat([TEST, TRAIN.tail(5)])}, "error", list(range(N, N + 5))),
    "group_overlap": (
        {"test": TEST.assign(group=TEST["group"].where(TEST.index != 3, 0)), "groups": "group"},
        "error",
        [3],
    ),
    "id_overlap": (
        {"train": TRAIN.assign(i=range(N)), "test": TEST.assign(i=range(N - 1, 2 * N - 1)), "ids": "i"},
        "error",
        [0],
    ),
    "time_overlap": (
        {"train": TRAIN.assign(t=range(N)), "test": TEST.assign(t=range(N - 1, 2 * N - 1)), "time": "t"},
        "warning",
        [N - 1],
    ),
    "schema_rules": (
        {"train": changed(TRAIN, [5], b=1e3), "schema": Schema({"b": ColumnRule("number", maximum=500)})},
        "error",
        [5],
    ),
}
# What the quiet tables need for the check to run at all.
QUIET = {
    "joint_outliers": {"train": going_together(), "groups": "group"},
    "dependent_rows": {"groups": "group"},
    "prior_shift": {"train": TWO.head(300), "test": TWO.tail(300).drop(columns="y")},
    "learning_curve": {"train": TWO},
    "joint_drift": {"groups": "group"},
    "relation_drift": {"train": TWO.head(300), "test": TWO.tail(300)},
    "weak_groups": {"train": TWO},
    "ambiguous_classes": {"train": CLASSES},
    "column_drift": {"groups": "group"},
    "text_lengths": {"train": TRAIN.assign(k=CODES)},
    "odd_formats": {"train": TRAIN.assign(k=CODES)},
    "target_outliers": {"train": QUANTITY, "test": QUANTITY},
    "unlikely_targets": {"train": SURE},
    "near_duplicate_rows": {"train": WIDE},
    "group_overlap": {"groups": "group"},
    "id_overlap": {"train": TRAIN.assign(i=range(N)), "test": TEST.assign(i=range(N, 2 * N)), "ids": "i"},
    "time_overlap": {"train": TRAIN.assign(t=range(N)), "test": TEST.assign(t=range(N, 2 * N)), "time": "t"},
    "schema_rules": {"schema": Schema({"b": ColumnRule("number", maximum=500)})},
}
# Images have their tests in test_images.py.
OWN_TESTS = {"seen_in_preparation", "mislabeled_rows"} | {
    check.name for check in CHECKS if check.needs & {"images", "files"}
}


def run(name, **given):
    given = {"train": TRAIN, "test": TEST, "target": "y"} | given
    report = datafix.audit(
        given.pop("train").reset_index(drop=True), test=given.pop("test").reset_index(drop=True), checks=[name], **given
    )
    assert not report.skipped
    return report.issues


@pytest.mark.parametrize("name", FAULTS)
def test_a_check_finds_its_fault(name):
    given, severity, rows = FAULTS[name]
    issues = run(name, **given)
    assert issues, "nothing was found"
    assert issues[0].severity == severity
    assert issues[0].check == name
    assert issues[0].hint
    if rows is not None:
        assert issues[0].rows.tolist() == rows


@pytest.mark.parametrize("name", FAULTS)
def test_a_check_is_quiet_where_nothing_is_wrong(name):
    assert run(name, **QUIET.get(name, {})) == ()


def test_every_check_is_tested_here():
    assert {check.name for check in CHECKS} == set(FAULTS) | OWN_TESTS


def test_mislabeled_rows_are_a_warning_where_classes_part_well_and_not_where_they_overlap():
    X = np.r_[RNG.normal(-3, 1, (200, 2)), RNG.normal(3, 1, (200, 2))]
    y = np.repeat(["left", "right"], 200)
    noisy = y.copy()
    wrong = np.arange(0, 400, 20)
    noisy[wrong] = np.where(y[wrong] == "left", "right", "left")
    (issue,) = datafix.audit(X, target=noisy, checks=["mislabeled_rows"]).issues
    assert issue.severity == "warning"
    assert np.isin(wrong, issue.rows).mean() >= 0.9

    assert datafix.audit(X, target=y, checks=["mislabeled_rows"]).at_least("warning").issues == ()
    overlapping = datafix.audit(X / 6, target=y, checks=["mislabeled_rows"])
    assert overlapping.at_least("warning").issues == ()


@pytest.mark.parametrize("steepness", [0.0, 1.5])
@pytest.mark.parametrize("n_rows", [500, 1500])
def test_labels_of_classes_that_overlap_are_at_most_an_info(steepness, n_rows):
    for seed in range(4):
        random = np.random.default_rng([seed, n_rows])
        X = pd.DataFrame(random.normal(size=(n_rows, 5)), columns=list("abcde"))
        y = random.random(n_rows) < 1 / (1 + np.exp(-steepness * (X["a"] + X["b"])))
        report = datafix.audit(X, target=np.where(y, "yes", "no"), checks=["mislabeled_rows"])
        assert report.at_least("warning").issues == (), str(report)


@pytest.mark.parametrize("rate", [0.02, 0.2])
def test_wrong_labels_of_classes_that_part_are_a_warning(rate):
    X, y = load_breast_cancer(return_X_y=True)
    rows = np.random.default_rng(0).choice(len(y), round(rate * len(y)), replace=False)
    y[rows] = 1 - y[rows]
    (issue,) = datafix.audit(X, target=y, checks=["mislabeled_rows"]).issues
    assert issue.severity == "warning"


def test_a_column_of_one_kind_that_no_network_takes_is_named_by_it():
    frames = {
        "lists": TRAIN.assign(k=[[1], [2, 3]] * (N // 2)),
        "complex numbers": TRAIN.assign(k=1j),
        "arrays": TRAIN.assign(k=[np.arange(3), None] * (N // 2)),
    }
    for kind, frame in frames.items():
        (issue,) = datafix.audit(frame, target="y", checks=["column_types"]).issues
        assert issue.message == f"Column 'k' holds {kind}, which a network cannot take."


def test_columns_that_are_nearly_one_are_named():
    nearly = TRAIN.assign(c=2 * TRAIN["a"] + np.random.default_rng(0).normal(0, 0.01, N))
    (issue,) = run("redundant_columns", train=nearly)
    assert (issue.evidence["columns"], issue.severity) == (["a", "c"], "info")
    assert "nearly the same" in issue.message


def test_images_that_their_brightness_tells_apart_are_a_shortcut():
    random = np.random.default_rng(0)
    images = random.integers(60, 200, (120, 8, 8, 1)).astype("uint8")
    y = np.arange(120) % 2
    assert datafix.audit(images, target=y, checks=["image_shortcuts"]).issues == ()

    brighter = images + (40 * y[:, None, None, None]).astype("uint8")
    (issue,) = datafix.audit(brighter, target=y, checks=["image_shortcuts"]).issues

    assert (issue.severity, issue.evidence["figure"]) == ("warning", "brightness")


def test_given_probabilities_are_used_as_they_are():
    y = ["a"] * 50 + ["b"] * 50
    proba = np.repeat([[0.95, 0.05], [0.05, 0.95]], 50, axis=0)
    proba[3] = [0.02, 0.98]
    (issue,) = datafix.audit(RNG.normal(size=(100, 2)), target=y, pred_proba=proba, checks=["mislabeled_rows"]).issues
    assert issue.rows.tolist() == [3]


def test_a_record_proves_that_test_rows_were_fitted_on():
    X, Z = RNG.normal(size=(100, 3)), RNG.normal(size=(50, 3))
    split = Split(train=np.arange(80), test=np.arange(80, 100))
    prepared = datafix.prepare(None, X, RNG.normal(size=100), split=split, record=True)
    leaking = np.vstack([Z, X[[5]].astype("float32")])
    (issue,) = datafix.audit(Z, test=leaking, prepared=prepared, checks=["seen_in_preparation"]).issues
    assert (issue.severity, issue.rows.tolist()) == ("error", [50])
    assert datafix.audit(Z, test=X[80:], prepared=prepared, checks=["seen_in_preparation"]).issues == ()


def test_images_that_show_nothing_are_found():
    images = RNG.integers(60, 200, (100, 8, 8, 1)).astype("uint8")
    images[3], images[5] = 128, RNG.integers(0, 30, (8, 8, 1))
    images[9] = RNG.integers(245, 255, (8, 8, 1))
    issues = datafix.audit(images, checks=["image_quality"]).issues
    assert {issue.evidence["fault"]: issue.rows.tolist() for issue in issues} == {
        "of one colour": [3],
        "much darker than the others": [5],
        "much brighter than the others": [9],
    }
    assert datafix.audit(images[10:], checks=["image_quality"]).issues == ()


def test_copies_are_told_with_and_without_their_label():
    labels = {"no": "no.", "yes": "yes."}
    test = pd.concat([TEST, TRAIN.head(4)]).assign(y=lambda frame: frame["y"].map(labels))
    test.iloc[-1, -1] = labels["no" if TRAIN["y"][3] == "yes" else "yes"]
    (issue,) = run("train_test_copies", test=test)
    assert {key: issue.evidence[key] for key in ("n_by_features", "n_with_label", "n_with_label_as_spelt")} == {
        "n_by_features": 4,
        "n_with_label": 3,
        "n_with_label_as_spelt": 0,
    }


def test_target_leakage_by_category_missingness_and_without_order():
    y = (TRAIN["y"] == "yes").to_numpy()
    leaks = {
        "category": np.where(y, RNG.choice(["a", "b"], N), RNG.choice(["c", "d"], N)),
        "missingness": np.where(y, RNG.normal(size=N), np.nan),
        "not monotone": np.where(y, RNG.choice([-1, 1], N) * 5 + RNG.normal(0, 0.1, N), RNG.normal(0, 0.1, N)),
    }
    for name, values in leaks.items():
        issues = run("target_leakage", train=TRAIN.assign(**{name: values}))
        assert [issue.column for issue in issues] == [name]


def test_target_leakage_into_a_quantity():
    frame = TRAIN.assign(y=TRAIN["b"] * 3 + 1)
    test = TEST.assign(y=TEST["b"] * 3 + 1)
    assert [issue.column for issue in run("target_leakage", train=frame, test=test)] == ["b"]


def test_a_spike_of_the_target_is_found_and_zeros_are_not():
    y = np.where(RNG.random(1000) < 0.1, 50.0, RNG.normal(40, 5, 1000).clip(max=50))
    (issue,) = datafix.audit(RNG.normal(size=(1000, 2)), target=y, checks=["target_outliers"]).issues
    assert issue.evidence["value"] == 50
    assert "where it ends" in issue.message
    often_nothing = np.where(RNG.random(1000) < 0.3, 0.0, RNG.exponential(5, 1000))
    assert datafix.audit(RNG.normal(size=(1000, 2)), target=often_nothing, checks=["target_outliers"]).issues == ()


@pytest.mark.parametrize("draw", [RNG.normal, RNG.exponential, lambda size: RNG.lognormal(0, 1.5, size),
                                  lambda size: RNG.standard_t(3, size), lambda size: RNG.pareto(2, size)])  # fmt: skip
def test_heavy_tails_are_no_outliers(draw):
    assert not any(len(isolated(draw(size=size))) for size in (100, 2000, 20_000) for _ in range(10))


def test_odd_text_is_told_by_kind():
    frame = TRAIN.assign(k=["word"] * (N - 3) + ["wo\u200brd", "--", "na\u00efve"])
    issues = datafix.audit(frame, target="y", checks=["odd_characters"]).issues
    assert sorted(issue.rows.tolist() for issue in issues) == [[N - 3], [N - 2]]


def test_slips_of_the_pen_are_other_spellings():
    (issue,) = run(
        "category_spelling", train=changed(TRAIN.assign(city=TRAIN["city"] + " Altstadt"), [9], city="Bern Altstdat")
    )
    assert (issue.rows.tolist(), issue.evidence["mapping"]) == ([9], {"Bern Altstdat": "Bern Altstadt"})


def test_trees_that_gain_nothing_give_no_warning():
    random, n = np.random.default_rng(1), 400
    table = pd.DataFrame(
        {
            "a": random.normal(size=n),
            "t": random.choice(["u", "v"], n),
            "g": random.integers(0, 80, n),
            "id": np.arange(n),
            "y": random.choice(["no", "yes"], n),
        }
    )
    report = datafix.audit(table, test=table, target="y", checks=["joint_drift"])
    assert report.issues == ()
