import json

import pytest

SETTINGS = """
[tool.datafix]
target = "y"
select = ["infinite_values", "sentinel_value", "class_balance"]
ignore = ["sentinel_value"]
fail-on = "never"
seed = 3
"""


@pytest.fixture
def project(train, monkeypatch):
    """Write a pyproject.toml two folders above the working one."""
    below = train.parent / "data" / "raw"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    return (train.parent / "pyproject.toml").write_text


def checked(run, train, *arguments):
    path = train.parent / "report.json"
    status, _ = run("audit", train, "--json", path, *arguments)
    report = json.loads(path.read_text())
    return status, {issue["check"] for issue in report["issues"]} | set(report["passed"]) | set(report["skipped"])


def test_a_project_says_its_settings_once(run, train, project):
    project(SETTINGS)
    assert checked(run, train) == (0, {"infinite_values", "class_balance"})


def test_the_command_line_wins(run, train, project):
    project(SETTINGS)
    assert checked(run, train, "--select", "infinite_values", "--fail-on", "error") == (1, {"infinite_values"})


def test_the_nearest_file_with_the_section_is_read(run, train, project, monkeypatch):
    project(SETTINGS)
    (train.parent / "data" / "pyproject.toml").write_text("[project]\nname = 'other'\n")
    assert checked(run, train)[0] == 0
    (train.parent / "data" / "pyproject.toml").write_text("[tool.datafix]\nselect = ['infinite_values']\n")
    assert checked(run, train) == (1, {"infinite_values"})


def test_checks_take_their_settings(run, train, project):
    select = "[tool.datafix]\ntarget = 'y'\nselect = ['class_balance']\n"
    for few, found in ((40, True), (10, False)):
        project(f"{select}[tool.datafix.settings.class_balance]\nfew = {few}\n")
        assert ("'yes'" in run("audit", train)[1]) == found
    project("[tool.datafix]\nselect = ['column_drift']\n[tool.datafix.settings.column_drift]\nfar = 1\n")
    status, text = run("audit", train)
    assert (status, "'column_drift' has settings" in text) == (2, True)


def test_paths_are_told_from_the_file(run, train, project):
    project("[tool.datafix]\nschema = 'rules.yaml'\nselect = ['schema_rules']\n")
    assert run("schema", "infer", train, "-o", train.parent / "rules.yaml")[0] == 0
    assert checked(run, train)[1] == {"schema_rules"}
    assert run("schema", "check", train)[0] in (0, 1)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[tool.datafix]\nselekt = []\n", "knows target, group, time, id, schema, baseline, fail-on, select"),
        ("[tool.datafix]\nseed = true\n", "seed must be a whole number, got True"),
        ("[tool.datafix]\nselect = 'a'\n", "select must be a list of texts, got 'a'"),
        ("[tool.datafix.settings]\nfew_rows = 3\n", "settings must be a table of tables"),
        ("[tool]\ndatafix = 3\n", "needs a table"),
        ("[tool.datafix\n", "cannot be read"),
        ("[tool.datafix]\nselect = ['nope']\n", "no check 'nope'"),
        ("[tool.datafix]\nfail-on = 'sometimes'\n", "sometimes"),
        ("[tool.datafix.settings.nope]\n", "not known: ['nope']"),
    ],
)
def test_what_cannot_be_meant_is_refused(run, train, project, text, told):
    project(text)
    status, printed = run("audit", train)
    assert status == 2
    assert told in printed
    assert "Traceback" not in printed
