"""``[tool.datafix]``: what a project says once for all."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from datafix.errors import ParameterError

_TEXT, _LIST, _WHOLE, _TABLES = "a text", "a list of texts", "a whole number", "a table of tables"
_KEYS = {
    "target": _TEXT,
    "group": _TEXT,
    "time": _TEXT,
    "id": _TEXT,
    "schema": _TEXT,
    "baseline": _TEXT,
    "fail-on": _TEXT,
    "select": _LIST,
    "ignore": _LIST,
    "seed": _WHOLE,
    "settings": _TABLES,
}
_PATHS = ("schema", "baseline")
_COMMANDS = {
    "audit": tuple(key for key in _KEYS if key != "settings"),
    "labels": ("target", "seed"),
    "clean": ("target",),
}
_SCHEMA_COMMANDS = {"infer": ("target",), "check": ("schema", "fail-on")}


def settings_near(folder: Path) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Read ``[tool.datafix]`` of the nearest ``pyproject.toml`` that has it, from a folder upward.

    Returns
    -------
    defaults : dict
        Of each command's options, by its name, as click takes them.
    settings : dict of str to dict
        Of the checks, as ``audit(settings=...)`` takes them.

    Raises
    ------
    ParameterError
        If the file cannot be read, or a key is not known or of another type.
    """
    for parent in (folder, *folder.parents):
        path = parent / "pyproject.toml"
        if path.is_file() and (given := _section(path)) is not None:
            return _defaults(_checked(given, path)), given.get("settings", {})
    return {}, {}


def _section(path: Path) -> dict[str, Any] | None:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ParameterError(f"{str(path)!r} cannot be read: {error}.") from error
    section = content.get("tool", {}).get("datafix")
    if section is not None and not isinstance(section, dict):
        raise ParameterError(f"{str(path)!r} needs a table [tool.datafix], got {section!r}.")
    return section


def _checked(given: dict[str, Any], path: Path) -> dict[str, Any]:
    if unknown := sorted(set(given) - set(_KEYS)):
        raise ParameterError(f"[tool.datafix] of {str(path)!r} knows {', '.join(_KEYS)}; got {', '.join(unknown)}.")
    for key, value in given.items():
        if _kind(value) != _KEYS[key]:
            raise ParameterError(f"[tool.datafix] of {str(path)!r}: {key} must be {_KEYS[key]}, got {value!r}.")
    return {
        key: str(path.parent / value) if key in _PATHS else ",".join(value) if isinstance(value, list) else value
        for key, value in given.items()
    }


def _kind(value: Any) -> str | None:
    if isinstance(value, list):
        return _LIST if all(isinstance(item, str) for item in value) else None
    if isinstance(value, dict):
        return _TABLES if all(isinstance(item, dict) for item in value.values()) else None
    return {str: _TEXT, int: _WHOLE}.get(type(value))


def _defaults(given: dict[str, Any]) -> dict[str, Any]:
    def of(keys: tuple[str, ...]) -> dict[str, Any]:
        return {key.replace("-", "_"): given[key] for key in keys if key in given}

    commands: dict[str, Any] = {name: of(keys) for name, keys in _COMMANDS.items()}
    return {**commands, "schema": {name: of(keys) for name, keys in _SCHEMA_COMMANDS.items()}}
