"""Missing cells of a mixed frame, filled column by column."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from numbers import Real
from typing import Any
from zoneinfo import ZoneInfo

import narwhals as nw
import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from datafix.columns import as_numbers, factorize, is_missing, kind_of
from datafix.engines import is_lazy
from datafix.errors import ParameterError, TableError
from datafix.impute.filling import is_stored_as
from datafix.impute.indicators import indicator_names, indicators, refuse_all_missing
from datafix.learning import LearnsFromFigures, ValueCounts, training_rows, value_counts
from datafix.names import input_names
from datafix.repairs import (
    Repair,
    RepairingTransformer,
    number_column,
    numbers_or_missing,
    text_column,
    with_columns,
)
from datafix.sketches import TableSketch
from datafix.statistics import summarize
from datafix.validation import transformed_by_partition

_STATISTICS = ("median", "mean", "most_frequent")


class TableImputer(LearnsFromFigures, RepairingTransformer):
    """Fill the missing cells of a mixed frame, and say where they were.

    Infinity is not missing. Times are filled with their median, booleans with
    their most frequent value. Whole numbers whose fill is none become floats.

    Parameters
    ----------
    numeric : {"median", "mean", "most_frequent"} or float, default="median"
        Fill of the columns of numbers.
    categorical : str, default="most_frequent"
        Fill of the columns of text; any other text is itself the fill.
    indicator : bool, default=True
        Whether a 0/1 column ``<column>_missing`` is appended for every column
        that had missing values in training.

    Attributes
    ----------
    fill_values_ : dict of str to float or str
        Column to its fill; a time is in seconds since 1970 (UTC).
    indicator_columns_ : list of str
        Columns that have an indicator.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"age": [20.0, None, 40.0], "city": ["Bern", "Bern", None]})
    >>> TableImputer(indicator=False).fit_transform(frame)
        age  city
    0  20.0  Bern
    1  30.0  Bern
    2  40.0  Bern
    >>> TableImputer().fit(frame).get_feature_names_out().tolist()
    ['age', 'city', 'age_missing', 'city_missing']
    """

    def __init__(self, *, numeric: Any = "median", categorical: str = "most_frequent", indicator: bool = True) -> None:
        self.numeric = numeric
        self.categorical = categorical
        self.indicator = indicator

    def fit(self, X: Any, y: Any = None) -> TableImputer:
        """Learn the fills from X; y is ignored."""
        self._check_parameters()
        frame, seen = training_rows(self, X)
        missing = {name: is_missing(frame[name]) for name in frame.columns}
        refuse_all_missing(missing, who="TableImputer")
        self._kinds = {name: kind_of(frame[name]) for name in frame.columns}
        middles = self._middles(frame, seen)
        self.fill_values_ = {name: self._fill(frame[name], middles.get(name), seen) for name in frame.columns}
        incomplete = [name for name, mask in missing.items() if _any_missing(name, mask, seen)]
        self.indicator_columns_ = incomplete if self.indicator else []
        return self

    def transform(self, X: Any) -> Any:
        """Return X without missing cells, its indicator columns at the end; the same kind as X."""
        if is_lazy(X):
            return transformed_by_partition(self, X)
        frame = self._read(X)
        filled = [repair.after for repair in self._repairs(frame)]
        return self._give(
            with_columns(frame, [*filled, *indicators(frame, self.indicator_columns_, self.fill_values_)]), X
        )

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the names of the output's columns: those of X, then the indicators'."""
        check_is_fitted(self)
        names = input_names(self, input_features)
        return np.array([*names, *indicator_names(self.indicator_columns_, self.fill_values_)], dtype=object)

    def _check_parameters(self) -> None:
        numeric, categorical = self.numeric, self.categorical
        is_number = isinstance(numeric, Real) and not isinstance(numeric, bool) and np.isfinite(float(numeric))
        if not is_number and not (isinstance(numeric, str) and numeric in _STATISTICS):
            raise ParameterError(
                f"TableImputer needs numeric to be one of {_STATISTICS} or a finite number, got {numeric!r}."
            )
        if not isinstance(categorical, str):
            raise ParameterError(f"TableImputer needs categorical to be text, got {categorical!r}.")

    def _middles(self, frame: nw.DataFrame[Any], seen: TableSketch | None) -> dict[str, float | None]:
        """Return the means or medians of the columns of numbers that are known without their values."""
        numbers = [name for name, kind in self._kinds.items() if kind == "number"]
        if seen is not None:
            columns = {name: seen.columns[name] for name in numbers}
            if self.numeric == "median":
                return {name: column.median for name, column in columns.items()}
            return {name: column.statistics.mean for name, column in columns.items() if self.numeric == "mean"}
        if self.numeric != "mean" or not numbers:
            return {}
        return {name: figures.mean for name, figures in summarize(frame, numbers).items()}

    def _fill(self, column: nw.Series[Any], middle: float | None, seen: TableSketch | None) -> Any:
        kind = kind_of(column)
        if kind == "time":
            return float(np.floor(np.nanmedian(as_numbers(column))))
        if kind != "number":
            return _most_frequent(value_counts(column, seen)) if self._counts(kind) else self.categorical
        if isinstance(self.numeric, Real):
            return float(self.numeric)
        if self.numeric == "most_frequent":
            return _most_frequent(value_counts(column, seen))
        return float(middle) if middle is not None else _median(as_numbers(column))

    def _counts(self, kind: str) -> bool:
        return kind == "boolean" or self.categorical == "most_frequent"

    def _repairs(self, frame: nw.DataFrame[Any]) -> Iterator[Repair]:
        for name, fill in self.fill_values_.items():
            column = frame[name]
            missing = is_missing(column)
            yield Repair(
                before=column,
                after=_filled(column, missing, self._kinds[name], fill),
                rows=np.flatnonzero(missing),
                reason=f"missing, filled with {fill!r}",
                confidence=0.5,
            )


def _median(numbers: np.ndarray) -> float:
    finite = numbers[np.isfinite(numbers)]
    return float(np.median(finite if len(finite) else numbers[~np.isnan(numbers)]))


def _any_missing(name: str, missing: np.ndarray, seen: TableSketch | None) -> bool:
    return bool(missing.any()) if seen is None else seen.columns[name].n_missing > 0


def _most_frequent(found: ValueCounts) -> Any:
    """Return the value that occurs most; of several the smallest."""
    best = found.values[found.counts == found.counts.max()]
    value = min(
        best, key=lambda value: (isinstance(value, str), value if isinstance(value, int | float) else str(value))
    )
    return float(value) if isinstance(value, int | float | np.number) else value


def _filled(column: nw.Series[Any], missing: np.ndarray, kind: str, fill: Any) -> nw.Series[Any]:
    if kind == "number":
        return _filled_numbers(column, fill)
    takes = not isinstance(column.dtype, nw.Enum) or fill in column.dtype.categories
    if not missing.any() and takes and is_stored_as(column, kind):
        return column
    if kind == "boolean":
        return _filled_booleans(column, missing, fill)
    if kind == "time":
        return _filled_times(column, missing, fill)
    if kind_of(column) == "text" and isinstance(fill, str):
        codes, uniques = factorize(column)
        return text_column(column, np.where(codes < 0, len(uniques), codes), np.append(uniques, [fill]))
    return _filled_objects(column, missing, fill)


def _filled_numbers(column: nw.Series[Any], fill: float) -> nw.Series[Any]:
    numbers_or_missing(column, who="TableImputer")
    dtype = column.dtype
    if dtype.is_integer() and fill.is_integer():
        return column.fill_null(int(fill)) if column.null_count() else column
    numbers = as_numbers(column)
    missing = np.isnan(numbers)
    if dtype in (nw.Float64, nw.Float32) and not missing.any():
        return column
    filled = np.where(missing, fill, numbers)
    return number_column(column.name, filled, column, nw.Float32 if dtype == nw.Float32 else nw.Float64)


def _filled_booleans(column: nw.Series[Any], missing: np.ndarray, fill: float) -> nw.Series[Any]:
    numbers = as_numbers(column) if numbers_or_missing(column, who="TableImputer") else np.full(len(missing), np.nan)
    truths = np.where(missing, fill, numbers).astype(bool)
    native = column.to_native()
    if isinstance(native, pd.Series) and isinstance(native.dtype, pd.BooleanDtype):
        return nw.from_native(pd.Series(truths, native.index, native.dtype, native.name), series_only=True)
    return nw.new_series(column.name, truths, nw.Boolean, backend=column.implementation)


def _filled_times(column: nw.Series[Any], missing: np.ndarray, fill: float) -> nw.Series[Any]:
    if kind_of(column) != "time" and not missing.all():
        raise TableError(
            f"TableImputer needs times in column {column.name!r}, got {kind_of(column)}. "
            "Give it the kind of column it was fitted on."
        )
    moment = datetime.fromtimestamp(fill, tz=UTC)
    native = column.to_native()
    if isinstance(native, pd.Series) and not isinstance(native.dtype, pd.ArrowDtype):
        return nw.from_native(_filled_pandas_times(native, moment), series_only=True)
    if column.dtype == nw.Date:
        return column.fill_null(moment.date())
    if kind_of(column) != "time":
        column = nw.new_series(column.name, [None] * len(column), nw.Datetime("us"), backend=column.implementation)
    zone = getattr(column.dtype, "time_zone", None)
    return column.fill_null(moment.astimezone(ZoneInfo(zone)) if zone else moment.replace(tzinfo=None))


def _filled_pandas_times(native: pd.Series, moment: datetime) -> pd.Series:
    if native.dtype.kind != "M":
        native = pd.to_datetime(native, utc=True).dt.tz_localize(None)
    stamp = pd.Timestamp(moment)
    stamp = stamp.tz_localize(None) if native.dt.tz is None else stamp.tz_convert(native.dt.tz)
    return native.fillna(stamp.as_unit(native.dt.unit))


def _filled_objects(column: nw.Series[Any], missing: np.ndarray, fill: Any) -> nw.Series[Any]:
    native = column.to_native()
    if not isinstance(native, pd.Series):
        raise TableError(
            f"TableImputer cannot put {fill!r} into column {column.name!r} of {column.dtype}. "
            "Take its values apart into columns of numbers, text or times first."
        )
    values = native.astype(object).where(~missing, fill)
    return nw.from_native(values, series_only=True)
