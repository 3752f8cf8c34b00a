"""From rules to pandera's schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np
import pandas as pd

from datafix.columns import Kind
from datafix.schema.as_kind import as_kind
from datafix.schema.column_rule import ColumnRule
from datafix.schema.relation import Relation

if TYPE_CHECKING:
    from pandera.pandas import DataFrameSchema


class Holds:
    """A relation as pandera asks for it: of a frame, which rows keep it."""

    def __init__(self, relation: Relation) -> None:
        self.relation = relation

    def __call__(self, frame: Any) -> Any:
        """Return which rows keep the relation."""
        if not set(self.relation.columns) <= set(frame.columns):
            return True
        broken = self.relation.broken(nw.from_native(frame, eager_only=True))
        few = broken.sum() <= self.relation.exceptions * len(broken)
        return pd.Series(few | ~broken, index=frame.index)


class OfKind:
    """Values of a kind, whatever their storage; pandera's dtypes are storage."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind

    def __call__(self, values: Any) -> Any:
        """Return which values are of the kind, or missing."""
        reading = as_kind(nw.from_native(values, series_only=True), self.kind)
        return pd.Series(~(reading.wrong | reading.spelt), index=values.index)


class MostlyIn:
    """Values of which all but a share are among the categories."""

    def __init__(self, categories: tuple[Any, ...], unknown_share: float) -> None:
        self.categories = categories
        self.unknown_share = unknown_share

    def __call__(self, values: Any) -> bool:
        """Return whether few enough are others."""
        return bool((values.notna() & ~values.isin(self.categories)).mean() <= self.unknown_share)


class Differ:
    """Values that occur once, as datafix has it: what is missing is no value."""

    def __call__(self, values: Any) -> Any:
        """Return which values occur once."""
        return ~values.duplicated(keep=False)


def is_whole(values: Any) -> Any:
    """Return which numbers are whole."""
    return values == np.floor(values)


def to_pandera(columns: dict[str, ColumnRule], relations: tuple[Relation, ...], *, strict: bool) -> DataFrameSchema:
    """Return the rules on kinds, values and rows as a pandera schema."""
    from pandera.pandas import Check, Column, DataFrameSchema

    return DataFrameSchema(
        {
            name: Column(checks=_checks(rule), nullable=rule.nullable, required=rule.required)
            for name, rule in columns.items()
        },
        checks=[Check(Holds(relation), name=str(relation.told), ignore_na=False) for relation in relations],
        strict=strict,
    )


def _checks(rule: ColumnRule) -> list[Any]:
    from pandera.pandas import Check

    ours: dict[str, Any] = {"minimum": Check.ge, "above": Check.gt, "maximum": Check.le, "below": Check.lt}
    checks = [Check(OfKind(rule.kind), name=f"kind {rule.kind}", ignore_na=False)]
    checks += [ours[name](bound) for name, bound in rule.bounds.items()]
    if rule.categories is not None and rule.unknown_share:
        checks.append(Check(MostlyIn(rule.categories, rule.unknown_share), name="mostly_isin", ignore_na=False))
    elif rule.categories is not None:
        checks.append(Check.isin(list(rule.categories)))
    if rule.excluded is not None:
        checks.append(Check.notin(list(rule.excluded)))
    if rule.pattern is not None:
        checks.append(Check.str_matches(rule.pattern))
    if rule.unique:
        checks.append(Check(Differ(), name="unique"))
    if rule.integer:
        checks.append(Check(is_whole, name="whole"))
    if rule.check is not None:
        checks.append(Check(rule.check, name=getattr(rule.check, "__name__", None)))
    return checks
