"""Columns of numbers as one float64 matrix."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from datafix.columns import as_numbers
from datafix.errors import TableError
from datafix.learning import training_rows
from datafix.repairs import numbers_or_missing
from datafix.sketches import TableSketch
from datafix.validation import validate_frame


def validate_matrix(estimator: BaseEstimator, X: Any, *, reset: bool) -> np.ndarray:
    """Check X as `validate_frame` does and return its numbers, NaN where missing.

    Raises
    ------
    TableError
        If a column holds text or times, or a number is infinite.
    """
    who = type(estimator).__name__
    frame = validate_frame(estimator, X, reset=reset)
    matrix = as_matrix(frame, who=who)
    refuse_infinite(frame.columns, matrix, who=who)
    return matrix


def training_matrix(estimator: BaseEstimator, X: Any) -> tuple[np.ndarray, TableSketch | None]:
    """Check X in ``fit`` and return the numbers to learn from, as `datafix.learning.training_rows` gives rows.

    Of a column that has but a few numbers in all rows, all of them are given, on whichever rows.

    Raises
    ------
    TableError
        If a column holds text or times, or a number is infinite.
    """
    who = type(estimator).__name__
    frame, seen = training_rows(estimator, X)
    matrix = as_matrix(frame, who=who)
    if seen is None:
        refuse_infinite(frame.columns, matrix, who=who)
    else:
        _refuse_counted(frame.columns, np.array([seen.columns[name].n_infinite for name in frame.columns]), who)
        for j, column in enumerate(seen.columns.values()):
            if column.has_all:
                matrix[:, j] = np.nan
                matrix[: column.n_finite, j] = column.tails
    return matrix, seen


def as_matrix(frame: nw.DataFrame[Any], *, who: str) -> np.ndarray:
    """Return columns of numbers and booleans as float64 of shape (rows, columns)."""
    native = frame.to_native()
    if isinstance(native, pd.DataFrame) and all(isinstance(d, np.dtype) and d.kind in "iufb" for d in native.dtypes):
        return np.asfortranarray(native.to_numpy(dtype=np.float64, copy=True))
    matrix = np.empty(frame.shape, dtype=np.float64, order="F")
    for j, name in enumerate(frame.columns):
        column = frame[name]
        matrix[:, j] = as_numbers(column) if numbers_or_missing(column, who=who) else np.nan
    return matrix


def refuse_infinite(names: list[str], matrix: np.ndarray, *, who: str) -> None:
    """Raise TableError with the names and counts of the columns that hold infinities."""
    # The sum is finite unless a value is not, or it overflows: one cheap pass for the usual case.
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(matrix.sum()):
            return
    _refuse_counted(names, np.isinf(matrix).sum(axis=0), who)


def _refuse_counted(names: list[str], infinite: np.ndarray, who: str) -> None:
    if not infinite.any():
        return
    found = ", ".join(f"{names[j]!r} ({infinite[j]})" for j in np.flatnonzero(infinite)[:5])
    raise TableError(
        f"{who} needs finite or missing numbers, got infinity in {np.count_nonzero(infinite)} column(s): {found}. "
        "Make them missing (X.replace([np.inf, -np.inf], np.nan)) or clip them first."
    )


def refuse_all_missing(estimator: BaseEstimator, names: list[str], matrix: np.ndarray, *, task: str) -> None:
    """Raise TableError if a column holds nothing to learn from."""
    empty = np.isnan(matrix).all(axis=0)
    if empty.any():
        found = [names[j] for j in np.flatnonzero(empty)[:5]]
        raise TableError(
            f"{type(estimator).__name__} cannot {task} for {found}: "
            f"all {len(matrix)} training values are missing. Drop or impute these columns first."
        )
