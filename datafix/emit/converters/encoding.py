"""Categorical encoders of scikit-learn: a lookup of the category, then of what it became.

What each known category became is asked of the fitted encoder itself, so that dropped,
infrequent and missing categories need no second account here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from keras import ops
from scipy import sparse

from datafix.emit.lookups import look_up
from datafix.emit.symbols import Column, numbers


def one_hot(step: Any, columns: list[Column], who: str) -> list[Column]:
    """Write OneHotEncoder."""
    widths = [_width(step, at) for at in range(len(columns))]
    made = sparse.csc_matrix(_transformed_categories(step))
    encoded: list[Column] = []
    for at, (column, width) in enumerate(zip(columns, widths, strict=True)):
        categories, start = step.categories_[at], sum(widths[:at])
        codes = _hot_codes(made[: len(categories), start : start + width])
        codes = np.append(codes, _unknown_code(step, at, codes))
        if width:
            encoded += one_hot_columns(look_up(column, list(categories), codes, who), width)
    return encoded


def ordinal(step: Any, columns: list[Column], who: str) -> list[Column]:
    """Write OrdinalEncoder."""
    unknown = np.nan if step.unknown_value is None else float(step.unknown_value)
    return _looked_up(step, columns, np.array([[unknown]] * len(columns)), who)


def target(step: Any, columns: list[Column], who: str) -> list[Column]:
    """Write TargetEncoder, as it encodes rows that it was not fitted on."""
    unknown = np.atleast_1d(np.asarray(step.target_mean_, dtype=np.float64))
    return _looked_up(step, columns, np.tile(unknown, (len(columns), 1)), who)


def one_hot_columns(codes: Any, width: int) -> list[Column]:
    """Return ``width`` columns, of which each row's code says which is 1 (-1: none).

    Zeros and ones are the same in float32, and a wide table of them takes half the time.
    """
    return numbers(ops.one_hot(codes, width, dtype="float32"))


def _looked_up(step: Any, columns: list[Column], unknown: np.ndarray, who: str) -> list[Column]:
    made, width = np.asarray(_transformed_categories(step), dtype=np.float64), unknown.shape[1]
    encoded: list[Column] = []
    for at, column in enumerate(columns):
        categories = list(step.categories_[at])
        table = np.vstack([made[: len(categories), at * width : (at + 1) * width], unknown[at]])
        encoded += numbers(look_up(column, categories, table, who))
    return encoded


def _transformed_categories(step: Any) -> Any:
    """Return what the step makes of a table that holds every category of every column."""
    longest = max(map(len, step.categories_))
    columns = [_padded(categories, longest) for categories in step.categories_]
    if (names := getattr(step, "feature_names_in_", None)) is not None:
        return step.transform(pd.DataFrame(dict(zip(names, columns, strict=True))))
    return step.transform(np.column_stack(columns))


def _padded(categories: np.ndarray, length: int) -> np.ndarray:
    padded = np.empty(length, dtype=categories.dtype)
    padded[: len(categories)], padded[len(categories) :] = categories, categories[:1]
    return padded


def _width(step: Any, at: int) -> int:
    infrequent = _infrequent(step, at)
    dropped = step.drop_idx_ is not None and step.drop_idx_[at] is not None
    return len(step.categories_[at]) - max(len(infrequent) - 1, 0) - dropped


def _infrequent(step: Any, at: int) -> Any:
    per_column = getattr(step, "infrequent_categories_", None)
    return () if per_column is None or per_column[at] is None else per_column[at]


def _hot_codes(block: Any) -> np.ndarray:
    rows, positions = block.nonzero()
    codes = np.full(block.shape[0], -1)
    codes[rows] = positions
    return codes


def _unknown_code(step: Any, at: int, codes: np.ndarray) -> int:
    infrequent = _infrequent(step, at)
    if step.handle_unknown not in ("infrequent_if_exist", "warn") or not len(infrequent):
        return -1
    return int(codes[list(step.categories_[at]).index(infrequent[0])])
