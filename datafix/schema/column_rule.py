"""What one column must hold."""

from __future__ import annotations

import re
from dataclasses import dataclass
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
    minimum, maximum : float or None
        Of numbers, both allowed.
    categories : tuple or None
        The only values allowed.
    pattern : str or None
        A regular expression that text must match from its beginning.

    Examples
    --------
    >>> ColumnRule("number", minimum=0).minimum
    0
    """

    kind: Kind
    nullable: bool = True
    unique: bool = False
    minimum: float | None = None
    maximum: float | None = None
    categories: tuple[Any, ...] | None = None
    pattern: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ParameterError(f"ColumnRule needs a kind of {get_args(Kind)}, got {self.kind!r}.")
        if self.categories is not None and not isinstance(self.categories, tuple):
            object.__setattr__(self, "categories", tuple(self.categories))
        bounded = self.minimum is not None or self.maximum is not None
        if bounded and self.kind != "number":
            raise ParameterError(f"ColumnRule takes minimum and maximum of numbers, got them for {self.kind!r}.")
        if self.pattern is not None:
            if self.kind != "text":
                raise ParameterError(f"ColumnRule takes a pattern of text, got one for {self.kind!r}.")
            try:
                re.compile(self.pattern)
            except re.error as error:
                raise ParameterError(
                    f"ColumnRule needs a regular expression, got {self.pattern!r}: {error}."
                ) from error
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ParameterError(f"ColumnRule needs minimum <= maximum, got {self.minimum} and {self.maximum}.")
