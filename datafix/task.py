"""Tell classes from quantities."""

from __future__ import annotations

from typing import Any, Literal

import narwhals as nw
import numpy as np
import pandas as pd

from datafix.columns import Kind, as_numbers, is_missing, kind_of
from datafix.engines import refuse_lazy
from datafix.errors import TableError

Task = Literal["classification", "regression"]

MOST_NUMBERED_CLASSES = 30


def as_target(y: Any, *, who: str = "datafix") -> nw.Series[Any]:
    """Return a target, any series or 1-D array, as a narwhals series."""
    if isinstance(y, nw.Series):
        return y
    refuse_lazy(y, f"{who} (of a target)")
    try:
        return nw.from_native(y, series_only=True)
    except TypeError:
        values = np.asarray(y)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values.ravel()
    if values.ndim != 1:
        raise TableError(f"{who} needs a target with one value a row, got shape {values.shape}.")
    return nw.from_native(pd.Series(values, name="target").infer_objects(), series_only=True)


def infer_task(y: Any) -> Task:
    """Tell whether a target names classes or measures a quantity.

    Text, booleans and categories are classes. Whole numbers are classes where
    they take at most 30 values, each twice on average; all else is a quantity.

    Parameters
    ----------
    y : series or array of shape (rows,)

    Examples
    --------
    >>> infer_task(["cat", "dog", "cat"]), infer_task([0, 1, 1, 0]), infer_task([0.5, 1.7, 2.0])
    ('classification', 'classification', 'regression')
    """
    series = as_target(y)
    if (kind := kind_of(series)) not in ("number", "time"):
        return "classification"
    values = as_numbers(series)[~is_missing(series)]
    is_integral = bool(np.array_equal(values, np.floor(values)))
    return task_of(kind, is_integral=is_integral, n_values=len(np.unique(values)), n_known=len(values))


def task_of(kind: Kind | None, *, is_integral: bool, n_values: int, n_known: int) -> Task:
    """Tell, as `infer_task` does, what a target is of which these figures are known.

    Parameters
    ----------
    kind : kind of column, or None where no value tells
    is_integral : bool
        Whether all numbers are whole.
    n_values, n_known : int
        Values that differ, and that are not missing.
    """
    if kind not in ("number", "time"):
        return "classification"
    few = n_values <= 2 or 2 * n_values <= n_known
    return "classification" if is_integral and few and n_values <= MOST_NUMBERED_CLASSES else "regression"
