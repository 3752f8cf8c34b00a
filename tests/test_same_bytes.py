"""The same seed gives the same bytes, in every process."""

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from sklearn.datasets import load_wine

CHECKS = "mislabeled_rows,column_drift,sentinel_value,category_spelling,near_copies,train_test_copies,class_balance"
FORMS = ("html", "json", "junit", "markdown")


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """Audit once in each of two processes whose hashes are drawn anew; give what they wrote."""
    folder = tmp_path_factory.mktemp("reports")
    frame = load_wine(as_frame=True).frame.sample(frac=1, random_state=0)
    frame["town"] = pd.Series(["Bern", "Basel", "Zug", "bern ", "?"] * 36, index=range(180)).reindex(frame.index)
    frame.iloc[:120].to_csv(folder / "train.csv", index=False)
    frame.iloc[110:].to_csv(folder / "test.csv", index=False)
    calls = []
    for number in (1, 2):
        out = [part for form in FORMS for part in (f"--{form}", f"{number}.{form}")]
        arguments = [
            "train.csv",
            "--test",
            "test.csv",
            "--target",
            "target",
            "--select",
            CHECKS,
            "--seed",
            "3",
            "--fail-on",
            "never",
            *out,
        ]
        environment = os.environ | {"PYTHONHASHSEED": str(number), "PYTHONPATH": str(Path.cwd())}
        calls.append(
            subprocess.Popen(
                [sys.executable, "-m", "datafix", "audit", *arguments],
                cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )
        )  # fmt: skip
    printed = [call.communicate() for call in calls]
    assert [call.returncode for call in calls] == [0, 0], printed
    return folder, printed


@pytest.mark.parametrize("form", FORMS)
def test_two_processes_write_the_same_bytes(reports, form):
    folder, _ = reports
    first, second = ((folder / f"{number}.{form}").read_bytes() for number in (1, 2))
    assert first == second
    assert b"sentinel_value" in first


def test_two_processes_print_the_same(reports):
    _, (first, second) = reports
    assert first == second
    assert first[1] == b""
