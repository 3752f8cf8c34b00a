"""From rules to pandera's schemas, and back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np
import pandas as pd

from datafix.columns import Kind
from datafix.errors import SchemaError
from datafix.schema.column_rule import ColumnRule
from datafix.schema.relation import Relation

if TYPE_CHECKING:
    from pandera.pandas import DataFrameSchema

_WORDS = {
    "greater_than_or_equal_to": {"minimum": "min_value"},
    "less_than_or_equal_to": {"maximum": "max_value"},
    "in_range": {"minimum": "min_value", "maximum": "max_value"},
    "isin": {"categories": "allowed_values"},
    "str_matches": {"pattern": "pattern"},
}
_KINDS: dict[str, Kind] = {
    "bool": "boolean",
    "int": "number",
    "uint": "number",
    "float": "number",
    "datetime": "time",
    "date": "time",
    "str": "text",
    "category": "text",
}
WHOLE = "whole"


def to_pandera(columns: dict[str, ColumnRule], relations: tuple[Relation, ...]) -> DataFrameSchema:
    """Return the rules on values and rows as a pandera schema."""
    from pandera.pandas import Check, Column, DataFrameSchema

    return DataFrameSchema(
        {
            name: Column(checks=_checks(rule), nullable=rule.nullable, unique=rule.unique)
            for name, rule in columns.items()
        },
        checks=[Check(_Holds(relation), name=str(relation.told)) for relation in relations],
    )


class _Holds:
    """A relation as pandera asks for it: of a frame, which rows keep it."""

    def __init__(self, relation: Relation) -> None:
        self.relation = relation

    def __call__(self, frame: Any) -> Any:
        broken = self.relation.broken(nw.from_native(frame, eager_only=True))
        few = broken.sum() <= self.relation.exceptions * len(broken)
        return pd.Series(few | ~broken, index=frame.index)


class _MostlyIn:
    """Values of which all but a share are among the categories."""

    def __init__(self, categories: tuple[Any, ...], unknown_share: float) -> None:
        self.categories = categories
        self.unknown_share = unknown_share

    def __call__(self, values: Any) -> bool:
        return bool((~values.isin(self.categories)).mean() <= self.unknown_share)


def columns_of_pandera(schema: DataFrameSchema) -> tuple[dict[str, ColumnRule], tuple[Relation, ...]]:
    """Return the rules that a pandera schema stands for.

    Raises
    ------
    SchemaError
        If a column is known by a pattern, or a check of the whole frame is none of ours: it is named.
    """
    relations = []
    for check in schema.checks or ():
        function = _function_of(check)
        if not isinstance(function, _Holds):
            raise SchemaError(
                f"Schema.from_pandera knows no counterpart of check {check.name!r} on the whole frame. "
                "Keep that check in pandera."
            )
        relations.append(function.relation)
    return {name: _rule(name, column) for name, column in schema.columns.items()}, tuple(relations)


def _checks(rule: ColumnRule) -> list[Any]:
    from pandera.pandas import Check

    checks = []
    if rule.minimum is not None:
        checks.append(Check.ge(rule.minimum))
    if rule.maximum is not None:
        checks.append(Check.le(rule.maximum))
    if rule.categories is not None and rule.unknown_share:
        checks.append(Check(_MostlyIn(rule.categories, rule.unknown_share), name="mostly_isin"))
    elif rule.categories is not None:
        checks.append(Check.isin(list(rule.categories)))
    if rule.pattern is not None:
        checks.append(Check.str_matches(rule.pattern))
    if rule.integer:
        checks.append(Check(_is_whole, name=WHOLE))
    if rule.check is not None:
        checks.append(Check(rule.check, name=getattr(rule.check, "__name__", None)))
    return checks


def _function_of(check: Any) -> Any:
    """Return what a pandera check calls, which it keeps to itself."""
    return getattr(check, "_check_fn", None)


def _is_whole(values: Any) -> Any:
    return values == np.floor(values)


def _rule(name: str, column: Any) -> ColumnRule:
    known: dict[str, Any] = {}
    if getattr(column, "regex", False):
        raise SchemaError(f"Schema.from_pandera takes columns by name, got the pattern {name!r}. Name each column.")
    for check in column.checks:
        function = _function_of(check)
        if function is _is_whole:
            known["integer"] = True
        elif isinstance(function, _MostlyIn):
            known |= vars(function)
        elif check.name in _WORDS:
            for ours, theirs in _WORDS[check.name].items():
                value = check.statistics[theirs]
                known[ours] = tuple(value) if ours == "categories" else getattr(value, "pattern", value)
        elif check.element_wise or "check" in known:
            raise SchemaError(
                f"Schema.from_pandera takes one function of a whole column, got {check.name!r} on column {name!r} "
                f"{'of single values' if check.element_wise else 'beside another'}. Join them in one, or keep it there."
            )
        else:
            known["check"] = function
    rule = ColumnRule(_kind(name, column, known), nullable=column.nullable, unique=column.unique, **known)
    dtype = str(column.dtype).lower()
    return replace(rule, integer=True) if rule.kind == "number" and dtype.startswith(("int", "uint")) else rule


def _kind(name: str, column: Any, known: dict[str, Any]) -> Kind:
    dtype = str(column.dtype).lower()
    if (kind := next((kind for start, kind in _KINDS.items() if dtype.startswith(start)), None)) is not None:
        return kind
    bounds = [known[bound] for bound in ("minimum", "maximum") if bound in known]
    if bounds:
        return "time" if isinstance(bounds[0], datetime) else "number"
    if known.get("integer"):
        return "number"
    if "pattern" in known or all(isinstance(value, str) for value in known.get("categories", (0,))):
        return "text"
    raise SchemaError(f"Schema.from_pandera cannot tell the kind of column {name!r} from dtype {column.dtype!r}.")
