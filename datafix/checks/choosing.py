"""Which checks run, and with which settings."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from datafix.checks.check import Check
from datafix.errors import ParameterError


def chosen_checks(checks: Any, known: Iterable[Check]) -> list[Check]:
    """Return the checks that ``checks`` names or gives: "default" for all that are known.

    Raises
    ------
    ParameterError
        If one is not known, is no check, or none is named.
    """
    known = list(known)
    if isinstance(checks, str) and checks == "default":
        return known
    if isinstance(checks, str) or not isinstance(checks, Iterable):
        raise ParameterError(f"audit needs checks='default' or a list of checks, got {checks!r}.")
    by_name = {check.name: check for check in known}
    chosen: list[Check] = []
    for check in checks:
        if isinstance(check, str):
            if check not in by_name:
                raise ParameterError(f"audit knows no check {unknown_name(check, by_name)}")
            chosen.append(by_name[check])
        elif isinstance(check, Check):
            chosen.append(check)
        else:
            raise ParameterError(f"A check needs name, needs and find(tables), got {check!r}.")
    if not chosen:
        raise ParameterError("audit needs at least one check, got none. Leave checks out to run them all.")
    return chosen


def unknown_name(name: str, known: Iterable[str]) -> str:
    """Return the end of a sentence on a name that is not known: the name, what it may mean, and all that are known.

    Examples
    --------
    >>> unknown_name("few_row", ["few_rows", "column_drift"])
    "'few_row'. Did you mean 'few_rows'? It knows few_rows, column_drift."
    """
    known = list(known)
    near = difflib.get_close_matches(name, known, n=1)
    return f"{name!r}.{f' Did you mean {near[0]!r}?' if near else ''} It knows {', '.join(known)}."


def with_settings(checks: list[Check], settings: Any, known: Iterable[Check]) -> list[Check]:
    """Return the checks with their fields set; settings of checks that are known and do not run are looked at as well.

    Raises
    ------
    ParameterError
        If a check or a field is not known, or a value is of a type that the field does not take.
    """
    if not isinstance(settings, Mapping):
        raise ParameterError(f"settings need a mapping of check name to fields, got {settings!r}.")
    known = list(known)
    everyone = {check.name: check for check in [*known, *checks]}
    ours = {type(check) for check in known}
    for name in settings:
        if name not in everyone:
            raise ParameterError(f"settings name a check that is not known: {unknown_name(str(name), everyone)}")
    changed = {
        name: _changed(everyone[name], values, positive=type(everyone[name]) in ours)
        for name, values in settings.items()
    }
    return [changed.get(check.name, check) for check in checks]


def _changed(check: Any, values: Any, *, positive: bool) -> Any:
    known = {field.name: getattr(check, field.name) for field in fields(check)} if is_dataclass(check) else {}
    if not isinstance(values, Mapping):
        raise ParameterError(
            f"settings of check {check.name!r} need a mapping of field to value, such as "
            f"{dict(list(known.items())[:1])}, got {values!r}."
        )
    if unknown := sorted(set(map(str, values)) - set(known)):
        raise ParameterError(f"Check {check.name!r} has settings {list(known)}, got {unknown}.")
    for field, value in values.items():
        needed = _needed(known[field], value, positive=positive)
        if needed is not None:
            raise ParameterError(f"Check {check.name!r} needs {needed} for {field!r}, got {value!r}.")
    fit = {field: tuple(value) if isinstance(known[field], tuple) else value for field, value in values.items()}
    return replace(check, **fit)


def _needed(default: Any, value: Any, *, positive: bool) -> str | None:
    """Return what a field needs where the value is none such: a number for a number, texts for texts."""
    is_int = isinstance(value, int) and not isinstance(value, bool)
    is_good = True
    if isinstance(default, bool):
        return None if isinstance(value, bool) else "true or false"
    if isinstance(default, int):
        is_good, needed = is_int, "a whole number"
    elif isinstance(default, float):
        is_good, needed = is_int or (isinstance(value, float) and math.isfinite(value)), "a number"
    elif isinstance(default, tuple) and all(isinstance(part, str) for part in default):
        texts = isinstance(value, list | tuple) and all(isinstance(part, str) for part in value)
        return None if texts else "a list of texts"
    else:
        return None
    if positive:
        return None if is_good and value >= 0 else f"{needed} of at least 0"
    return None if is_good else needed
