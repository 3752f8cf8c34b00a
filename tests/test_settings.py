"""What pyproject.toml says is taken where the command line says nothing, and refused where it is not known."""

import pandas as pd
import pytest
from typer.testing import CliRunner

from datafix.cli.app import app
from datafix.errors import ParameterError
from datafix.settings import read_settings

TABLE = pd.DataFrame({"a": [1.0, 2.0, float("inf")] * 30, "y": ["no", "yes", "no"] * 30})


@pytest.fixture
def project(tmp_path, monkeypatch):
    TABLE.to_csv(tmp_path / "train.csv", index=False)
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")

    def write(text):
        (tmp_path / "pyproject.toml").write_text(text)
        return tmp_path

    return write


def audited(*arguments):
    return CliRunner().invoke(app, ["audit", "../train.csv", *arguments])


def test_the_command_line_wins_over_the_settings(project):
    project('[tool.datafix]\ntarget = "y"\nselect = ["infinite_values"]\nfail-on = "never"\nhtml = "page.html"\n')
    found = audited()
    assert (found.exit_code, "infinite" in found.output) == (0, True)
    assert audited("--fail-on", "error").exit_code == 1


def test_paths_are_seen_from_the_file(project):
    folder = project('[tool.datafix]\nselect = ["few_rows"]\nhtml = "page.html"\n')
    audited()
    assert (folder / "page.html").exists()


def test_checks_take_their_settings(project):
    project("[tool.datafix.settings.few_rows]\nfewest_train = 1000\n")
    assert "The train table has 90" in audited("--select", "few_rows").output
    project("[tool.datafix.settings.few_rows]\nfewest = 1000\n")
    with pytest.raises(ParameterError, match="few_rows"):
        raise audited("--select", "few_rows").exception


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[tool.datafix]\nfail_on = 'never'\n", r"has \['fail_on'\]. It may have target"),
        ("[tool.datafix]\nseed = '3'\n", "needs a whole number for 'seed'"),
        ("[tool.datafix]\nignore = 3\n", "needs a list of names for 'ignore'"),
        ("[tool.datafix]\nsettings = 3\n", "needs one table a check"),
        ("[tool.datafix\n", "is no TOML"),
    ],
)
def test_what_is_not_known_is_refused(project, text, told):
    with pytest.raises(ParameterError, match=told):
        read_settings(project(text))


def test_a_project_without_the_table_says_nothing(project):
    assert read_settings(project("[tool.other]\n")) == ({}, {})


@pytest.mark.parametrize("ignore", ["", "ignore = ['few_rows']\n"])
def test_a_setting_of_a_wrong_type_is_refused_even_if_its_check_is_ignored(project, ignore):
    project(f"[tool.datafix]\n{ignore}[tool.datafix.settings.few_rows]\nfewest_train = 'many'\n")
    with pytest.raises(
        ParameterError, match="'few_rows' needs a whole number of at least 0 for 'fewest_train', got 'm"
    ):
        raise audited().exception
