import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.long
EXAMPLES = Path(__file__).parents[2] / "examples"


def run(name, *arguments, status=0):
    """Run an example as a user does; return what it printed."""
    done = subprocess.run(
        [sys.executable, EXAMPLES / name, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    assert done.returncode == status, done.stderr
    return done.stdout + done.stderr


def test_the_main_job_finds_fixes_and_serves_the_whole_of_adult():
    told = " ".join(run("10_adult_income.py", "--epochs", "1").split())
    for found in (
        "Column 'workclass' is '?' on 1836 rows",
        "Column 'occupation' is '?' on 1843 rows",
        "Column 'native_country' is '?' on 583 rows",
        "Column 'capital_gain' is 99999 on 159 rows",
        "The label '<=50K.' on 12435 test rows looks like another spelling of '<=50K'",
        "26 test row(s) (0.16%) have the features of a training row, 23 of them with the same label once",
        "its spelling is unified (0 before that)",
        "Columns 'education', 'education_num' say the same",
        "'Holand-Netherlands'",
    ):
        assert found in told
    assert "{'datafix imported': False}" in told
    difference = float(told.split("predictions here and there: ")[1].split()[0])
    assert difference <= 1e-5


def test_images_go_the_same_way():
    told = run("20_digits_images.py", "--epochs", "1")
    assert "labels were made wrong" in told
    assert "WARNING mislabeled_rows" in told


def test_three_ways_of_use_and_an_audit_that_exits_with_1():
    told = run("30_sklearn_pipeline.py", status=1)
    assert "3000 predictions for 3000 rows" in told
    assert "infinite on 1 train row" in told


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.glob("*.py")))
def test_every_example_says_what_it_is(name):
    assert runpy.run_path(str(EXAMPLES / name))["__doc__"]


def test_leakage_is_named_refused_and_avoided():
    told = run("45_leakage.py")
    assert "30 column(s), such as 'mean radius', were scaled over training and test rows together" in told
    assert "refused: Pipeline was given" in told
    assert "impure: CentresByWhatItIsGiven.transform" in told
    assert "cross-validated accuracy 0.9" in told


def test_preprocessing_and_network_are_searched_together():
    told = run("50_network_search.py")
    assert "network__build_params__learning_rate: 0.01" in told
    assert "Halving from 8 to 2 with epochs [2, 8]" in told
    assert "retracing" not in told
    assert float(told.split("no search has seen: ")[1].split()[0]) > 0.8


def test_three_causes_are_named_mended_and_the_gain_is_shown():
    told = run("40_why_is_it_wrong.py")
    first = told.split("Scaled:")[0]
    assert first.index("- input_scale") < first.index("- learning_rate") < first.index("- mislabeled_train")
    before, scaled, at_a_higher_rate, without = (float(line.split("accuracy ")[1]) for line in lines_of(told))
    assert before < 0.6
    assert without > 0.95
    assert at_a_higher_rate > scaled


def lines_of(told):
    return [line for line in told.splitlines() if line.startswith(("As it is", "Scaled:", "And "))]
