"""What has one value a row."""

from __future__ import annotations

from typing import Any

import numpy as np

from datafix.columns import row_count
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
    if not weight.any():
        raise TableError(f"{who} needs a sample_weight that is not 0, got {n_rows} zeros: no row would count.")
    return weight
