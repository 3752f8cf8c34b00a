"""What a project's pyproject.toml says of the audit."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, NamedTuple

from datafix.errors import ParameterError

PATHS = ("test", "schema", "baseline", "html", "json", "junit", "markdown")
KNOWN = ("target", *PATHS, "group", "time", "id", "fail-on", "select", "ignore", "seed")
TABLE = "settings"


class Settings(NamedTuple):
    """The table ``[tool.datafix]``.

    Attributes
    ----------
    options : dict of str to str or int
        Options of ``datafix audit`` by their names; paths as seen from the folder of the file.
    checks : dict of str to dict
        ``[tool.datafix.settings.<check>]``: a check's fields.
    """

    options: dict[str, Any]
    checks: dict[str, dict[str, Any]]


def read_settings(folder: Path) -> Settings:
    r"""Read the nearest pyproject.toml of a folder and those above it; empty where none has the table.

    Raises
    ------
    ParameterError
        If the file is no TOML, or a name or a type is not known.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "pyproject.toml").write_text("[tool.datafix]\nignore = ['few_rows', 'column_drift']")
    ...     read_settings(Path(folder)).options
    {'ignore': 'few_rows,column_drift'}
    """
    path = next((known for at in (folder, *folder.parents) if (known := at / "pyproject.toml").is_file()), None)
    if path is None:
        return Settings({}, {})
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {}).get("datafix", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ParameterError(f"{str(path)!r} is no TOML: {error}. Mend it, or run datafix elsewhere.") from error
    if unknown := sorted(set(given) - {*KNOWN, TABLE}):
        raise ParameterError(f"[tool.datafix] of {str(path)!r} has {unknown}. It may have {', '.join(KNOWN)}, {TABLE}.")
    checks = given.get(TABLE, {})
    if not isinstance(checks, dict) or not all(isinstance(fields, dict) for fields in checks.values()):
        raise ParameterError(f"[tool.datafix.{TABLE}] of {str(path)!r} needs one table a check, got {checks!r}.")
    options = {name: _option(path, name, value) for name, value in given.items() if name != TABLE}
    return Settings(options, checks)


def _option(path: Path, name: str, value: Any) -> str | int:
    if name in ("select", "ignore") and isinstance(value, list) and all(isinstance(check, str) for check in value):
        return ",".join(value)
    if name == "seed" and isinstance(value, int) and not isinstance(value, bool):
        return value
    if name != "seed" and isinstance(value, str):
        return str(path.parent / value) if name in PATHS else value
    needed = {"seed": "a whole number", "select": "a list of names", "ignore": "a list of names"}.get(name, "a text")
    raise ParameterError(f"[tool.datafix] of {str(path)!r} needs {needed} for {name!r}, got {value!r}.")
