import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from datafix.cli import audit_command

FRAME = pd.DataFrame(
    {
        "a": [1.0, 2.0, np.inf] * 30,
        "city": ["Bern", "bern ", "?"] * 30,
        "n": ["1,000", "2,500", "3"] * 30,
        "y": ["no", "yes", "no"] * 30,
    }
)


def test_audit_tells_findings_by_its_exit_status(run, train):
    call = ("audit", train, "--target", "y", "--ignore", "mislabeled_rows")
    status, text = run(*call)
    assert (status, "infinite_values" in text) == (1, True)
    assert run(*call, "--fail-on", "never")[0] == 0
    assert run("audit", train, "--select", "constant_column")[0] == 0
    assert run("audit", train, "--select", "sentinel_value")[0] == 0
    assert run("audit", train, "--select", "sentinel_value", "--fail-on", "warning")[0] == 1


def test_audit_writes_every_report_that_is_asked_for(run, train, tmp_path):
    out = {kind: tmp_path / f"report.{kind}" for kind in ("html", "json", "junit", "markdown")}
    flags = [part for kind, path in out.items() for part in (f"--{kind}", path)]
    run("audit", train, "--test", train, "--select", "infinite_values,train_test_copies", *flags)
    assert "infinite" in out["html"].read_text()
    assert {issue["check"] for issue in json.loads(out["json"].read_text())["issues"]} == {
        "infinite_values",
        "train_test_copies",
    }
    assert "| infinite_values |" in out["markdown"].read_text()
    assert ET.parse(out["junit"]).getroot().get("failures") == "2"


def test_a_baseline_lets_only_new_findings_fail(run, train, tmp_path):
    baseline = tmp_path / "baseline.json"
    call = ("audit", train, "--target", "y", "--ignore", "mislabeled_rows")
    assert run(*call, "--write-baseline", baseline)[0] == 0
    assert run(*call, "--baseline", baseline, "--fail-on", "warning")[0] == 0
    FRAME.assign(b=np.inf).to_csv(train, index=False)
    assert run(*call, "--baseline", baseline)[0] == 1
    baseline.write_text(baseline.read_text().replace('"format": 2', '"format": 1'))
    status, text = run(*call, "--baseline", baseline)
    assert (status, "format 1, this datafix reads 2" in text) == (2, True)


def test_a_baseline_hides_neither_other_rules_nor_many_more_rows(run, train, tmp_path):
    baseline, schema = tmp_path / "baseline.json", tmp_path / "schema.yaml"
    schema.write_text("datafix_schema: 1\ncolumns:\n  k: {kind: number, maximum: 6, minimum: 0, nullable: false}\n")
    call = ("audit", train, "--schema", schema, "--select", "schema_rules", "--baseline", baseline)

    def told_of(values):
        pd.DataFrame({"k": values, "a": 1}).to_csv(train, index=False)
        return run(*call)

    pd.DataFrame({"k": [7.0] * 3 + [1.0] * 97, "a": 1}).to_csv(train, index=False)
    assert run(*call[:-2], "--write-baseline", baseline)[0] == 0
    assert told_of([8.0] * 6 + [1.0] * 94)[0] == 0
    assert "at most 6" in told_of([8.0] * 7 + [1.0] * 93)[1]
    status, text = told_of([7.0, -1.0, None] + [1.0] * 97)
    assert (status, "at least 0" in text, "not missing" in text, "at most 6" in text) == (1, True, True, False)


def test_an_output_that_cannot_be_written_is_named_with_its_option(run, train):
    status, text = run("audit", train, "--select", "few_rows", "--html", "/proc/report.html")
    assert (status, "--html cannot write '/proc/report.html'" in text, ".part" in text) == (2, True, False)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["audit", "nofile.csv"], "no file 'nofile.csv'"),
        (["audit", "TRAIN", "--target", "nope"], "target='nope'"),
        (["audit", "TRAIN", "--select", "nope"], "no check 'nope'"),
        (["audit", "TRAIN", "--fail-on", "sometimes"], "sometimes"),
        (["audit", "TRAIN", "--odd"], "--odd"),
        (["audit", "TRAIN", "--baseline", "TRAIN"], "baseline"),
        (["audit", "TRAIN", "--select", "constant_column", "--html", "no/such/folder/r.html"], "no/such/folder"),
        (["clean", "TRAIN", "-o", "TRAIN"], "never writes over its input"),
        (["labels", "TRAIN", "--target", "y", "-o", "TRAIN"], "never writes over its input"),
        (["schema", "infer", "TRAIN", "-o", "TRAIN"], "never writes over its input"),
        (["audit", "TRAIN", "--html", "TRAIN"], "never writes over its input"),
        (["audit", "TRAIN", "--write-baseline", "TRAIN"], "never writes over its input"),
        (
            ["labels", "TRAIN", "--target", "y", "-o", "out.txt"],
            ".arrow, .feather, .ipc, .html here",
        ),
        (["labels", "TRAIN", "--target", "y", "-o", "no/such/folder/out.csv"], "no folder"),
        (["clean", "TRAIN", "-o", "out.xlsx"], ".arrow, .feather, .ipc here"),
        (["schema", "check", "TRAIN", "--schema", "TRAIN"], "schema"),
        (["explain", "nope"], "no check 'nope'"),
        (["nope"], "nope"),
    ],
)
def test_bad_usage_exits_with_2_and_one_clear_message(monkeypatch, run, train, arguments, told):
    monkeypatch.chdir(train.parent)
    status, text = run(*(train if part == "TRAIN" else part for part in arguments))
    assert status == 2
    assert told in text
    assert "Traceback" not in text
    assert not [path for path in train.parent.iterdir() if ".part" in path.name]


def test_a_fault_of_our_own_exits_with_3_and_its_traceback(monkeypatch, run, train):
    monkeypatch.setattr(audit_command, "run_audit", lambda *arguments, **options: 1 / 0)
    status, text = run("audit", train)
    assert status == 3
    assert "ZeroDivisionError" in text


def test_a_schema_is_inferred_and_checked(run, train, tmp_path):
    schema = tmp_path / "schema.yaml"
    FRAME.assign(a=1.0).to_csv(train, index=False)
    assert run("schema", "infer", train, "-o", schema)[0] == 0
    assert run("schema", "check", train, "--schema", schema)[0] == 0
    FRAME.assign(a=1.0, city="Zug").to_csv(train, index=False)
    status, text = run("schema", "check", train, "--schema", schema)
    assert (status, "'city'" in text) == (1, True)


def test_labels_lists_the_worst_first(run, tmp_path):
    rng = np.random.default_rng(0)
    X = np.r_[rng.normal(-3, 1, (100, 2)), rng.normal(3, 1, (100, 2))]
    y = np.repeat(["left", "right"], 100)
    y[[5, 150]] = ["right", "left"]
    pd.DataFrame(X, columns=["a", "b"]).assign(y=y).to_csv(tmp_path / "t.csv", index=False)
    assert run("labels", tmp_path / "t.csv", "--target", "y", "-o", tmp_path / "i.csv")[0] == 0
    issues = pd.read_csv(tmp_path / "i.csv")
    assert set(issues["row"]) >= {5, 150}
    assert issues["label_quality"].is_monotonic_increasing


def test_labels_shows_the_images_of_a_folder(run, tmp_path):
    digits = load_digits()
    images, y = (digits.images[:300] * 15).astype("uint8"), digits.target[:300].copy()
    y[[7, 77]] = (y[[7, 77]] + 5) % 10
    for k, (image, label) in enumerate(zip(images, y, strict=True)):
        (tmp_path / "digits" / str(label)).mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(tmp_path / "digits" / str(label) / f"{k}.png")
    page, table = tmp_path / "issues.html", tmp_path / "issues.csv"
    for output in (page, table):
        assert run("labels", tmp_path / "digits", "-o", output)[0] == 0
    files = pd.read_csv(table)["file"].tolist()
    assert {f"{y[k]}/{k}.png" for k in (7, 77)} <= set(files)
    html = page.read_text()
    assert html.count("data:image/png;base64,") == len(files)
    assert html.index(files[0]) < html.index(files[-1])


def test_labels_judges_numbers_too_and_asks_for_the_target(run, tmp_path):
    rng = np.random.default_rng(0)
    a = rng.normal(size=200)
    y = 3 * a + rng.normal(size=200)
    y[5] += 60
    pd.DataFrame({"a": a, "y": y}).to_csv(tmp_path / "t.csv", index=False)
    status, text = run("labels", tmp_path / "t.csv", "--target", "y")
    assert (status, text.splitlines()[1].split(",")[0]) == (0, "5")
    status, text = run("labels", tmp_path / "t.csv")
    assert (status, "--target" in text) == (2, True)


def test_checks_are_listed_and_explained(run):
    assert "column_drift" in run("checks")[1]
    assert "Kolmogorov" in run("explain", "column_drift")[1]


def test_the_command_is_installed(train):
    command = Path(sys.executable).with_name("datafix")
    done = subprocess.run(
        [command, "audit", train, "--select", "infinite_values"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"NO_COLOR": "1"},
    )
    assert done.returncode == 1
    assert "Column 'a' is infinite on 30 train row(s)." in done.stdout


def test_labels_of_many_whole_numbers_are_judged_as_what_they_are_said_to_be(run, tmp_path):
    random = np.random.default_rng(0)
    k = np.repeat(np.arange(40), 30)
    noisy = k.copy()
    noisy[::60] = (noisy[::60] + 13) % 40
    path = tmp_path / "train.csv"
    frame = pd.DataFrame({"a": random.permutation(40)[k] * 10 + random.normal(size=1200), "y": noisy.astype(float)})
    frame.loc[7, "y"] = np.nan
    frame.to_csv(path, index=False)
    _, text = run("labels", str(path), "--target", "y")
    assert "judged as a quantity" in text
    status, text = run(
        "labels",
        str(path),
        "--target",
        "y",
        "--task",
        "classification",
        "-o",
        str(tmp_path / "i.CSV"),
    )
    assert status == 0
    assert "1 row(s) have no label and are not judged" in text
    found = pd.read_csv(tmp_path / "i.CSV")
    assert np.isin(np.arange(0, 1200, 60), found["row"]).mean() > 0.8
    assert found["suggestion_confidence"].between(0, 1).all()


def test_dates_are_of_one_kind_in_csv_and_parquet(run, tmp_path):
    days = pd.date_range("2020-01-01", periods=90)
    frame = pd.DataFrame({"day": days, "at": days + pd.Timedelta(minutes=90), "a": np.arange(90) % 7})
    frame.to_csv(tmp_path / "tr.csv", index=False)
    frame.to_parquet(tmp_path / "tr.parquet")

    assert run("schema", "infer", tmp_path / "tr.parquet", "-o", tmp_path / "s.yaml")[0] == 0
    assert run("schema", "check", tmp_path / "tr.csv", "--schema", tmp_path / "s.yaml")[0] == 0
    status, told = run("audit", tmp_path / "tr.csv", "--test", tmp_path / "tr.parquet", "--select", "column_types")
    assert (status, "0 could not run" in told) == (0, True)
    assert run("clean", tmp_path / "tr.csv", "-o", tmp_path / "out.csv")[0] == 0
    assert (tmp_path / "out.csv").read_text() == (tmp_path / "tr.csv").read_text()
