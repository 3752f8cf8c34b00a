"""Columns while they pass through a Keras graph: symbolic numbers, texts and times.

Text is never changed inside the graph. A text column remembers what its spellings have
become (a cleaner mends them, an imputer fills the empty one), and the encoder that reads
it at last looks up the raw spellings: one lookup, whatever came before.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from keyword import iskeyword
from typing import Any, TypeGuard

import keras
import numpy as np
from keras import ops

from datafix.errors import NotExportableError

DTYPES = {"number": "float64", "boolean": "float64", "text": "string", "time": "int64"}
MISSING_TEXT = ""
NO_TIME = np.int64(np.iinfo(np.int64).min)


class Source:
    """A raw column. Where its kind is unknown, the first step that reads it settles it."""

    def __init__(self, name: str, kind: str | None) -> None:
        self.name = name
        self.kind = "text" if kind == "mixed" else kind
        self.parsed = False
        self.markers: list[str] = []
        self._input: Any = None

    def settle(self, kind: str, who: str) -> None:
        """Make this a column of the kind, or refuse where it is of another already."""
        self.kind = self.kind or kind
        if DTYPES.get(self.kind) != DTYPES[kind]:
            raise NotExportableError(
                f"{who} reads column {self.name!r} as {kind}, but it holds {self.kind}. "
                "Say with schema= what the raw columns hold, or parse the column before fitting."
            )

    def parse(self, kind: str, markers: Sequence[str], who: str) -> None:
        """Let the column come as what its text spells, parsed before serving; the markers are missing."""
        if self._input is not None and not self.parsed:
            raise NotExportableError(
                f"{who} parses the text of column {self.name!r}, which another step reads as it is. "
                "Parse the column before fitting."
            )
        self.kind, self.parsed, self.markers = kind, True, list(markers)

    @property
    def tensor(self) -> Any:
        """The model's input, of shape (n, 1)."""
        if self._input is None:
            self._input = keras.Input((1,), name=input_name(self.name), dtype=DTYPES[self.kind or "number"])
        return self._input


@dataclass(frozen=True, eq=False)
class Number:
    """One column of a matrix of float64, NaN where missing; or of float32 that holds zeros and ones alone."""

    matrix: Any
    at: int


@dataclass(frozen=True, eq=False)
class Raw:
    """A column as it came; text may have become other text since."""

    source: Source
    became: dict[str, str] = field(default_factory=dict)

    def renamed(self, mapping: dict[str, str]) -> Raw:
        """Return the column after its present values have been replaced by the mapping."""
        became = {raw: mapping.get(now, now) for raw, now in self.became.items()}
        return Raw(self.source, {**{old: new for old, new in mapping.items() if old not in became}, **became})

    def spellings(self, value: str) -> list[str]:
        """Return the raw spellings that are this value now."""
        itself = [] if value in self.became else [value]
        return itself + [raw for raw, now in self.became.items() if now == value]


@dataclass(frozen=True, eq=False)
class Time:
    """A time column that a step has filled: an int64 tensor of shape (n, 1)."""

    tensor: Any


Column = Number | Raw | Time


def input_name(column: str) -> str:
    """Return what the input of a column is called: a name that Keras, SavedModel and TFLite all keep as it is.

    Letters, digits and underscores stay; all else becomes an underscore, and a name in
    another alphabet ends in a checksum, so that two such names stay apart.

    Examples
    --------
    >>> input_name("age"), input_name("n/a rate"), input_name("2nd"), input_name("größe")
    ('age', 'n_a_rate', 'x_2nd', 'gr__e_d353a2')
    """
    name = re.sub(r"[^A-Za-z0-9_]", "_", column)
    name = name if name[:1].isalpha() and name != "self" and not iskeyword(name) else f"x_{name}"
    return name if column.isascii() else f"{name}_{hashlib.sha256(column.encode()).hexdigest()[:6]}"


def numbers(matrix: Any) -> list[Column]:
    """Return the columns of a float64 tensor of shape (n, columns)."""
    return [Number(matrix, at) for at in range(matrix.shape[1])]


def constant(value: Any) -> np.ndarray:
    """Return a number to compute with: Keras saves numbers without their dtype, and 0.1 would come back as float32."""
    return np.array([value], dtype=np.float64)


def is_text(column: Column, value: Any, who: str) -> TypeGuard[Raw]:
    """Return whether the column is text; an unknown one is what ``value`` is."""
    if not isinstance(column, Raw):
        return False
    if column.source.kind is None:
        column.source.settle("text" if isinstance(value, str) else "number", who)
    return column.source.kind == "text"


def matrix_of(columns: Sequence[Column], who: str, dtype: str = "float64") -> Any:
    """Return columns of numbers side by side, as a tensor of shape (n, columns)."""
    groups: list[tuple[Any, list[int]]] = []
    for column in columns:
        number = as_number(column, who)
        if groups and groups[-1][0] is number.matrix:
            groups[-1][1].append(number.at)
        else:
            groups.append((number.matrix, [number.at]))
    parts = [_picked(matrix, at) for matrix, at in groups]
    parts = [part if part.dtype == dtype else ops.cast(part, dtype) for part in parts]
    return parts[0] if len(parts) == 1 else ops.concatenate(parts, axis=1)


def is_time(column: Column) -> bool:
    """Return whether the column is known to hold times."""
    return isinstance(column, Time) or (isinstance(column, Raw) and column.source.kind == "time")


def time_of(column: Column, who: str) -> Any:
    """Return a time column as int64 seconds, of shape (n, 1); numbers are seconds too."""
    if isinstance(column, Time):
        return column.tensor
    if isinstance(column, Number):
        seconds = matrix_of([column], who)
        whole = ops.cast(ops.floor(ops.where(ops.isnan(seconds), constant(0), seconds)), "int64")
        return ops.where(ops.isnan(seconds), NO_TIME, whole)
    column.source.settle("time", who)
    return column.source.tensor


def as_number(column: Column, who: str) -> Number:
    """Return the column as one of a matrix, or refuse where it holds no numbers."""
    if isinstance(column, Number):
        return column
    if isinstance(column, Time):
        raise NotExportableError(f"{who} needs numbers, got times. Encode them with DatetimeEncoder.")
    if column.source.kind not in (None, "number", "boolean"):
        raise NotExportableError(
            f"{who} needs numbers, and column {column.source.name!r} still holds {column.source.kind}. "
            "Encode the column in the pipeline, or drop it there."
        )
    column.source.settle(column.source.kind or "number", who)
    return Number(column.source.tensor, 0)


def _picked(matrix: Any, at: list[int]) -> Any:
    if at == list(range(matrix.shape[1])):
        return matrix
    return ops.take(matrix, np.array(at, dtype=np.int32), axis=1)
