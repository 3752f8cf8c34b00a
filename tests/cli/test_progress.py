import os
import pty
import subprocess
import sys


def test_a_terminal_is_told_which_check_runs(train):
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "datafix", "audit", train, "--select", "few_rows,infinite_values"],
        stdout=subprocess.PIPE, stderr=theirs, env=os.environ | {"TERM": "xterm"},
    )  # fmt: skip
    printed, _ = process.communicate()
    os.close(theirs)
    told = os.read(ours, 100_000).decode()
    os.close(ours)
    assert process.returncode == 1
    assert "infinite_values" in told
    assert b"\x1b" not in printed
