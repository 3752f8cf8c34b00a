"""What is given to be prepared: its length, its weights, and the plain numbers in it."""

from __future__ import annotations

from typing import Any

import numpy as np

from datafix.columns import as_frame, as_numbers, kinds
from datafix.errors import TableError


def is_frame(X: Any) -> bool:
    """Return whether X is a dataframe."""
    return hasattr(X, "columns") or hasattr(X, "column_names")


def length(X: Any) -> int:
    """Return the number of rows."""
    return X.shape[0] if hasattr(X, "shape") else len(X)


def weights_of(sample_weight: Any) -> np.ndarray | None:
    """Return weights as float64, or refuse what is missing, infinite or negative."""
    if sample_weight is None:
        return None
    try:
        weights = np.asarray(sample_weight, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise TableError(f"prepare needs sample_weight as numbers: {error}.") from error
    bad = np.flatnonzero(~((weights >= 0) & np.isfinite(weights)))
    if len(bad):
        raise TableError(
            f"prepare needs weights that are finite and not negative, got {weights[bad[0]]} at position {bad[0]} "
            f"({len(bad)} such). Mend them first."
        )
    return weights


def plain(X: Any) -> Any:
    """Return features as they are, a frame of numbers as a float32 matrix."""
    if not is_frame(X):
        return X
    frame = as_frame(X)
    if other := [name for name, kind in kinds(frame).items() if kind not in ("number", "boolean")]:
        raise TableError(
            f"prepare(None, ...) takes numbers as they are, and {other[:10]} hold other values. "
            "Give a pipeline: prepare(datafix.TablePreprocessor(), ...)."
        )
    return np.column_stack([as_numbers(frame[name]) for name in frame.columns]).astype(np.float32)


def refuse_other_rows(features: Any, n_rows: int, method: str, pipeline: Any) -> None:
    """Refuse features of more or fewer rows than were given to the pipeline."""
    if length(features) != n_rows:
        raise TableError(
            f"{type(pipeline).__name__}.{method} gave {length(features)} rows for {n_rows}. Steps that change rows "
            "belong in prepare(row_steps=...), which changes training rows only."
        )
