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
import pandas as pd
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
        self._input: Any = None

    def settle(self, kind: str, who: str) -> None:
        """Make this a column of the kind, or refuse where it is of another already."""
        self.kind = self.kind or kind
        if DTYPES.get(self.kind) != DTYPES[kind]:
            raise NotExportableError(
                f"{who} reads column {self.name!r} as {kind}, but it holds {self.kind}. "
                "Say with schema= what the raw columns hold, or parse the column before fitting."
            )

    def parse(self, kind: str, who: str) -> None:
        """Let the column come as what its text spells, parsed before serving."""
        if self._input is not None and not self.parsed:
            raise NotExportableError(
                f"{who} parses the text of column {self.name!r}, which another step reads as it is. "
                "Parse the column before fitting."
            )
        self.kind, self.parsed = kind, True

    @property
    def tensor(self) -> Any:
        """The model's input, of shape (n, 1)."""
        if self._input is None:
            self._input = keras.Input((1,), name=input_name(self.name), dtype=DTYPES[self.kind or "number"])
        return self._input


@dataclass(frozen=True, eq=False)
class Number:
    """One column of a float64 matrix, NaN where missing."""

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


def is_text(column: Column, value: Any, who: str) -> TypeGuard[Raw]:
    """Return whether the column is text; an unknown one is what ``value`` is."""
    if not isinstance(column, Raw):
        return False
    if column.source.kind is None:
        column.source.settle("text" if isinstance(value, str) else "number", who)
    return column.source.kind == "text"


def matrix_of(columns: Sequence[Column], who: str) -> Any:
    """Return columns of numbers side by side, as a float64 tensor of shape (n, columns)."""
    groups: list[tuple[Any, list[int]]] = []
    for column in columns:
        number = _as_number(column, who)
        if groups and groups[-1][0] is number.matrix:
            groups[-1][1].append(number.at)
        else:
            groups.append((number.matrix, [number.at]))
    parts = [_picked(matrix, at) for matrix, at in groups]
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
        whole = ops.cast(ops.floor(ops.where(ops.isnan(seconds), np.float64(0), seconds)), "int64")
        return ops.where(ops.isnan(seconds), NO_TIME, whole)
    column.source.settle("time", who)
    return column.source.tensor


def lookup(column: Column, values: Sequence[Any], who: str) -> Any:
    """Return each row's position in ``values``, an integer tensor of shape (n,).

    Parameters
    ----------
    column : Column
    values : sequence of str, or of numbers
        Distinct; None stands for missing. What is not among them gets ``len(values)``.
    who : str
        The step that asks, for errors.
    """
    text = any(isinstance(value, str) for value in values)
    values = [None if _is_missing(value) else value for value in values]
    if values.count(None) > 1 or (text and None in values and MISSING_TEXT in values):
        raise NotExportableError(
            f"{who} tells several sorts of missing values apart (None, NaN, empty text), and Keras inputs cannot. "
            "Make them one before fitting, with SentinelCleaner or fillna."
        )
    if is_text(column, "" if text else None, who):
        return _text_lookup(column, [MISSING_TEXT if value is None else str(value) for value in values])
    if text:
        raise NotExportableError(f"{who} learned text values {values[:3]}, but the column holds numbers.")
    return _number_lookup(matrix_of([column], who), values)


def missing(columns: Sequence[Column], who: str) -> Any:
    """Return 1.0 where a value is missing, a float64 tensor of shape (n, columns)."""
    parts = []
    for column in columns:
        if is_text(column, None, who):
            found = ops.equal(_text_lookup(column, [MISSING_TEXT]), 0)
            parts.append(ops.expand_dims(found, 1))
        elif is_time(column):
            parts.append(ops.equal(time_of(column, who), NO_TIME))
        else:
            parts.append(ops.isnan(matrix_of([column], who)))
    together = parts[0] if len(parts) == 1 else ops.concatenate(parts, axis=1)
    return ops.cast(together, "float64")


def rank(x: Any, sorted_columns: np.ndarray) -> Any:
    """Return how many values of each column are <= x: binary search, all columns at once.

    Parameters
    ----------
    x : float64 tensor of shape (n, columns)
    sorted_columns : ndarray of shape (values, columns)

    Returns
    -------
    rank : int32 tensor of shape (n, columns)
        0 where x is NaN.
    """
    n_values, n_columns = sorted_columns.shape
    steps = [2**power for power in reversed(range(n_values.bit_length()))]
    padded = np.full((sum(steps), n_columns), np.inf)
    padded[:n_values] = sorted_columns
    start = np.arange(n_columns, dtype=np.int32)[None, :]
    found = ops.cast(ops.zeros_like(x), "int32")
    for step in steps:
        at = (found + np.int32(step - 1)) * np.int32(n_columns) + start
        found = found + ops.cast(x >= ops.take(padded.ravel(), at), "int32") * np.int32(step)
    return ops.minimum(found, np.int32(n_values))


def _as_number(column: Column, who: str) -> Number:
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


def _is_missing(value: Any) -> bool:
    return bool(pd.isna(value))


def _text_lookup(column: Raw, values: Sequence[str]) -> Any:
    known = [(raw, at) for at, value in enumerate(values) for raw in column.spellings(value)]
    unknown = len(values)
    vocabulary = [raw for raw, _ in known]
    if not vocabulary:
        return ops.zeros_like(ops.squeeze(_found(column, [MISSING_TEXT]), 1)) + unknown
    table = np.array([unknown, *(at for _, at in known)], dtype=np.int64)
    return ops.take(table, ops.squeeze(_found(column, vocabulary), 1))


def _found(column: Raw, vocabulary: list[str]) -> Any:
    out_of_vocabulary = "[UNK]"
    while out_of_vocabulary in vocabulary:
        out_of_vocabulary += "_"
    layer = keras.layers.StringLookup(
        vocabulary=vocabulary, mask_token=None, num_oov_indices=1, oov_token=out_of_vocabulary
    )
    return layer(column.source.tensor)


def _number_lookup(x: Any, values: Sequence[Any]) -> Any:
    unknown = len(values)
    known = sorted((float(value), at) for at, value in enumerate(values) if value is not None)
    if known:
        points, order = np.array([p for p, _ in known]), np.array([at for _, at in known], dtype=np.int64)
        at = ops.maximum(rank(x, points[:, None]) - np.int32(1), np.int32(0))
        codes = ops.where(ops.equal(ops.take(points, at), x), ops.take(order, at), np.int64(unknown))
    else:
        codes = ops.cast(ops.zeros_like(x), "int64") + np.int64(unknown)
    if None in values:
        codes = ops.where(ops.isnan(x), np.int64(list(values).index(None)), codes)
    return ops.squeeze(codes, 1)
