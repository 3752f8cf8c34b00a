from dataclasses import dataclass

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn import datasets

import datafix
from datafix import CHECKS, Issue, ParameterError, Severity, TableError

FRAME = pd.DataFrame({"a": [1.0, 2.0, np.inf] * 20, "b": ["x", "y", "z"] * 20, "y": ["no", "yes", "no"] * 20})


def clean_tables():
    for load in (datasets.load_iris, datasets.load_wine, datasets.load_breast_cancer, datasets.load_diabetes):
        bunch = load(as_frame=True)
        yield load.__name__, bunch.frame.sample(frac=1, random_state=0), "target"  # they come sorted by class
    yield "load_digits", datasets.load_digits(as_frame=True).frame, "target"
    rng = np.random.default_rng(0)
    for n in (200, 2000):
        frame = pd.DataFrame(rng.normal(size=(n, 4)), columns=list("abcd"))
        frame["city"] = rng.choice(["Bern", "Basel", "Zug"], n)
        frame["count"] = rng.poisson(3, n)
        frame["price"] = rng.integers(1, 100, n) - 0.01
        frame["year"] = rng.integers(1950, 2020, n)
        frame["y"] = np.where(frame["a"] + rng.normal(size=n) > 0, "yes", "no")
        yield f"generated {n}", frame, "y"


CLEAN = {name: (frame, target) for name, frame, target in clean_tables()}


@pytest.mark.parametrize("name", CLEAN)
def test_clean_tables_raise_no_alarm(name):
    frame, target = CLEAN[name]
    alone = datafix.audit(frame, target=target)
    split = datafix.split(frame, random_state=0, validation_size=0)
    parts = datafix.audit(frame.iloc[split.train], test=frame.iloc[split.test], target=target)
    for report in (alone, parts):
        assert report.at_least("error").issues == ()
        assert len(report.at_least("warning").issues) <= 1, str(report)


def test_iris_comes_sorted_by_class():
    iris = datasets.load_iris(as_frame=True).frame

    report = datafix.audit(iris, target="target", checks=["row_order"])

    assert report.issues[0].evidence["score_with"] > 0.9


def test_every_engine_gives_the_same_report():
    reports = [
        datafix.audit(make(FRAME), target="y").to_json()
        for make in (
            lambda frame: frame,
            pl.from_pandas,
            lambda frame: pl.from_pandas(frame).to_arrow(),
            lambda frame: pl.from_pandas(frame).lazy(),
        )
    ]
    assert reports[0] == reports[1] == reports[2] == reports[3]


def test_the_same_seed_gives_the_same_bytes():
    one, two = (datafix.audit(FRAME, target="y", random_state=3).to_html() for _ in range(2))
    assert one == two


def test_numbered_columns_take_roles():
    numbered = FRAME.set_axis([0, 1, 2], axis=1)
    report = datafix.audit(numbered, target=2, test=numbered, checks=["class_balance", "train_test_copies"])
    assert report.passed == ("class_balance",)
    assert datafix.Split.from_parts(numbered, numbered, target=2, on_overlap="ignore").y.tolist()[:3] == [
        "no",
        "yes",
        "no",
    ]


def test_what_could_not_run_is_named_with_its_reason():
    report = datafix.audit(FRAME)
    names = {check.name for check in CHECKS}
    assert {issue.check for issue in report.issues} | set(report.passed) | set(report.skipped) == names
    assert report.skipped["train_test_copies"] == "no test table was given: test=..."
    assert report.skipped["class_balance"].startswith("it needs a target")


@dataclass(frozen=True)
class Never:
    """Find nothing good."""

    name: str = "never"
    needs: frozenset = frozenset()
    limit: int = 3

    def find(self, tables):
        yield Issue(self.name, Severity.INFO, f"limit {self.limit}, {tables.train.n_rows} rows", "Go on.")


def test_a_users_own_check_runs_with_its_settings():
    report = datafix.audit(FRAME, checks=[Never(), "infinite_values"], settings={"never": {"limit": 5}})
    assert [issue.message for issue in report.issues if issue.check == "never"] == ["limit 5, 60 rows"]


def test_progress_names_the_check_that_runs_and_leaves_nothing_on_the_standard_output(capfd):
    told = []

    class Telling(Never):
        def find(self, tables):
            told.append(capfd.readouterr())
            return iter(())

    report = datafix.audit(FRAME, checks=["few_rows", Telling(), "infinite_values"], progress=True)
    assert "never" in report.passed
    assert capfd.readouterr().out == told[0].out == ""
    datafix.audit(FRAME, checks=[Telling()])
    assert told[1] == capfd.readouterr() == ("", "")


def test_a_check_that_fails_is_not_swallowed():
    class Broken(Never):
        def find(self, tables):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        datafix.audit(FRAME, checks=[Broken()])


@pytest.mark.parametrize(
    ("arguments", "error", "told"),
    [
        ({"target": "nope"}, TableError, "target='nope'"),
        ({"checks": ["nope"]}, ParameterError, "no check 'nope'"),
        ({"checks": "all"}, ParameterError, "'all'"),
        ({"checks": [3]}, ParameterError, "needs name, needs and find"),
        ({"settings": {"nope": {}}}, ParameterError, "'nope'"),
        ({"settings": {"column_drift": {"far": 1}}}, ParameterError, "\\['far'\\]"),
        ({"task": "ranking"}, ParameterError, "'ranking'"),
        ({"test": np.zeros((3, 4, 4))}, TableError, "one kind"),
        ({"groups": "nope"}, TableError, "groups='nope'"),
        ({"target": ["y", "b"]}, TableError, "target needs one column, or one value a row; got the columns"),
    ],
)
def test_arguments_that_cannot_be_meant_are_refused(arguments, error, told):
    with pytest.raises(error, match=told):
        datafix.audit(FRAME, **arguments)


ODD = {
    "one row": FRAME.head(1),
    "two rows": FRAME.head(2),
    "one class": FRAME.assign(y="no"),
    "all missing": FRAME.assign(a=np.nan, b=None, c=pd.NaT),
    "all missing target": FRAME.assign(y=None),
    "infinities": FRAME.assign(a=np.inf),
    "mixed": FRAME.assign(a=[1, "x", 2.5, None, True, b"b"] * 10),
    "lists": FRAME.assign(a=[[1], [2], None] * 20),
    "nullable": FRAME.assign(a=pd.array([1, None, 3] * 20, dtype="Int64"), c=pd.array([True, None, False] * 20)),
    "arrow": FRAME.astype({"a": "float64[pyarrow]", "b": "string[pyarrow]"}),
    "categories": FRAME.assign(
        b=pd.Categorical(FRAME["b"]), y=pd.Categorical(FRAME["y"], categories=["no", "yes", "gone"])
    ),
    "numbers as categories": FRAME.assign(b=pd.Categorical([1, 2, 3] * 20)),
    "boolean target": FRAME.assign(y=FRAME["y"] == "yes"),
    "dates": FRAME.assign(a=pd.Timestamp("2020-01-01").date(), c=pd.Timestamp("2020-01-01", tz="Europe/Zurich")),
    "durations": FRAME.assign(a=pd.to_timedelta(range(60), unit="s")),
    "complex": FRAME.assign(a=1j),
    "bytes": FRAME.assign(b=b"x"),
    "numbers as names": FRAME.rename(columns={"a": 0, "b": 1}),
    "huge numbers": FRAME.assign(a=[1e308, -1e308, 0] * 20),
    "whole numbers past float": FRAME.assign(a=[2**63 - 1, -(2**63), 0] * 20),
    "long text": FRAME.assign(b="x" * 100_000),
    "an index of its own": FRAME.set_axis(list("abc") * 20),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_tables_give_findings_and_no_traceback(name):
    report = datafix.audit(ODD[name], target="y", test=ODD[name])
    for text in (str(report), report.to_html(), report.to_json(), report.to_junit(), report.to_markdown()):
        assert text
    if name not in ("one row", "two rows"):
        assert report.shapes["train"][0] == 60


@pytest.mark.long
def test_ten_thousand_columns_are_looked_at():
    X = np.random.default_rng(0).normal(size=(60, 10_000))
    report = datafix.audit(X, target=np.arange(60) % 2)
    assert "few_rows" in {issue.check for issue in report.issues}


def test_a_thousand_columns_of_noise_name_no_leak():
    X = np.random.default_rng(0).normal(size=(300, 1000))
    report = datafix.audit(X, target=np.arange(300) % 2, checks=["target_leakage"])
    assert report.issues == ()


@pytest.mark.parametrize("base", [1_234_567_890_123_456_000, 10**30])
def test_long_ids_are_told_apart(base):
    n, random = 300, np.random.default_rng(0)
    ids = [base + i for i in range(2 * n)]
    x = random.normal(size=n)
    train = pd.DataFrame({"acct": ids[:n], "a": x, "y": random.choice(["no", "yes"], n)})
    test = train.assign(acct=ids[n:], a=x + 3)

    apart = datafix.audit(train, test=test, ids="acct", groups="acct", checks=["id_overlap", "group_overlap"])
    alone = datafix.audit(
        train[["acct", "y"]],
        test=test[["acct", "y"]],
        target="y",
        checks=["duplicate_rows", "conflicting_labels", "train_test_copies", "constant_column", "near_copies"],
    )

    assert apart.issues == ()
    assert alone.issues == ()
    shared = datafix.audit(train, test=test.assign(acct=ids[n - 2 : 2 * n - 2]), ids="acct", checks=["id_overlap"])
    assert shared.issues[0].rows.tolist() == [0, 1]


def test_whole_numbers_in_train_meet_floats_in_test():
    train = pd.DataFrame({"i": range(60), "a": range(60)})
    report = datafix.audit(train, test=train.astype(float), ids="i", checks=["id_overlap", "train_test_copies"])
    assert [issue.evidence.get("n_rows") or issue.evidence["n_by_features"] for issue in report.issues] == [60, 60]


@pytest.mark.parametrize("written", ["%Y-%m-%d", "%d.%m.%Y", "%b %d, %Y"])
def test_times_kept_as_text_are_compared_as_times(written):
    days = pd.date_range("2020-01-20", periods=120)
    train = pd.DataFrame({"t": days.strftime(written), "a": range(120)})
    test = train.assign(t=(days + pd.Timedelta(days=118)).strftime(written))

    (issue,) = datafix.audit(train, test=test, time="t", checks=["time_overlap"]).issues

    assert issue.rows.tolist() == [118, 119]


def test_text_that_is_no_time_is_named_as_the_reason():
    frame = FRAME.assign(when=1.0)
    assert (
        datafix.audit(frame, test=frame, time="b", checks=["time_overlap"])
        .skipped["time_overlap"]
        .startswith("'b' is text, not times")
    )
    other = frame.assign(when=pd.Timestamp("2020-01-01"))
    assert datafix.audit(frame, test=other, time="when", checks=["time_overlap"]).skipped == {
        "time_overlap": "'when' is number in train and time in test"
    }


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"settings": {"column_drift": {"distance": "big"}}}, "'column_drift' needs a number of at least 0"),
        ({"settings": {"column_drift": {"distance": float("nan")}}}, "got nan"),
        ({"settings": {"few_rows": {"fewest_train": 1.5}}}, "'few_rows' needs a whole number"),
        ({"settings": {"few_rows": 0.2}, "checks": ["column_types"]}, "'few_rows' need a mapping of field to value"),
        ({"settings": 3}, "mapping of check name to fields"),
        ({"settings": {"colum_drift": {}}}, "Did you mean 'column_drift'"),
        ({"checks": ["colum_drift"]}, "no check 'colum_drift'. Did you mean 'column_drift'"),
        ({"checks": []}, "at least one check"),
        ({"task": "regression"}, "task='regression' needs a target of numbers, got text"),
        ({"random_state": -1}, "random_state"),
        ({"random_state": "x"}, "random_state"),
        ({"sample_weight": [-1.0] * 60}, "finite weights of at least 0, got -1 on 60 train"),
        ({"sample_weight": [np.nan] + [1.0] * 59}, "got nan on 1 train"),
        ({"sample_weight": "b"}, "sample_weight needs numbers, got text"),
        ({"ids": "y"}, "'y' cannot be both target= and ids="),
        ({"target": ("y", "b")}, "one column for target=, got \\('y', 'b'\\)"),
        ({"schema": 3}, "a Schema or the path of its YAML, got int"),
    ],
)  # fmt: skip
def test_arguments_of_a_wrong_type_are_refused(arguments, told):
    with pytest.raises(ParameterError, match=told):
        datafix.audit(FRAME, **{"target": "y"} | arguments)


def test_a_schema_may_be_its_path(tmp_path):
    path = tmp_path / "schema.yaml"
    datafix.Schema({"b": datafix.ColumnRule("text", categories=("x", "y"))}).to_yaml(path)
    report = datafix.audit(FRAME, target="y", schema=str(path), checks=["schema_rules"])
    assert [issue.column for issue in report.issues] == ["b"]


def test_without_a_test_table_its_lack_is_the_reason():
    names = ["new_labels", "target_drift", "relation_drift", "oversampled_before_split", "prior_shift"]
    report = datafix.audit(FRAME, target="y", checks=names)
    assert set(report.skipped) == set(names)
    assert {reason.split(":")[0] for reason in report.skipped.values()} == {"no test table was given"}
