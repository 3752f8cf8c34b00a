import os
import subprocess
import sys

from datafix.cli.options import complete_check, complete_checks


def test_checks_are_completed_with_what_they_find():
    assert [name for name, _ in complete_check("infin")] == ["infinite_values"]
    assert "infinit" in complete_check("infin")[0][1].lower()
    assert [name for name, _ in complete_checks("few_rows,infin")] == ["few_rows,infinite_values"]
    assert "few_rows,few_rows" not in dict(complete_checks("few_rows,few"))


def test_a_shell_is_told_the_names():
    words = {"COMP_WORDS": "datafix explain infin", "COMP_CWORD": "2", "_DATAFIX_COMPLETE": "complete_bash"}
    done = subprocess.run(
        [sys.executable, "-m", "datafix"], capture_output=True, text=True, check=False, env=os.environ | words
    )
    assert done.stdout.split() == ["infinite_values"]


def test_the_scripts_for_shells_are_offered(run):
    assert "--install-completion" in run("--help")[1]
    asked = os.environ | {"_DATAFIX_COMPLETE": "source_bash"}  # --show-completion asks for the shell that runs it
    done = subprocess.run([sys.executable, "-m", "datafix"], capture_output=True, text=True, check=False, env=asked)
    assert "_DATAFIX_COMPLETE=complete_bash" in done.stdout
