"""What is searched for near copies."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
from scipy import sparse

from datafix.columns import as_frame
from datafix.errors import ParameterError, TableError

TOLERANCE = 5e-4


def refuse_odd_tolerance(tolerance: Any, who: str) -> None:
    """Raise ParameterError unless the tolerance is a number from 0 on."""
    if isinstance(tolerance, bool) or not isinstance(tolerance, int | float | np.number) or not tolerance >= 0:
        raise ParameterError(
            f"{who} needs a tolerance of at least 0, in standard deviations of a column, got {tolerance!r}."
        )


def are_images(X: Any) -> bool:
    """Return whether X is an array of images."""
    return isinstance(X, np.ndarray) and X.ndim > 2


def as_dense_frame(X: Any, who: str) -> nw.DataFrame[Any]:
    """Return a table as a narwhals frame."""
    if sparse.issparse(X):
        raise TableError(
            f"{who} compares cell by cell and needs a dense table, got a {type(X).__name__} of shape {X.shape}. "
            "Reduce its columns first, or give X.toarray()."
        )
    return as_frame(X, who=who)
