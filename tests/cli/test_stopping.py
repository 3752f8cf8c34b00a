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
# A command of our own, which spares the import of all others.
WRITER = """
import sys, time, types
from datafix.cli import main
from datafix.whole_file import draft_of

def write(prog_name):
    with draft_of(sys.argv[-1]) as draft:
        draft.write_text("half")
        print("writing", flush=True)
        time.sleep(60)

sys.modules["datafix.cli.app"] = types.SimpleNamespace(app=write)
main()
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, HALF_WRITTEN), (signal.SIGTERM, WRITER)])
def test_a_command_that_is_stopped_leaves_nothing_half_written(train, tmp_path, number, code):
    before = sorted(tmp_path.iterdir())
    process = subprocess.Popen(
        [sys.executable, "-c", code, train, "-o", tmp_path / "out.csv"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout.readline() == "writing\n"
    assert len(list(tmp_path.iterdir())) == len(before) + 1
    process.send_signal(number)
    _, told = process.communicate(timeout=30)
    assert process.returncode == 128 + number
    assert told == f"datafix: stopped by {number.name}; no file was left half written.\n"
    assert sorted(tmp_path.iterdir()) == before
