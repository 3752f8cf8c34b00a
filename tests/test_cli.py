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

from datafix import cli
from datafix.cli import audit_command

FRAME = pd.DataFrame(
    {
        "a": [1.0, 2.0, np.inf] * 30,
        "city": ["Bern", "bern ", "?"] * 30,
        "n": ["1,000", "2,500", "3"] * 30,
        "y": ["no", "yes", "no"] * 30,
    }
)


@pytest.fixture
def train(tmp_path):
    path = tmp_path / "train.csv"
    FRAME.to_csv(path, index=False)
    return path


def run(monkeypatch, capsys, *arguments):
    """Run the command in this process; return its exit status and what it printed."""
    monkeypatch.setattr(sys, "argv", ["datafix", *map(str, arguments)])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    printed = capsys.readouterr()
    return stop.value.code or 0, printed.out + printed.err


def test_audit_tells_findings_by_its_exit_status(monkeypatch, capsys, train):
    call = ("audit", train, "--target", "y", "--ignore", "mislabeled_rows")
    status, text = run(monkeypatch, capsys, *call)
    assert (status, "infinite_values" in text) == (1, True)
    assert run(monkeypatch, capsys, *call, "--fail-on", "never")[0] == 0
    assert run(monkeypatch, capsys, "audit", train, "--select", "constant_column")[0] == 0
    assert run(monkeypatch, capsys, "audit", train, "--select", "sentinel_value")[0] == 0
    assert run(monkeypatch, capsys, "audit", train, "--select", "sentinel_value", "--fail-on", "warning")[0] == 1


def test_audit_writes_every_report_that_is_asked_for(monkeypatch, capsys, train, tmp_path):
    out = {kind: tmp_path / f"report.{kind}" for kind in ("html", "json", "junit")}
    flags = [part for kind, path in out.items() for part in (f"--{kind}", path)]
    run(monkeypatch, capsys, "audit", train, "--test", train, "--select", "infinite_values,train_test_copies", *flags)
    assert "infinite" in out["html"].read_text()
    assert {issue["check"] for issue in json.loads(out["json"].read_text())["issues"]} == {
        "infinite_values",
        "train_test_copies",
    }
    assert ET.parse(out["junit"]).getroot().get("failures") == "2"


def test_a_baseline_lets_only_new_findings_fail(monkeypatch, capsys, train, tmp_path):
    baseline = tmp_path / "baseline.json"
    call = ("audit", train, "--target", "y", "--ignore", "mislabeled_rows")
    assert run(monkeypatch, capsys, *call, "--write-baseline", baseline)[0] == 0
    assert run(monkeypatch, capsys, *call, "--baseline", baseline, "--fail-on", "warning")[0] == 0
    FRAME.assign(b=np.inf).to_csv(train, index=False)
    assert run(monkeypatch, capsys, *call, "--baseline", baseline)[0] == 1


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
def test_bad_usage_exits_with_2_and_one_clear_message(monkeypatch, capsys, train, arguments, told):
    monkeypatch.chdir(train.parent)
    status, text = run(monkeypatch, capsys, *(train if part == "TRAIN" else part for part in arguments))
    assert status == 2
    assert told in text
    assert "Traceback" not in text
    assert not [path for path in train.parent.iterdir() if path.suffix == ".part"]


def test_a_fault_of_our_own_exits_with_3_and_its_traceback(monkeypatch, capsys, train):
    monkeypatch.setattr(audit_command, "run_audit", lambda *arguments, **options: 1 / 0)
    status, text = run(monkeypatch, capsys, "audit", train)
    assert status == 3
    assert "ZeroDivisionError" in text


def test_a_schema_is_inferred_and_checked(monkeypatch, capsys, train, tmp_path):
    schema = tmp_path / "schema.yaml"
    FRAME.assign(a=1.0).to_csv(train, index=False)
    assert run(monkeypatch, capsys, "schema", "infer", train, "-o", schema)[0] == 0
    assert run(monkeypatch, capsys, "schema", "check", train, "--schema", schema)[0] == 0
    FRAME.assign(a=1.0, city="Zug").to_csv(train, index=False)
    status, text = run(monkeypatch, capsys, "schema", "check", train, "--schema", schema)
    assert (status, "'city'" in text) == (1, True)


def test_labels_lists_the_worst_first(monkeypatch, capsys, tmp_path):
    rng = np.random.default_rng(0)
    X = np.r_[rng.normal(-3, 1, (100, 2)), rng.normal(3, 1, (100, 2))]
    y = np.repeat(["left", "right"], 100)
    y[[5, 150]] = ["right", "left"]
    pd.DataFrame(X, columns=["a", "b"]).assign(y=y).to_csv(tmp_path / "t.csv", index=False)
    assert run(monkeypatch, capsys, "labels", tmp_path / "t.csv", "--target", "y", "-o", tmp_path / "i.csv")[0] == 0
    issues = pd.read_csv(tmp_path / "i.csv")
    assert set(issues["row"]) >= {5, 150}
    assert issues["label_quality"].is_monotonic_increasing


def test_labels_shows_the_images_of_a_folder(monkeypatch, capsys, tmp_path):
    digits = load_digits()
    images, y = (digits.images[:300] * 15).astype("uint8"), digits.target[:300].copy()
    y[[7, 77]] = (y[[7, 77]] + 5) % 10
    for k, (image, label) in enumerate(zip(images, y, strict=True)):
        (tmp_path / "digits" / str(label)).mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(tmp_path / "digits" / str(label) / f"{k}.png")
    page, table = tmp_path / "issues.html", tmp_path / "issues.csv"
    for output in (page, table):
        assert run(monkeypatch, capsys, "labels", tmp_path / "digits", "-o", output)[0] == 0
    files = pd.read_csv(table)["file"].tolist()
    assert {f"{y[k]}/{k}.png" for k in (7, 77)} <= set(files)
    html = page.read_text()
    assert html.count("data:image/png;base64,") == len(files)
    assert html.index(files[0]) < html.index(files[-1])


def test_labels_judges_numbers_too_and_asks_for_the_target(monkeypatch, capsys, tmp_path):
    rng = np.random.default_rng(0)
    a = rng.normal(size=200)
    y = 3 * a + rng.normal(size=200)
    y[5] += 60
    pd.DataFrame({"a": a, "y": y}).to_csv(tmp_path / "t.csv", index=False)
    status, text = run(monkeypatch, capsys, "labels", tmp_path / "t.csv", "--target", "y")
    assert (status, text.splitlines()[1].split(",")[0]) == (0, "5")
    status, text = run(monkeypatch, capsys, "labels", tmp_path / "t.csv")
    assert (status, "--target" in text) == (2, True)


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_clean_writes_the_table_and_every_change(monkeypatch, capsys, train, tmp_path, suffix):
    out, changes = tmp_path / f"out.{suffix}", tmp_path / "changes.csv"
    before = train.read_bytes()
    assert run(monkeypatch, capsys, "clean", train, "--target", "y", "-o", out, "--changes", changes)[0] == 0
    cleaned = pd.read_csv(out) if suffix == "csv" else pd.read_parquet(out)
    assert len(cleaned) == 90
    assert cleaned["city"].dropna().unique().tolist() == ["Bern"]
    assert cleaned["n"].tolist()[:3] == [1000, 2500, 3]
    assert {"SentinelCleaner", "TypeCleaner", "CategoryCleaner"} == set(pd.read_csv(changes)["step"])
    assert train.read_bytes() == before


def test_checks_are_listed_and_explained(monkeypatch, capsys):
    assert "column_drift" in run(monkeypatch, capsys, "checks")[1]
    assert "Kolmogorov" in run(monkeypatch, capsys, "explain", "column_drift")[1]


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


def test_labels_of_many_whole_numbers_are_judged_as_what_they_are_said_to_be(monkeypatch, capsys, tmp_path):
    random = np.random.default_rng(0)
    k = np.repeat(np.arange(40), 30)
    noisy = k.copy()
    noisy[::60] = (noisy[::60] + 13) % 40
    path = tmp_path / "train.csv"
    frame = pd.DataFrame({"a": random.permutation(40)[k] * 10 + random.normal(size=1200), "y": noisy.astype(float)})
    frame.loc[7, "y"] = np.nan
    frame.to_csv(path, index=False)
    _, text = run(monkeypatch, capsys, "labels", str(path), "--target", "y")
    assert "judged as a quantity" in text
    status, text = run(
        monkeypatch,
        capsys,
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


def test_python_runs_the_package_as_the_command():
    done = subprocess.run([sys.executable, "-m", "datafix", "checks"], capture_output=True, text=True, check=True)
    assert "few_rows" in done.stdout
