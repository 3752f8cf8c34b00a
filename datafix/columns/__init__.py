"""Frames of any engine, read column by column as NumPy arrays.

Engines differ in what they call a missing value, in how they store text and
in what they infer; everything above this module sees one of five kinds.
"""

from datafix.columns.codes import IS_MISSING, NOT_FOUND, factorize, positions_in
from datafix.columns.frames import as_frame, refusal_of_lazy
from datafix.columns.kind import Kind, is_missing, kind_of, kind_of_dtype, kinds
from datafix.columns.rows import held_by_pandas, row_count, stacked, take
from datafix.columns.values import NO_TIME, as_microseconds, as_numbers, as_seconds, as_wide_integers

__all__ = [
    "IS_MISSING",
    "NOT_FOUND",
    "NO_TIME",
    "Kind",
    "as_frame",
    "as_microseconds",
    "as_numbers",
    "as_seconds",
    "as_wide_integers",
    "factorize",
    "held_by_pandas",
    "is_missing",
    "kind_of",
    "kind_of_dtype",
    "kinds",
    "positions_in",
    "refusal_of_lazy",
    "row_count",
    "stacked",
    "take",
]
