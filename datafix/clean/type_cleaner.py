"""Numbers, truth values and times that are kept as text become what they are."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any, Literal

import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa
from sklearn.base import OneToOneFeatureMixin

from datafix.clean.parsing import TRUTH, NumberFormat, find_number_format, find_time_format, read_times
from datafix.columns import as_numbers, factorize, is_missing, kind_of
from datafix.errors import DatafixWarning, TableError
from datafix.learning import LearnsFromFigures, training_rows, value_counts
from datafix.repairs import Repair, RepairingTransformer, number_column
from datafix.sentinels import is_marker
from datafix.sketches import TableSketch

_SHARE = 0.99
"""So much of a column must parse; the rest becomes missing, on record."""


class TypeCleaner(LearnsFromFigures, OneToOneFeatureMixin, RepairingTransformer):
    """Parse columns of text that hold numbers, truth values or times.

    A column is parsed where at least 99 % of its values (those that say
    "missing" left out) are written one way: numbers with thousands separators,
    a currency, a percent sign or one unit (45% is 45.0); true and false (1.0
    and 0.0; yes and no stay a category); ISO dates, or dates whose day and
    month the column as a whole tells apart. What then does not parse becomes
    missing. Codes with leading zeros and columns of a categorical dtype stay as they are.

    Attributes
    ----------
    kinds_ : dict of str to {"number", "boolean", "time"}
        The columns that are parsed, and what they become.
    formats_ : dict of str to NumberFormat, str or None
        How each of them writes: `NumberFormat`, a strptime format, None for booleans.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"price": ["$1,200", "$80", "$9.50"], "zip": ["01234", "8000", "9000"]})
    >>> cleaner = TypeCleaner().fit(frame)
    >>> cleaner.kinds_
    {'price': 'number'}
    >>> cleaner.transform(frame)["price"].tolist()
    [1200.0, 80.0, 9.5]
    """

    def fit(self, X: Any, y: Any = None) -> TypeCleaner:
        """Learn what the text columns of X hold; y is ignored."""
        frame, seen = training_rows(self, X)
        self.kinds_: dict[str, str] = {}
        self.formats_: dict[str, NumberFormat | str | None] = {}
        for name in frame.columns:
            if _is_undeclared(frame[name]) and (found := _written(name, _spellings(frame[name], seen))):
                self.kinds_[name], self.formats_[name] = found
        return self

    def _repairs(self, frame: nw.DataFrame[Any]) -> Iterator[Repair]:
        for name, kind in self.kinds_.items():
            yield _parsed(frame[name], kind, self.formats_[name])


def _is_undeclared(column: nw.Series[Any]) -> bool:
    """Whether a column is text or mixed, and not so by its owner's choice of a categorical dtype."""
    return kind_of(column) in ("text", "mixed") and column.dtype not in (nw.Categorical, nw.Enum)


def _spellings(column: nw.Series[Any], seen: TableSketch | None) -> dict[str, int]:
    """Return how often each text stands in a column, without blanks around it; what says "missing" left out."""
    counts: dict[str, int] = {}
    for value, count in value_counts(column, seen).as_dict().items():
        text = str(value).strip()
        if not is_marker(text):
            counts[text] = counts.get(text, 0) + count
    return counts


def _written(name: str, counts: dict[str, int]) -> tuple[Literal["number", "boolean", "time"], Any] | None:
    """Return the kind that a column's texts spell, and how; None where they are just text."""
    if not counts:
        return None
    if {text.casefold() for text in counts} == set(TRUTH):
        return "boolean", None
    if (numbers := find_number_format(counts, _SHARE)) is not None:
        return "number", numbers
    form, doubtful = find_time_format(counts, _SHARE)
    if doubtful:
        warnings.warn(
            f"TypeCleaner leaves column {name!r} as text: its dates, such as {next(iter(counts))!r}, do not "
            "tell day from month. Parse it yourself, with pandas.to_datetime(..., dayfirst=...).",
            DatafixWarning,
            stacklevel=3,
        )
    return ("time", form) if form else None


def _texts(column: nw.Series[Any]) -> tuple[np.ndarray, np.ndarray]:
    """Return codes into stripped texts; those of a mixed column are how its values print."""
    if kind_of(column) == "mixed":
        missing = is_missing(column)
        values = [None if gone else str(value) for value, gone in zip(column.to_list(), missing, strict=True)]
        codes, uniques = pd.factorize(np.array(values, dtype=object))
    else:
        codes, uniques = factorize(column)
    return codes, np.array([text.strip() for text in uniques], dtype=object)


def _parsed(column: nw.Series[Any], kind: str, form: Any) -> Repair:
    came = kind_of(column)
    if came not in ("text", "mixed"):
        return _as_it_is(column, kind)
    codes, texts = _texts(column)
    if kind == "time":
        values = np.append(read_times(texts, form), np.datetime64("NaT", "us"))
        after, failed = _time_column(column, values[codes]), np.isnat(values)[codes]
    else:
        read = form.read if kind == "number" else lambda text: TRUTH.get(text.casefold(), np.nan)
        values = np.array([*map(read, texts), np.nan], dtype=np.float64)
        after, failed = number_column(column.name, values[codes], column), np.isnan(values)[codes]
    known = codes >= 0
    reasons = np.where(failed, f"is no {kind}", f"{kind} kept as text").astype(object)
    return Repair(
        before=column,
        after=after,
        rows=np.flatnonzero(known),
        reason=reasons[known],
        confidence=np.where(failed, 0.7, 0.99)[known],
    )


def _as_it_is(column: nw.Series[Any], kind: str) -> Repair:
    """Keep a column that comes parsed already, if it is what it should become."""
    came = kind_of(column)
    if (came == "time") != (kind == "time"):
        raise TableError(
            f"TypeCleaner learned that column {column.name!r} is text that holds a {kind}, "
            f"got a column of kind {came}. "
            "Give the column as it was at fit."
        )
    after = column if kind == "time" else number_column(column.name, as_numbers(column), column)
    return Repair(before=column, after=after, rows=np.empty(0, dtype=np.int64), reason="", confidence=1.0)


def _time_column(column: nw.Series[Any], times: np.ndarray) -> nw.Series[Any]:
    if column.implementation.is_pandas_like():
        return nw.new_series(column.name, times, backend=column.implementation)
    micros = pa.array(times.astype(np.int64), mask=np.isnat(times)).cast(pa.timestamp("us"))
    series = nw.from_native(pa.chunked_array([micros]), series_only=True).alias(column.name)
    if column.implementation.is_pyarrow():
        return series
    return nw.from_native(series.to_frame().to_polars()[column.name], series_only=True)
