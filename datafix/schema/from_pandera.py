"""From pandera's schemas to rules: all of what they ask, or a refusal that names it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from datafix.columns import Kind
from datafix.errors import ParameterError, SchemaError
from datafix.schema.column_rule import ColumnRule
from datafix.schema.relation import Relation
from datafix.schema.to_pandera import Differ, Holds, MostlyIn, OfKind, is_whole

if TYPE_CHECKING:
    from pandera.pandas import DataFrameModel, DataFrameSchema

_KINDS: dict[str, Kind] = {
    "bool": "boolean",
    "int": "number",
    "uint": "number",
    "float": "number",
    "datetime": "time",
    "date": "time",
    "str": "text",
    "category": "text",
    "object": "mixed",
    "none": "mixed",
}
_FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE, "a": re.ASCII}
_INLINE = re.compile(r"^\(\?[aimsux]+\)")
_NO_RULES: dict[str, Any] = {
    "ordered": False,
    "index": None,
    "dtype": None,
    "parsers": [],
    "add_missing_columns": False,
}
_NO_RULES_OF_A_COLUMN: dict[str, Any] = {"regex": False, "parsers": [], "default": None}


def from_pandera(
    schema: DataFrameSchema | type[DataFrameModel],
) -> tuple[dict[str, ColumnRule], tuple[Relation, ...], bool]:
    """Return the rules that a pandera schema or model stands for, its relations, and whether other columns are refused.

    Raises
    ------
    SchemaError
        If a part has no counterpart: column and check are named.
    """
    given: Any = schema.to_schema() if hasattr(schema, "to_schema") else schema
    _refuse_parts(given, _NO_RULES, "the schema")
    if given.strict not in (True, False):
        raise _refusal(f"strict={given.strict!r} of the schema", "Take the other columns out before")
    columns = {str(name): _rule(str(name), column) for name, column in given.columns.items()}
    relations = [*map(_relation, given.checks or ())]
    if joint := [given.unique] if isinstance(given.unique, str) else list(given.unique or ()):
        if unsure := [name for name in joint if name not in columns or not columns[name].required]:
            raise _refusal(f"unique={joint} with the column {unsure[0]!r}, which a table may lack", "Require it")
        relations.append(Relation("unique", tuple(joint)))
    # To pandera a missing value may come once; to `unique` it is no value.
    relations += [
        Relation("unique", (str(name),)) for name, column in given.columns.items() if column.unique and column.nullable
    ]
    return columns, tuple(relations), bool(given.strict)


def _refuse_parts(given: Any, harmless: dict[str, Any], of: str) -> None:
    for part, value in harmless.items():
        found = getattr(given, part, value)
        if found is not value and not (isinstance(found, type(value)) and found == value):
            raise _refusal(f"{part}={found!r} of {of}", "Keep it in pandera, or take it out")


def _refusal(what: str, step: str) -> SchemaError:
    return SchemaError(f"Schema.from_pandera has no counterpart of {what}. {step}.")


def _relation(check: Any) -> Relation:
    function = _function_of(check)
    if not isinstance(function, Holds):
        raise _refusal(f"check {check.name!r} on the whole frame", "Keep that check in pandera")
    return function.relation


def _function_of(check: Any) -> Any:
    """Return what a pandera check calls, which it keeps to itself."""
    return getattr(check, "_check_fn", None)


def _rule(name: str, column: Any) -> ColumnRule:
    _refuse_parts(column, _NO_RULES_OF_A_COLUMN, f"column {name!r}")
    known = _Known(name)
    for check in column.checks:
        known.take(check, nullable=column.nullable)
    dtype = str(column.dtype).lower()
    kind = known.words.pop("kind", None) or _kind(name, dtype, known.words)
    if kind == "number" and dtype.startswith(("int", "uint")):
        known.words["integer"] = True
    if (labels := getattr(column.dtype, "categories", None)) is not None:
        known.among(labels)
    for word in {"categories", "excluded"} & set(known.words) if kind == "text" and dtype.startswith("str") else ():
        known.words[word] = tuple(value for value in known.words[word] if isinstance(value, str))
    unique = known.words.pop("unique", False) or (column.unique and not column.nullable)
    try:
        return ColumnRule(
            kind, nullable=column.nullable, required=column.required, unique=unique, **_with_times(kind, known.words)
        )
    except (ParameterError, TypeError, ValueError) as error:
        told = ", ".join(repr(check.name) for check in column.checks)
        raise SchemaError(
            f"Schema.from_pandera cannot put together the checks of column {name!r}, of dtype {column.dtype} with "
            f"{told}: {error} Mend the pandera schema."
        ) from error


def _kind(name: str, dtype: str, words: dict[str, Any]) -> Kind:
    kind = next((kind for start, kind in _KINDS.items() if dtype.startswith(start)), None)
    if kind is None:
        raise _refusal(f"dtype {dtype} of column {name!r}", "Give it a dtype of numbers, truth values, text or times")
    if kind != "mixed":
        return kind
    if bounds := [words[word] for word in ("minimum", "above", "maximum", "below") if word in words]:
        return "time" if isinstance(bounds[0], datetime | np.datetime64) else "number"
    values = words.get("categories", ())
    if "pattern" in words or (values and all(isinstance(value, str) for value in values)):
        return "text"
    return "time" if values and all(isinstance(value, datetime) for value in values) else "mixed"


def _with_times(kind: Kind, words: dict[str, Any]) -> dict[str, Any]:
    """Return the words with the bounds of times as datetimes, which pandera lets be text too."""
    bounds = [word for word in ("minimum", "above", "maximum", "below") if word in words]
    return words | {word: pd.Timestamp(words[word]) for word in bounds} if kind == "time" else words


class _Known:
    """What the checks of one column ask for; the strictest of each."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.words: dict[str, Any] = {}

    def take(self, check: Any, *, nullable: bool) -> None:
        """Add a check, or raise SchemaError where nothing here says the same."""
        function, of = _function_of(check), f"check {check.name!r} on column {self.name!r}"
        if isinstance(function, OfKind):
            self.words["kind"] = function.kind
        elif isinstance(function, MostlyIn):
            self.words |= vars(function)
        elif isinstance(function, Differ) or function is is_whole:
            self.words["unique" if isinstance(function, Differ) else "integer"] = True
        elif type(check).__name__ != "Check" or check.groupby is not None:
            raise _refusal(f"{of}, which compares groups", "Keep that check in pandera")
        elif check.raise_warning or (nullable and not check.ignore_na):
            told = "which only warns" if check.raise_warning else "which asks of missing values too"
            raise _refusal(f"{of}, {told}", "Keep that check in pandera")
        elif type(function).__name__ == "Dispatcher":  # pandera's own, by its name
            self._say(check, of)
        elif check.element_wise or "check" in self.words:
            raise SchemaError(
                f"Schema.from_pandera takes one function of a whole column, got {check.name!r} on column {self.name!r} "
                f"{'of single values' if check.element_wise else 'beside another'}. Join them in one, or keep it there."
            )
        else:
            options = getattr(check, "_check_kwargs", None)
            self.words["check"] = partial(function, **options) if options else function

    def _say(self, check: Any, of: str) -> None:
        if check.name not in _SAYERS:
            raise _refusal(of, "Keep that check in pandera")
        try:
            _SAYERS[check.name](self, **check.statistics)
        except (TypeError, re.error) as error:
            raise _refusal(f"{of} beside the others ({error})", "Keep that check in pandera") from error

    def bound(self, word: str, value: Any) -> None:
        """Keep the strictest bound."""
        stricter = max if word in ("minimum", "above") else min
        self.words[word] = stricter(self.words.get(word, value), value)

    def within(self, min_value: Any, max_value: Any, *, include_min: bool = True, include_max: bool = True) -> None:
        """Keep values between two bounds."""
        self.bound("minimum" if include_min else "above", min_value)
        self.bound("maximum" if include_max else "below", max_value)

    def among(self, allowed: Iterable[Any]) -> None:
        """Keep the values that all such checks allow."""
        allowed = tuple(allowed)
        if "categories" not in self.words:
            self.words["categories"] = allowed
        else:
            self.words["categories"] = tuple(value for value in self.words["categories"] if value in allowed)

    def exclude(self, values: Iterable[Any]) -> None:
        """Exclude values beside those excluded already."""
        self.words["excluded"] = tuple(dict.fromkeys((*self.words.get("excluded", ()), *values)))

    def match(self, pattern: Any) -> None:
        """Keep text that matches from its beginning; several patterns each look ahead."""
        text = _scoped(pattern)
        if (before := self.words.get("pattern")) is not None:
            if re.compile(before).groups and re.compile(text).groups:
                raise TypeError("groups of two patterns would be counted together")
            first, second = (before, text) if re.compile(before).groups else (text, before)
            text = f"(?={first})(?:{second})"
        re.compile(text)
        self.words["pattern"] = text

    def length(
        self, min_value: int | None = None, max_value: int | None = None, exact_value: int | None = None
    ) -> None:
        """Keep text of some lengths."""
        low, high = (min_value or 0, max_value) if exact_value is None else (exact_value, exact_value)
        self.match(f"(?s:.{{{low},{'' if high is None else high}}})\\Z")


_SAYERS: dict[str, Callable[..., None]] = {
    "greater_than_or_equal_to": lambda known, min_value: known.bound("minimum", min_value),
    "greater_than": lambda known, min_value: known.bound("above", min_value),
    "less_than_or_equal_to": lambda known, max_value: known.bound("maximum", max_value),
    "less_than": lambda known, max_value: known.bound("below", max_value),
    "in_range": _Known.within,
    "isin": lambda known, allowed_values: known.among(allowed_values),
    "equal_to": lambda known, value: known.among([value]),
    "notin": lambda known, forbidden_values: known.exclude(forbidden_values),
    "not_equal_to": lambda known, value: known.exclude([value]),
    "str_matches": lambda known, pattern: known.match(pattern),
    "str_contains": lambda known, pattern: known.match(_found_in(pattern)),
    "str_startswith": lambda known, string: known.match(re.escape(string)),
    "str_endswith": lambda known, string: known.match(f"(?s:.*){re.escape(string)}\\Z"),
    "str_length": _Known.length,
}


def _found_in(pattern: Any) -> str:
    return f"(?s:.*?)(?:{_scoped(pattern)})"


def _scoped(pattern: Any) -> str:
    """Return a pattern whose flags are its own, so that it may stand beside another."""
    compiled = re.compile(pattern)
    letters = "".join(letter for letter, flag in _FLAGS.items() if compiled.flags & flag)
    bare = _INLINE.sub("", compiled.pattern)
    end = "\n" if "x" in letters else ""  # after a comment
    return f"(?{letters}:{bare}{end})" if letters else bare
