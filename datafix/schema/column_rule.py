"""What one column must hold."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

from datafix.columns import Kind
from datafix.errors import ParameterError


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
        Of numbers and times, both allowed. A datetime without a time zone is UTC.
    categories : tuple or None
        The only values allowed, such as those of a column of another table.
    unknown_share : float
        Share of the rows that may hold other values than the categories, in [0, 1): where some are rare, fresh rows
        bring new ones.
    pattern : str or None
        A regular expression that text must match from its beginning.
    check : callable or None
        Given the values that are not missing as a pandas Series, tells for each whether it is right (bool of shape
        (values,)). To be pickled or written as YAML it must be a function of a module.

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
    categories: tuple[Any, ...] | None = None
    unknown_share: float = 0.0
    pattern: str | None = None
    check: Callable[[Any], Any] | None = None

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ParameterError(f"ColumnRule needs a kind of {get_args(Kind)}, got {self.kind!r}.")
        if self.categories is not None and not isinstance(self.categories, tuple):
            object.__setattr__(self, "categories", tuple(self.categories))
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

    def _check_bounds(self) -> None:
        bounds: list[Any] = [bound for bound in (self.minimum, self.maximum) if bound is not None]
        if bounds and self.kind not in ("number", "time"):
            raise ParameterError(
                f"ColumnRule takes minimum and maximum of numbers and times, got them for {self.kind!r}."
            )
        for bound in bounds:
            if isinstance(bound, datetime) is not (self.kind == "time"):
                needed = "datetimes of times" if self.kind == "time" else "numbers of numbers"
                raise ParameterError(f"ColumnRule needs {needed} as minimum and maximum, got {bound!r}.")
        if len(bounds) == 2 and bounds[0] > bounds[1]:
            raise ParameterError(f"ColumnRule needs minimum <= maximum, got {self.minimum} and {self.maximum}.")
