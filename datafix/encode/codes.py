"""Categories as whole numbers: learned once, then looked up for the distinct values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa

from datafix.columns import factorize, is_missing, kind_of, positions_in
from datafix.errors import TableError
from datafix.learning import value_counts
from datafix.sketches import TableSketch

Value = Any
"""``str``; ``float`` for numbers and booleans; None for missing."""


@dataclass(frozen=True)
class Codebook:
    """The codes of one column.

    Attributes
    ----------
    codes : dict of str, float or None to int
        Known value to code; None is "missing".
    default : int
        Code of every other value; -1 for none.
    n_codes : int
    kind : str
        Of the column at fit.
    texts : pyarrow.LargeStringArray
        The known values that are text.
    table : int64 ndarray
        The codes of `texts`, then of a missing value and of any other: where `positions_in` points.
    """

    codes: dict[Value, int]
    default: int
    n_codes: int
    kind: str
    texts: pa.Array = field(init=False, repr=False, compare=False)
    table: np.ndarray = field(init=False, repr=False, compare=False)

    @property
    def is_wide(self) -> bool:
        """Whether the column is of whole numbers past 2^53, whose keys are text."""
        return self.kind == "number" and bool(len(self.texts))

    def __post_init__(self) -> None:
        texts = {value: code for value, code in self.codes.items() if isinstance(value, str)}
        ends = [self.codes.get(None, self.default), self.default]
        object.__setattr__(self, "texts", pa.array(list(texts), pa.large_string()))
        object.__setattr__(self, "table", np.array([*texts.values(), *ends], dtype=np.int64))


def learn_codes(
    column: nw.Series[Any],
    seen: TableSketch | None,
    *,
    min_frequency: float | None,
    max_categories: int | None,
    reserve_zero: bool,
    who: str,
) -> Codebook:
    """Return the codes of a column's categories: sorted values, then missing, then rare; of all rows that were seen.

    With ``reserve_zero`` rare and unseen values have code 0 and the others
    follow; without, rare values have the last code, and without rare values
    unseen ones have none (-1).
    """
    kind = kind_of(column)
    if kind == "time":
        raise TableError(f"{who} needs categories in column {column.name!r}, got times. Use DatetimeEncoder for it.")
    found = value_counts(column, seen)
    counts: dict[Value, int] = {}
    for value, count in zip(_values(found.values), found.counts.tolist(), strict=True):
        counts[value] = counts.get(value, 0) + count
    has_missing = found.n_missing > 0
    least = 0.0 if min_frequency is None else min_frequency * found.n_rows
    if isinstance(min_frequency, int):
        least = min_frequency * found.share
    kept = _frequent(counts, least, max_categories, has_missing)
    known: list[Value] = [*sorted(kept), *([None] if has_missing else [])]
    has_rare = len(kept) < len(counts)
    if reserve_zero:
        return Codebook({value: i for i, value in enumerate(known, 1)}, 0, len(known) + 1, kind)
    table = {value: i for i, value in enumerate(known)}
    return Codebook(table, len(known) if has_rare else -1, len(known) + has_rare, kind)


def look_up(column: nw.Series[Any], book: Codebook, *, who: str) -> np.ndarray:
    """Return the code of every row, int64 of shape (rows,)."""
    _check_kind(column, book, who)
    if kind_of(column) == "text":
        return book.table[positions_in(column, book.texts)]
    codes, uniques = factorize(column)
    values = _as_texts(uniques) if book.is_wide else _values(uniques)
    table = [book.codes.get(value, book.default) for value in values]
    missing = book.codes.get(None, book.default)
    return np.array([*table, missing], dtype=np.int64)[codes]


def _check_kind(column: nw.Series[Any], book: Codebook, who: str) -> None:
    kind = kind_of(column)
    numeric = {"number", "boolean"}
    same = kind == book.kind or {kind, book.kind} <= numeric or {kind, book.kind} <= {"text", "mixed"}
    if not same and not is_missing(column).all():
        raise TableError(
            f"{who} was fitted on column {column.name!r} of kind {book.kind}, got {kind}. "
            "Give it the kind of column it was fitted on."
        )


def _values(uniques: np.ndarray) -> list[Value]:
    """Return distinct values as keys: numbers as float, all else as text, and so whole numbers past 2^53."""
    if uniques.dtype.kind in "fb":
        return uniques.astype(np.float64).tolist()
    return _as_texts(uniques)


def _as_texts(uniques: np.ndarray) -> list[Value]:
    """Return distinct values as text, whole numbers without a point."""
    return [
        str(int(value)) if isinstance(value, float) and value.is_integer() else str(value) for value in uniques.tolist()
    ]


def _frequent(
    counts: dict[Value, int],
    least: float,
    max_categories: int | None,
    has_missing: bool,
) -> list[Value]:
    """Return the values that have a code of their own: those that occur often enough, the most frequent of them."""
    kept = [value for value in counts if counts[value] >= least]
    if max_categories is None:
        return kept
    room = max_categories - has_missing
    if len(kept) + (len(kept) < len(counts)) <= room:
        return kept
    by_count = sorted(sorted(kept), key=lambda value: -counts[value])
    return by_count[: max(room - 1, 0)]
