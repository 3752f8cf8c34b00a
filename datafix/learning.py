"""What `fit` learns from: the rows in memory, and for lazy frames what one pass over all rows found."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
from sklearn.base import BaseEstimator

from datafix.columns import factorize
from datafix.engines import is_lazy
from datafix.sketches import TableSketch, sketch
from datafix.validation import validate_frame


def training_rows(estimator: BaseEstimator, X: Any) -> tuple[nw.DataFrame[Any], TableSketch | None]:
    """Check X as `validate_frame` does in ``fit``, and return the rows to learn from.

    Parameters
    ----------
    estimator : BaseEstimator
    X : dataframe (lazy too), array of shape (rows, columns), or TableSketch
        What a pass has found already spares another one.

    Returns
    -------
    frame : narwhals.DataFrame
        All rows; of a lazy frame of more than 250,000 a sample, seeded by its partitions.
    seen : TableSketch or None
        Where the frame is a sample, the figures of all rows: counts, extremes and moments are to be taken from here.
    """
    if not isinstance(X, TableSketch) and not is_lazy(X):
        return validate_frame(estimator, X, reset=True), None
    seen = X if isinstance(X, TableSketch) else sketch(X)
    sample = seen.sample.to_numpy() if seen.is_array else seen.sample.to_native()
    frame = validate_frame(estimator, sample, reset=True)
    return frame, None if seen.is_whole else seen


class LearnsFromFigures(ABC):
    """An estimator whose ``fit`` takes a `TableSketch` as it takes rows: it reads X by `training_rows`."""

    @abstractmethod
    def fit(self, X: Any, y: Any = None) -> Any:
        """Learn from rows in memory, a lazy frame or a TableSketch."""


@dataclass(frozen=True, slots=True, eq=False)
class ValueCounts:
    """How often each value of a column occurs.

    Attributes
    ----------
    values : ndarray of shape (distinct values,)
        As `factorize` gives them, in order of appearance.
    counts : int64 ndarray of shape (distinct values,)
    n_rows, n_missing : int
        Of the rows that were counted; a value that is missing on other rows alone counts as missing once.
    share : float
        Of all rows, those that were counted.
    """

    values: np.ndarray
    counts: np.ndarray
    n_rows: int
    n_missing: int
    share: float = 1.0

    def as_dict(self) -> dict[Any, int]:
        """Return value to count."""
        return dict(zip(self.values.tolist(), self.counts.tolist(), strict=True))


def value_counts(column: nw.Series[Any], seen: TableSketch | None) -> ValueCounts:
    """Return how often each value of a column of the training rows occurs: in all of them where they were counted.

    Parameters
    ----------
    column : narwhals.Series
    seen : TableSketch or None
        As `training_rows` gives it.
    """
    if seen is not None and (found := seen.columns[column.name]).counts is not None:
        values = np.empty(len(found.counts), dtype=object)
        values[:] = list(found.counts)
        counts = np.fromiter(found.counts.values(), dtype=np.int64, count=len(values))
        if found.kind in ("number", "boolean"):
            # Some partitions have whole numbers past 2^53, which float64 would make equal, and others have not.
            wide = any(isinstance(value, int) for value in found.counts)
            values[:] = [_as_whole(value) for value in found.counts] if wide else values
            values = values if wide else values.astype(np.float64)
        return ValueCounts(values, counts, found.n_rows, found.n_missing)
    codes, uniques = factorize(column)
    known = codes[codes >= 0]
    n_missing = len(codes) - len(known)
    if seen is not None and not n_missing:
        n_missing = int(seen.columns[column.name].n_missing > 0)
    counts = np.bincount(known, minlength=len(uniques))
    return ValueCounts(uniques, counts, len(codes), n_missing, 1.0 if seen is None else len(codes) / seen.n_rows)


def _as_whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value
