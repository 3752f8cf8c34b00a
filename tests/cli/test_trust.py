import pandas as pd
import pytest

from datafix import ColumnRule, ParameterError, Schema, SchemaError

BAIT = """
from pathlib import Path

Path(__file__).with_name("ran").touch()


def all_right(values):
    return values == values
"""


@pytest.fixture
def foreign(tmp_path, monkeypatch):
    """Return a schema that names a function of a module which leaves a trace when it runs."""
    (tmp_path / "bait_module.py").write_text(BAIT)
    monkeypatch.syspath_prepend(tmp_path)
    path = tmp_path / "foreign.yaml"
    path.write_text("columns: {a: {kind: number, check: 'bait_module:all_right'}}\n")
    pd.DataFrame({"a": [1, 2]}).to_csv(tmp_path / "new.csv", index=False)
    return path


def test_functions_of_a_schema_run_on_the_command_line_only_if_it_is_trusted(run, foreign):
    ran, table = foreign.with_name("ran"), foreign.with_name("new.csv")
    for command in (["schema", "check", table], ["audit", table]):
        status, told = run(*command, "--schema", foreign)
        assert status == 2
        assert "bait_module:all_right" in told
        assert "--trust-schema" in told
    assert not ran.exists()
    assert run("schema", "check", table, "--schema", foreign, "--trust-schema")[0] == 0
    assert ran.exists()
    assert run("audit", table, "--schema", foreign, "--trust-schema", "--fail-on", "never")[0] == 0


def test_functions_of_a_file_may_be_refused(foreign, tmp_path):
    with pytest.raises(SchemaError, match="'bait_module:all_right' for column 'a'"):
        Schema.from_yaml(foreign, functions="refuse")
    with pytest.raises(ParameterError, match="'import' or 'refuse'"):
        Schema.from_yaml(foreign, functions="allow")
    Schema({"a": ColumnRule("number")}).to_yaml(tmp_path / "plain.yaml")
    assert Schema.from_yaml(tmp_path / "plain.yaml", functions="refuse").columns["a"] == ColumnRule("number")
