"""What happens to the target on its way to the network."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import clone

from datafix.changes import ChangeLog
from datafix.errors import ParameterError, TableError
from datafix.preparation.class_codes import ClassCodes
from datafix.task import as_target, infer_task


class Target:
    """Mends and encodes a target by what the training part taught.

    Parameters
    ----------
    transformer : "auto", transformer or None
    y_train : series or array of shape (training rows,), or None
        The target of the training part, before any row step.
    """

    def __init__(self, transformer: Any, y_train: Any) -> None:
        self.name = "target" if y_train is None else str(getattr(y_train, "name", None) or "target")
        self.transformer: Any = None
        if isinstance(transformer, str):
            if transformer != "auto":
                raise ParameterError(
                    f"prepare needs target_transformer 'auto', a transformer or None, got {transformer!r}."
                )
            transformer = ClassCodes() if y_train is not None and infer_task(y_train) == "classification" else None
        if transformer is not None and y_train is not None:
            self.transformer = clone(transformer)
        if isinstance(self.transformer, ClassCodes):
            self.transformer.fit(y_train)

    @property
    def classes(self) -> np.ndarray | None:
        """Class names by code, None for a quantity."""
        return getattr(self.transformer, "classes_", None)

    def clean(self, y: Any) -> Any:
        """Return class names mended; a quantity as it is."""
        return self.transformer.clean(y) if y is not None and isinstance(self.transformer, ClassCodes) else y

    def fit(self, y: Any) -> None:
        """Learn from the kept training rows, where the classes are not known already."""
        if self.transformer is not None and not isinstance(self.transformer, ClassCodes):
            self.transformer.fit(_shaped(self.transformer, y))

    def encode(self, y: Any) -> np.ndarray | None:
        """Return the target as the network is to see it, of shape (rows,)."""
        if y is None:
            return None
        if self.transformer is None:
            return _finite(np.asarray(y), self.name)
        values = self.transformer.transform(_shaped(self.transformer, y))
        values = np.asarray(values)
        return values.ravel() if values.ndim == 2 and values.shape[1] == 1 else values

    def record_mended(self, changes: ChangeLog, y: Any, rows: np.ndarray) -> None:
        """Record labels whose spelling is mended."""
        if y is None or not isinstance(self.transformer, ClassCodes):
            return
        before, after = np.asarray(y), self.clean(y)
        at = np.flatnonzero(before != after)
        changes.record(
            "TargetCleaner",
            row=rows[at],
            column=self.name,
            before=before[at],
            after=after[at],
            reason="another spelling of a class",
        )


def _shaped(transformer: Any, y: Any) -> Any:
    """scikit-learn's transformers take a column, its label encoders a list."""
    if isinstance(transformer, ClassCodes) or not transformer.__sklearn_tags__().input_tags.two_d_array:
        return y
    return np.asarray(y).reshape(-1, 1)


def _finite(values: np.ndarray, name: str) -> np.ndarray:
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        bad = np.flatnonzero(~np.isfinite(values))
        raise TableError(
            f"{name!r} is missing or infinite on {len(bad)} row(s), the first at position {bad[0]} of its part. "
            "Drop these rows before you split."
        )
    if as_target(values).null_count():
        raise TableError(f"{name!r} has missing values. Drop these rows before you split.")
    return values
