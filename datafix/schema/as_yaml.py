"""A schema as YAML text, and back."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import yaml

from datafix.errors import ParameterError, SchemaError
from datafix.schema.column_rule import ColumnRule
from datafix.schema.failure import LONGEST_CELL, cut
from datafix.schema.relation import Relation

FORMAT_VERSION = 1


def render(columns: dict[str, ColumnRule], relations: tuple[Relation, ...], *, strict: bool = False) -> str:
    """Return the rules as YAML.

    Raises
    ------
    SchemaError
        If a check is no function of a module, and so cannot be found again.
    """
    content: dict[str, Any] = {
        "datafix_schema": FORMAT_VERSION,
        "columns": {name: _lean(name, rule) for name, rule in columns.items()},
    }
    if relations:
        content["relations"] = [_plain(asdict(relation)) for relation in relations]
    if strict:
        content["strict"] = True
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True)


def read(path: str | Path, *, trusted: bool = True) -> tuple[dict[str, ColumnRule], list[Relation], bool]:
    """Return the rules of a file, its relations, and whether it is strict.

    Raises
    ------
    SchemaError
        If the file is no schema, or of a later version; or names functions and is not trusted: to import a module is to
        run it.
    """
    try:
        content = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
        version = content.get("datafix_schema", FORMAT_VERSION)
        if version != FORMAT_VERSION:
            raise SchemaError(f"{str(path)!r} is a schema of version {version!r}, this datafix reads {FORMAT_VERSION}.")
        if not trusted:
            _refuse_functions(path, content["columns"])
        columns = {name: _rule(rule) for name, rule in content["columns"].items()}
        relations = [Relation(**relation) for relation in content.get("relations", ())]
        strict = bool(content.get("strict", False))
    except (OSError, yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError, AttributeError, ParameterError) as error:
        raise SchemaError(f"{str(path)!r} cannot be read as a datafix schema: {error!r}.") from error
    return columns, relations, strict


def _lean(name: str, rule: ColumnRule) -> dict[str, Any]:
    """Return what of the rule differs from a bare one of its kind."""
    plain = ColumnRule(rule.kind)
    content = {field.name: getattr(rule, field.name) for field in fields(rule)}
    content = {key: value for key, value in content.items() if value != getattr(plain, key) or key == "kind"}
    if rule.check is not None:
        content["check"] = _address(name, rule.check)
    return _plain(content)


def _rule(content: dict[str, Any]) -> ColumnRule:
    if "check" in content:
        content = {**content, "check": _found(content["check"])}
    return ColumnRule(**content)


def _refuse_functions(path: str | Path, columns: dict[str, dict[str, Any]]) -> None:
    for name, rule in columns.items():
        if "check" in rule:
            raise SchemaError(
                f"{str(path)!r} names a function, {cut(repr(rule['check']), LONGEST_CELL)} for column {name!r}, and to "
                "import it is to run code. Look at it; then say --trust-schema, or Schema.from_yaml(path, "
                'functions="import").'
            )


def _address(name: str, check: Callable[[Any], Any]) -> str:
    address = f"{getattr(check, '__module__', None)}:{getattr(check, '__qualname__', '')}"
    if "<" in address or address.startswith("__main__") or not address.rpartition(":")[2]:
        raise SchemaError(
            f"The check of column {name!r}, {check!r}, cannot be written: only a function of a module that can be "
            "imported is found again. Define it there, with a name."
        )
    return address


def _found(address: str) -> Callable[[Any], Any]:
    module, _, name = address.partition(":")
    found: Any
    try:
        found = importlib.import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError, ValueError) as error:
        raise SchemaError(f"The check {address!r} cannot be imported: {error}. Put its module on the path.") from error
    return found


def _plain(value: Any) -> Any:
    """Return NumPy's numbers as Python's, tuples as lists, time stamps as datetimes."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(part) for part in value]
    if hasattr(value, "to_pydatetime"):
        return value.to_pydatetime()
    return value.item() if hasattr(value, "item") else value
