import signal
import subprocess
import sys

import pytest

HALF_WRITTEN = """
import sys, time
import pandas as pd

def slow(frame, path, **options):
    path.write_text("half")
    print("writing", flush=True)
    time.sleep(60)

pd.DataFrame.to_csv = slow
sys.argv = ["datafix", "clean", *sys.argv[1:]]
from datafix.cli import main
main()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_command_that_is_stopped_leaves_nothing_half_written(train, tmp_path, number):
    before = sorted(tmp_path.iterdir())
    process = subprocess.Popen(
        [sys.executable, "-c", HALF_WRITTEN, train, "-o", tmp_path / "out.csv"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout.readline() == "writing\n"
    assert len(list(tmp_path.iterdir())) == len(before) + 1
    process.send_signal(number)
    _, told = process.communicate(timeout=30)
    assert process.returncode == 128 + number
    assert told == f"datafix: stopped by {number.name}; no file was left half written.\n"
    assert sorted(tmp_path.iterdir()) == before
