"""What one column must hold."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from numbers import Real
from typing import Any, get_args

import pandas as pd

from datafix.columns import Kind
from datafix.errors import ParameterError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class ColumnRule:
    """The kind of a column and the values that it may take.

    Attributes
    ----------
    kind : {"number", "boolean", "text", "time", "mixed"}
        Compared whatever the storage: an integer column and a float column are both numbers.
    nullable : bool
        May values be missing?
    unique : bool
        Must values occur once?
    integer : bool
        Must numbers be whole, whatever their storage?
    minimum, maximum : float, datetime or None
        Of numbers and times, both allowed. A datetime without a time zone is UTC; times are compared by microseconds.
    above, below : float, datetime or None
        The same, not allowed themselves.
    categories : tuple or None
        The only values allowed, such as those of a column of another table.
    excluded : tuple or None
        Values that are not allowed.
    unknown_share : float
        Share of the rows that may hold other values than the categories, in [0, 1): where some are rare, fresh rows
        bring new ones.
    pattern : str or None
        A regular expression that text must match from its beginning.
    check : callable or None
        Given the values that are not missing as a pandas Series, tells for each whether it is right (bool of shape
        (values,)). To be pickled or written as YAML it must be a function of a module.
    required : bool
        Must a table have the column?

    Examples
    --------
    >>> ColumnRule("number", minimum=0).minimum
    0
    """

    kind: Kind
    nullable: bool = True
    unique: bool = False
    integer: bool = False
    minimum: float | datetime | None = None
    maximum: float | datetime | None = None
    above: float | datetime | None = None
    below: float | datetime | None = None
    categories: tuple[Any, ...] | None = None
    excluded: tuple[Any, ...] | None = None
    unknown_share: float = 0.0
    pattern: str | None = None
    check: Callable[[Any], Any] | None = None
    required: bool = True

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ParameterError(f"ColumnRule needs a kind of {get_args(Kind)}, got {self.kind!r}.")
        for name in ("categories", "excluded"):
            if (values := getattr(self, name)) is not None and not isinstance(values, tuple):
                object.__setattr__(self, name, tuple(values))
        self._check_bounds()
        if self.integer and self.kind != "number":
            raise ParameterError(f"ColumnRule takes integer=True of numbers, got it for {self.kind!r}.")
        if not 0 <= self.unknown_share < 1 or (self.unknown_share and self.categories is None):
            raise ParameterError(
                f"ColumnRule needs unknown_share in [0, 1), beside categories, got {self.unknown_share!r}."
            )
        if self.check is not None and not callable(self.check):
            raise ParameterError(f"ColumnRule needs a function as check, got {self.check!r}.")
        if self.pattern is not None:
            if self.kind != "text":
                raise ParameterError(f"ColumnRule takes a pattern of text, got one for {self.kind!r}.")
            try:
                re.compile(self.pattern)
            except re.error as error:
                raise ParameterError(
                    f"ColumnRule needs a regular expression, got {self.pattern!r}: {error}."
                ) from error

    @property
    def bounds(self) -> dict[str, float | datetime]:
        """The bounds that there are, by name."""
        named = {name: getattr(self, name) for name in ("minimum", "above", "maximum", "below")}
        return {name: bound for name, bound in named.items() if bound is not None}

    def _check_bounds(self) -> None:
        bounds: dict[str, Any] = self.bounds
        if bounds and self.kind not in ("number", "time"):
            raise ParameterError(
                f"ColumnRule takes {' and '.join(bounds)} of numbers and times, got them for {self.kind!r}."
            )
        for name, bound in bounds.items():
            is_fit = isinstance(bound, datetime) if self.kind == "time" else isinstance(bound, Real | Decimal)
            if not is_fit or pd.isna(bound):
                needed = "a datetime" if self.kind == "time" else "a number"
                raise ParameterError(f"ColumnRule needs {needed} as {name} of {self.kind} values, got {bound!r}.")
        for low in ("minimum", "above"):
            for high in ("maximum", "below"):
                if low in bounds and high in bounds and as_number(bounds[low]) > as_number(bounds[high]):
                    raise ParameterError(f"ColumnRule needs {low} <= {high}, got {bounds[low]} and {bounds[high]}.")


def as_number(bound: float | datetime) -> float:
    """Return a bound as what columns are compared as: times as microseconds since 1970, UTC."""
    if not isinstance(bound, datetime):
        return float(bound)
    return ((bound if bound.tzinfo else bound.replace(tzinfo=UTC)) - _EPOCH) // timedelta(microseconds=1)
