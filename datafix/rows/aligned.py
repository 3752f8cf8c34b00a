"""What has one value a row."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from datafix.columns import held_by_pandas, row_count
from datafix.errors import TableError


def aligned(who: str, name: str, values: Any, n_rows: int) -> Any:
    """Return a series or frame as it is and all else as an array, of one value a row; None as None.

    Raises
    ------
    TableError
        If the lengths differ; the message bears ``who`` and ``name``.
    """
    if values is None:
        return None
    if not any(hasattr(values, known) for known in ("dtype", "columns", "column_names")):
        values = np.asarray(values)
    if not values.shape or row_count(values) != n_rows:
        raise TableError(
            f"{who} needs one value of {name} a row: X has {n_rows} rows, got {name} of shape {values.shape}. "
            "Found input variables with inconsistent numbers of samples."
        )
    return values


def like(values: Any, y: Any) -> Any:
    """Return new values as y is kept: a series with its index, name and dtype where it holds them, or an array."""
    if isinstance(y, pd.DataFrame) and y.shape[1] == 1:
        return like(values, y.iloc[:, 0]).to_frame()
    if isinstance(y, np.ndarray) and y.dtype.kind in "iub" and isinstance(values, np.ndarray):
        cast = values.astype(y.dtype) if values.dtype.kind in "iub" else values
        return cast if np.array_equal(cast, values) else values
    if isinstance(y, pd.Series) and not isinstance(values, pd.Series):
        series = pd.Series(np.asarray(values), index=y.index, name=y.name).infer_objects()
        held = held_by_pandas(series, y.dtype)
        return series if held is None else held
    native = nw.from_native(y, allow_series=True, eager_only=True, pass_through=True)
    if isinstance(native, nw.Series) and not isinstance(y, pd.Series) and isinstance(values, np.ndarray):
        return nw.new_series(native.name, values.tolist(), backend=native.implementation).to_native()
    return values


def as_rows(who: str, X: Any) -> np.ndarray:
    """Return a list of rows as an array.

    Raises
    ------
    TableError
        If the rows differ in length.
    """
    try:
        return np.asarray(X)
    except ValueError as error:
        raise TableError(f"{who} needs rows of one length, got a ragged {type(X).__name__}.") from error


def weights_given(who: str, sample_weight: Any, n_rows: int) -> np.ndarray | None:
    """Return sample weights as floats of shape (rows,).

    Raises
    ------
    TableError
        If they are not one a row, no numbers, not finite, or all zero.
    """
    values = aligned(who, "sample_weight", sample_weight, n_rows)
    if values is None:
        return None
    try:
        weight = np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise TableError(f"{who} needs sample_weight as numbers: {error}.") from error
    if weight.ndim != 1 or not np.isfinite(weight).all():
        raise TableError(
            f"{who} needs sample_weight of shape ({n_rows},) and finite, got shape {weight.shape} with "
            f"{int((~np.isfinite(weight)).sum())} missing or infinite. Sample weights must be 1D array or scalar."
        )
    if (weight < 0).any():
        raise TableError(
            f"{who} needs a sample_weight that is not negative, got {weight.min():g} at position {weight.argmin()}."
        )
    if not weight.any():
        raise TableError(f"{who} needs a sample_weight that is not 0, got {n_rows} zeros: no row would count.")
    return weight
