"""Copies and contradictions, left out of the fit."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd

from datafix.columns import factorize
from datafix.errors import ParameterError, TableError
from datafix.fingerprint import row_hashes
from datafix.rows import RowPlan, RowStep
from datafix.task import as_target, infer_task


class DropDuplicates(RowStep):
    """Learn from each distinct row once, and not at all from rows whose labels contradict.

    Parameters
    ----------
    keep : {"first", "last"}, default="first"
        Which of several rows with the same features and target is kept.
    conflicting : {"drop", "keep"}, default="drop"
        What happens to rows with the same features and different classes; of a
        continuous target differing values are no contradiction, and all are kept.

    Examples
    --------
    >>> step = DropDuplicates()
    >>> step.select([[1.0], [1.0], [2.0], [2.0], [3.0]], ["a", "a", "a", "b", "b"]).indices
    array([0, 4])
    """

    def __init__(
        self, *, keep: Literal["first", "last"] = "first", conflicting: Literal["drop", "keep"] = "drop"
    ) -> None:
        self.keep = keep
        self.conflicting = conflicting

    def select(self, X: Any, y: Any = None, *, sample_weight: Any = None, groups: Any = None) -> RowPlan:
        """Plan the rows to keep; weights and groups do not matter."""
        if self.keep not in ("first", "last"):
            raise ParameterError(f"DropDuplicates needs keep 'first' or 'last', got {self.keep!r}.")
        if self.conflicting not in ("drop", "keep"):
            raise ParameterError(f"DropDuplicates needs conflicting 'drop' or 'keep', got {self.conflicting!r}.")
        hashes = row_hashes(X)
        labels = _labels(y, len(hashes))
        if len(labels) != len(hashes):
            raise TableError(f"DropDuplicates needs one target a row: {len(hashes)} rows, got {len(labels)} targets.")
        rows = pd.DataFrame({"features": hashes, "label": labels})
        copies = rows.duplicated(keep=self.keep).to_numpy()
        conflicts = np.zeros(len(rows), dtype=bool)
        if self.conflicting == "drop" and _names_classes(y):
            known = rows["label"].where(rows["label"] >= 0)  # a missing label contradicts none
            conflicts = known.groupby(rows["features"]).transform("nunique").to_numpy() > 1
        reason = np.where(conflicts, "same features, another label", np.where(copies, "copy of another row", ""))
        return RowPlan(np.flatnonzero(~copies & ~conflicts), reason=reason)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


def _labels(y: Any, n_rows: int) -> np.ndarray:
    if y is None:
        return np.zeros(n_rows, dtype=np.int64)
    return row_hashes(y) if _several(y) else factorize(as_target(y))[0]


def _names_classes(y: Any) -> bool:
    return y is not None and not _several(y) and infer_task(y) == "classification"


def _several(y: Any) -> bool:
    """Tell whether a target has several outputs."""
    shape: tuple[int, ...] = getattr(y, "shape", ())
    return len(shape) == 2 and shape[1] > 1
