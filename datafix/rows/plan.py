"""What a row step means to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from datafix.columns import row_count
from datafix.errors import ParameterError


@dataclass(frozen=True, slots=True, eq=False)
class RowPlan:
    """Which rows to learn from, and how.

    Attributes
    ----------
    indices : int64 ndarray of shape (planned rows,)
        Positions in the X that the step saw; they may repeat.
    y : array-like of shape (planned rows,), optional
        New targets of those rows, in the order of ``indices``.
    weight : float ndarray of shape (planned rows,), optional
        Factors of their sample weights, finite and not negative.
    reason : str or array-like of shape (rows seen,), optional
        Why a row is dropped, relabelled or reweighted, for the ChangeLog.
    confidence : float array-like of shape (rows seen,), optional
        How sure it is that a row needs what is done to it, in [0, 1], for the ChangeLog; 1 unless said.
    new : tuple (X, y), optional
        Rows that did not exist; they follow the planned ones, with sample weight 1.

    Examples
    --------
    >>> RowPlan(np.array([0, 0, 2])).indices
    array([0, 0, 2])
    """

    indices: np.ndarray
    y: Any = None
    weight: np.ndarray | None = None
    reason: Any = None
    confidence: Any = None
    new: tuple[Any, Any] | None = None

    def check(self, n_rows: int, who: str) -> None:
        """Raise ParameterError unless the plan fits a table of n_rows."""
        indices = np.asarray(self.indices)
        if indices.ndim != 1 or (len(indices) and indices.dtype.kind not in "iu"):
            raise ParameterError(
                f"{who} must plan integer positions, got {indices.dtype} of shape {indices.shape}. "
                "Of a mask give np.flatnonzero(mask)."
            )
        if len(indices) and not (indices.min() >= 0 and indices.max() < n_rows):
            raise ParameterError(
                f"{who} must plan positions in 0..{n_rows - 1}, got {indices.min()} to {indices.max()}."
            )
        for name, value in (("y", self.y), ("weight", self.weight)):
            if value is not None and row_count(value) != len(indices):
                raise ParameterError(f"{who} plans {len(indices)} rows but {row_count(value)} values of {name}.")
        weight = np.ones(1) if self.weight is None else np.asarray(self.weight, dtype=float)
        if not ((weight >= 0) & np.isfinite(weight)).all():
            raise ParameterError(f"{who} must plan weights that are finite and not negative, nor missing.")
        if self.reason is not None and not isinstance(self.reason, str) and len(self.reason) != n_rows:
            raise ParameterError(f"{who} must give one reason, or one for each of the {n_rows} rows it saw.")
        if self.confidence is not None and len(self.confidence) != n_rows:
            raise ParameterError(f"{who} must give one confidence for each of the {n_rows} rows it saw.")
        self._check_new(who)

    def _check_new(self, who: str) -> None:
        if self.new is None:
            return
        if not isinstance(self.new, tuple) or len(self.new) != 2:
            raise ParameterError(f"{who} must plan new rows as a tuple (X, y), got {type(self.new).__name__}.")
        X, y = self.new
        if y is not None and row_count(y) != row_count(X):
            raise ParameterError(f"{who} plans {row_count(X)} new rows but {row_count(y)} targets of them.")
