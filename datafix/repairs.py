"""What a repairing step does to a column, and the base of the steps that repair.

A step says its repairs once, column by column; ``transform`` puts the mended
columns into the frame and ``changes`` tells the cells, so the two cannot part.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from numbers import Number
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa
from sklearn import get_config
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from datafix.columns import is_missing, kind_of
from datafix.engines import is_lazy
from datafix.errors import TableError
from datafix.validation import like_input, transformed_by_partition, validate_frame


@dataclass(frozen=True, slots=True, eq=False)
class Repair:
    """One mended column, and which of its cells differ.

    Attributes
    ----------
    before, after : narwhals.Series
    rows : int64 ndarray
        Positions of the cells that differ.
    reason : str or object ndarray of shape (len(rows),)
    confidence : float or ndarray of shape (len(rows),)
        Between 0 and 1: how sure it is that the cell was wrong and is right now.
    """

    before: nw.Series[Any]
    after: nw.Series[Any]
    rows: np.ndarray
    reason: str | np.ndarray
    confidence: float | np.ndarray


class RepairingTransformer(TransformerMixin, BaseEstimator, ABC):
    """A transformer that keeps rows and tells which cells it mends.

    A subclass gives ``_repairs(frame)``; frames come back as the kind they came.
    """

    def transform(self, X: Any) -> Any:
        """Return X mended: a frame of the same engine (lazy for a lazy one), or an array for an array."""
        if is_lazy(X):
            return transformed_by_partition(self, X)
        frame = self._read(X)
        return self._give(with_columns(frame, [repair.after for repair in self._repairs(frame)]), X)

    def changes(self, X: Any) -> dict[str, np.ndarray]:
        """Return every cell that ``transform`` changes in X.

        Returns
        -------
        changes : dict of ndarray, all of one length
            ``row`` (int64 positions), ``column``, ``before``, ``after`` and
            ``reason`` (objects; a missing value is None), ``confidence`` (float64).
        """
        return as_changes(self._repairs(self._read(X)))

    def _give(self, frame: nw.DataFrame[Any], X: Any) -> Any:
        """Return the frame as the kind X came, or as what ``set_output`` asked for."""
        # scikit-learn turns frames of other engines into object columns, or refuses them.
        own = getattr(self, "_sklearn_output_config", {})
        wanted = own.get("transform", get_config()["transform_output"])
        givers = {"pandas": frame.to_pandas, "polars": frame.to_polars}
        return givers[wanted]() if wanted in givers else like_input(frame, X)

    def _read(self, X: Any) -> nw.DataFrame[Any]:
        check_is_fitted(self)
        return validate_frame(self, X, reset=False)

    @abstractmethod
    def _repairs(self, frame: nw.DataFrame[Any]) -> Iterator[Repair]:
        """Yield what becomes of each column that this step looks at."""

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        return tags


def as_changes(repairs: Iterable[Repair]) -> dict[str, np.ndarray]:
    """Return repairs as one columnar dict of cells."""
    parts = [_cells(repair) for repair in repairs if len(repair.rows)]
    return join_changes([no_changes(), *parts])


def join_changes(parts: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Return several columnar dicts of cells as one."""
    return {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}


def no_changes() -> dict[str, np.ndarray]:
    """Return the columnar dict of no cell at all."""
    words = {key: np.empty(0, dtype=object) for key in ("column", "before", "after", "reason")}
    return {"row": np.empty(0, dtype=np.int64), **words, "confidence": np.empty(0)}


def with_columns(frame: nw.DataFrame[Any], columns: list[nw.Series[Any]]) -> nw.DataFrame[Any]:
    """Return the frame with these columns in the place of those of the same name, or at the end."""
    return frame.with_columns(*columns) if columns else frame


def number_column(
    name: str, values: np.ndarray, frame: nw.DataFrame[Any] | nw.Series[Any], dtype: Any = nw.Float64
) -> nw.Series[Any]:
    """Return float64 values (NaN: missing) as a column for the engine of ``frame``."""
    backend = frame.implementation
    if not backend.is_pandas_like() and np.isnan(values).any():
        values = pa.array(values, from_pandas=True)
        return _of_arrow(name, values, backend).cast(dtype)
    return nw.new_series(name, values, dtype, backend=backend)


def text_column(series: nw.Series[Any], codes: np.ndarray, labels: np.ndarray) -> nw.Series[Any]:
    """Return ``labels[codes]`` (missing for -1) as a column stored as ``series`` is."""
    native = series.to_native()
    if isinstance(native, pd.Series):
        return nw.from_native(_pandas_text(native, codes, labels), series_only=True)
    indices = pa.array(codes, mask=codes < 0)
    values = pa.DictionaryArray.from_arrays(indices, pa.array(labels, type=pa.string())).cast(pa.string())
    column = _of_arrow(series.name, values, series.implementation)
    if series.dtype == nw.Categorical or (
        isinstance(series.dtype, nw.Enum) and set(labels) <= set(series.dtype.categories)
    ):
        return column.cast(series.dtype)
    return column


def missing_where(series: nw.Series[Any], mask: np.ndarray) -> nw.Series[Any]:
    """Return the column with the cells in ``mask`` missing; whole numbers become floats in pandas."""
    native = series.to_native()
    if isinstance(native, pd.Series):
        if native.dtype.kind in "iu" and isinstance(native.dtype, np.dtype):
            native = native.astype(np.float64)
        return nw.from_native(native.mask(mask), series_only=True)
    keep = nw.new_series("keep", ~mask, nw.Boolean, backend=series.implementation)
    return series.to_frame().select(nw.when(keep).then(nw.col(series.name)))[series.name]


def objects_at(series: nw.Series[Any], rows: np.ndarray) -> np.ndarray:
    """Return the cells at these positions as Python objects, None where missing."""
    cells = np.empty(len(rows), dtype=object)
    if len(rows):
        cells[:] = series[rows.tolist()].to_list()
        cells[is_missing(series)[rows]] = None
    return cells


def numbers_or_missing(series: nw.Series[Any], *, who: str) -> bool:
    """Return whether the column holds numbers; refuse one with text, unless it is all missing."""
    if kind_of(series) in ("number", "boolean"):
        return True
    if is_missing(series).all():
        return False
    _refuse_objects(series, who)
    raise TableError(
        f"{who} needs numbers in column {series.name!r}, got {kind_of(series)}. "
        "Give it the kind of column it was fitted on: parse text with TypeCleaner first."
    )


class NoNumberError(TableError, TypeError):
    """A cell that holds neither text nor a number, such as a dict."""


def _refuse_objects(series: nw.Series[Any], who: str) -> None:
    if kind_of(series) != "mixed":
        return
    kinds = {type(cell).__name__ for cell in series.to_list() if not isinstance(cell, str | Number | None)}
    if kinds:
        raise NoNumberError(
            f"{who} needs numbers in column {series.name!r}: its argument must be a string or a real number "
            f"in every cell, got {sorted(kinds)}. Take such cells apart into columns first."
        )


def _cells(repair: Repair) -> dict[str, np.ndarray]:
    n = len(repair.rows)
    return {
        "row": repair.rows.astype(np.int64),
        "column": np.full(n, repair.before.name, dtype=object),
        "before": objects_at(repair.before, repair.rows),
        "after": objects_at(repair.after, repair.rows),
        "reason": np.full(n, repair.reason, dtype=object),
        "confidence": np.full(n, repair.confidence, dtype=np.float64),
    }


def _pandas_text(native: pd.Series, codes: np.ndarray, labels: np.ndarray) -> pd.Series:
    if isinstance(native.dtype, pd.CategoricalDtype):
        return _pandas_categories(native, codes, labels)
    missing = native.dtype.na_value if hasattr(native.dtype, "na_value") else None
    values = np.append(labels.astype(object), [missing])[codes]
    return pd.Series(values, index=native.index, name=native.name, dtype=native.dtype)


def _pandas_categories(native: pd.Series, codes: np.ndarray, labels: np.ndarray) -> pd.Series:
    objects = {str(category): category for category in native.dtype.categories}
    kept = [label for label in objects if label in set(labels)]
    names = [*kept, *dict.fromkeys(label for label in labels if label not in objects)]
    order = pd.Index(names, dtype=object).get_indexer(labels)
    categories = [objects.get(name, name) for name in names]
    values = pd.Categorical.from_codes(np.append(order, -1)[codes], categories, ordered=native.dtype.ordered)
    return pd.Series(values, index=native.index, name=native.name)


def _of_arrow(name: str, values: pa.Array, backend: Any) -> nw.Series[Any]:
    column = nw.from_native(pa.chunked_array([values]), series_only=True).alias(name)
    if backend.is_pyarrow():
        return column
    return nw.from_native(column.to_frame().to_polars()[name], series_only=True)
