"""Times as elapsed days and cyclic parts."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from datafix.columns import NO_TIME, as_numbers, as_seconds, is_missing, kind_of
from datafix.engines import is_lazy
from datafix.errors import TableError
from datafix.learning import LearnsFromFigures, training_rows
from datafix.names import input_names
from datafix.repairs import numbers_or_missing
from datafix.validation import transformed_by_partition, validate_frame

_DAY = 86_400
_YEAR_DAYS = 365.2425
_PARTS = ("elapsed_days", "day_sin", "day_cos", "week_sin", "week_cos", "year_sin", "year_cos")


class DatetimeEncoder(LearnsFromFigures, TransformerMixin, BaseEstimator):
    """Encode times as days since the earliest training row, and the phases of day, week and year.

    Seven outputs a column: elapsed days, then sine and cosine of the time of
    day, of the time of week (from Monday) and of the time of year. A missing
    time is missing in all seven. A column of numbers is read as seconds since
    1970 (UTC).

    Attributes
    ----------
    origin_ : dict of str to int
        Column to its earliest training time, in seconds since 1970 (UTC).

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"seen": pd.to_datetime(["2024-01-01 00:00", "2024-01-02 06:00"])})
    >>> encoder = DatetimeEncoder().fit(frame)
    >>> encoder.transform(frame)[:, :3].round(2)
    array([[0.  , 0.  , 1.  ],
           [1.25, 1.  , 0.  ]])
    """

    def fit(self, X: Any, y: Any = None) -> DatetimeEncoder:
        """Learn the earliest time of every column of X; y is ignored."""
        frame, seen = training_rows(self, X)
        origins = {}
        for name in frame.columns:
            seconds = _seconds(frame[name])
            known = seconds[seconds != NO_TIME]
            if not len(known):
                raise TableError(
                    f"DatetimeEncoder cannot learn from {name!r}: all {len(seconds)} training values are missing. "
                    "Drop this column first."
                )
            origins[name] = int(known.min()) if seen is None else int(np.floor(seen.columns[name].minimum or 0))
        self.origin_ = origins
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Return X encoded, float64 of shape (rows, 7 x columns); a lazy frame for a lazy one."""
        check_is_fitted(self)
        if is_lazy(X):
            return transformed_by_partition(self, X)
        frame = validate_frame(self, X, reset=False)
        # Column by column is how it is written here, and read by the steps that follow.
        encoded = np.empty((len(frame), len(_PARTS) * len(self.origin_)), order="F")
        for j, (name, origin) in enumerate(self.origin_.items()):
            _write_parts(_seconds(frame[name]), origin, encoded[:, len(_PARTS) * j : len(_PARTS) * (j + 1)])
        return encoded

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the names of the output's columns."""
        check_is_fitted(self)
        names = input_names(self, input_features)
        return np.array([f"{name}_{part}" for name in names for part in _PARTS], dtype=object)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


def _seconds(column: nw.Series[Any]) -> np.ndarray:
    """Return int64 seconds since 1970, NO_TIME where missing."""
    kind = kind_of(column)
    if kind == "time":
        return as_seconds(column)
    if is_missing(column).all():
        return np.full(len(column), NO_TIME)
    if kind == "mixed":
        numbers_or_missing(column, who="DatetimeEncoder")
    if kind != "number":
        raise TableError(
            f"DatetimeEncoder needs times, or seconds since 1970, in column {column.name!r}, got {kind}. "
            "Parse text with TypeCleaner or pandas.to_datetime first."
        )
    numbers = as_numbers(column)
    if infinite := np.isinf(numbers).sum():
        raise TableError(
            f"DatetimeEncoder got infinity in column {column.name!r} ({infinite} values). Make them missing first."
        )
    missing = np.isnan(numbers)
    return np.where(missing, NO_TIME, np.floor(np.where(missing, 0, numbers)).astype(np.int64))


def _write_parts(seconds: np.ndarray, origin: int, out: np.ndarray) -> None:
    """Write the parts of each time into ``out``, of shape (rows, parts)."""
    missing = seconds == NO_TIME
    known = np.where(missing, 0, seconds)
    days = known / _DAY
    np.divide(known - origin, _DAY, out=out[:, 0])
    for j, phase in enumerate(((known % _DAY) / _DAY, ((days + 3) % 7) / 7, (days / _YEAR_DAYS) % 1)):
        angle = np.multiply(phase, 2 * np.pi, out=phase)
        np.sin(angle, out=out[:, 1 + 2 * j])
        np.cos(angle, out=out[:, 2 + 2 * j])
    out[missing] = np.nan
