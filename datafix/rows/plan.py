"""What a row step means to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from datafix.errors import ParameterError


@dataclass(frozen=True, slots=True)
class RowPlan:
    """Which rows to learn from, and how.

    Attributes
    ----------
    indices : int64 ndarray of shape (planned rows,)
        Positions in the X that the step saw; they may repeat.
    y : array-like of shape (planned rows,), optional
        New targets of those rows, in the order of ``indices``.
    weight : float ndarray of shape (planned rows,), optional
        Factors of their sample weights, not negative.
    reason : str or array-like of shape (rows seen,), optional
        Why a row is dropped, relabelled or reweighted, for the ChangeLog.
    new : tuple (X, y), optional
        Rows that did not exist; they follow the planned ones with weight 1.

    Examples
    --------
    >>> RowPlan(np.array([0, 0, 2])).indices
    array([0, 0, 2])
    """

    indices: np.ndarray = field(compare=False)
    y: Any = field(default=None, compare=False)
    weight: np.ndarray | None = field(default=None, compare=False)
    reason: Any = field(default=None, compare=False)
    new: tuple[Any, Any] | None = field(default=None, compare=False)

    def check(self, n_rows: int, who: str) -> None:
        """Raise ParameterError unless the plan fits a table of n_rows."""
        indices = np.asarray(self.indices)
        if indices.ndim != 1 or (len(indices) and indices.dtype.kind not in "iu"):
            raise ParameterError(f"{who} must plan integer positions, got {indices.dtype} of {indices.shape}.")
        if len(indices) and not (indices.min() >= 0 and indices.max() < n_rows):
            raise ParameterError(f"{who} must plan positions in 0..{n_rows - 1}, got up to {indices.max()}.")
        for name, value in (("y", self.y), ("weight", self.weight)):
            if value is not None and len(value) != len(indices):
                raise ParameterError(f"{who} plans {len(indices)} rows but {len(value)} values of {name}.")
        if self.weight is not None and not (np.asarray(self.weight) >= 0).all():
            raise ParameterError(f"{who} must plan weights that are not negative, nor missing.")
