"""datafix's own transformers, by what they learned (their attributes that end in ``_``)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from keras import ops

from datafix.emit.converters.encoding import one_hot_columns
from datafix.emit.converters.imputing import fill_missing
from datafix.emit.converters.scaling import clipped
from datafix.emit.lookups import look_up, missing
from datafix.emit.symbols import (
    MISSING_TEXT,
    NO_TIME,
    Column,
    Number,
    Raw,
    constant,
    is_text,
    matrix_of,
    numbers,
    time_of,
)
from datafix.errors import NotExportableError

Convert = Callable[[Any, list[Column], str], list[Column]]

_DAY = 86_400
_YEAR_DAYS = 365.2425


def sentinel_cleaner(step: Any, columns: list[Column], who: str) -> list[Column]:
    """Write SentinelCleaner."""
    return [
        _without(column, step.sentinels_.get(name, ()), who)
        for name, column in zip(_names(step, columns), columns, strict=True)
    ]


def category_cleaner(step: Any, columns: list[Column], who: str) -> list[Column]:
    """Write CategoryCleaner."""
    if getattr(step, "unseen", "keep") != "keep":
        raise NotExportableError(
            f"{who} brings spellings that were never seen to a category by rules (unseen={step.unseen!r}), which Keras "
            'cannot do exactly. Use CategoryCleaner(unseen="keep"): a spelling never seen is an unseen category.'
        )
    return [
        column.renamed(mapping) if (mapping := step.mapping_.get(name)) and is_text(column, "", who) else column
        for name, column in zip(_names(step, columns), columns, strict=True)
    ]


def type_cleaner(step: Any, columns: list[Column], who: str) -> list[Column]:
    """Pass the columns on, or refuse where text is parsed."""
    if step.kinds_:
        raise NotExportableError(
            f"{who} parses text columns {dict(list(step.kinds_.items())[:5])}, which Keras cannot do exactly. "
            "Run TypeCleaner on the frame before fitting, and serve the parsed columns."
        )
    return columns


def table_imputer(step: Any, columns: list[Column], who: str) -> list[Column]:
    """Write TableImputer: filled columns, then indicators."""
    names = _names(step, columns)
    at = {name: position for position, name in enumerate(names)}
    learned = [name for name in names if name in step.fill_values_]
    filled = fill_missing([columns[at[name]] for name in learned], [step.fill_values_[name] for name in learned], who)
    by_name = {**dict(zip(names, columns, strict=True)), **dict(zip(learned, filled, strict=True))}
    marked = [columns[at[name]] for name in step.indicator_columns_]
    return [by_name[name] for name in names] + (numbers(missing(marked, who)) if marked else [])


def table_scaler(step: Any, columns: list[Column], who: str, convert: Convert) -> list[Column]:
    """Write TableScaler by the scaler that it fitted."""
    scaled = convert(step.scaler_, columns, who)
    if step.clip is None:
        return scaled
    return numbers(clipped(matrix_of(scaled, who), -float(step.clip), float(step.clip)))


def quantile_clipper(step: Any, columns: list[Column], who: str) -> list[Column]:
    """Write QuantileClipper."""
    return numbers(clipped(matrix_of(columns, who), *step.bounds_))


def category_encoder(step: Any, columns: list[Column], who: str) -> list[Column]:
    """Write CategoryEncoder."""
    encoded: list[Column] = []
    for name, column in zip(_names(step, columns), columns, strict=True):
        known = step.codes_[name]
        codes = np.array([*known.values(), step.default_code_[name]], dtype=np.int64)
        if step.output != "onehot":
            table = codes[:, None].astype(np.float64) if step.output == "ordinal" else step.encodings_[name][codes]
            encoded += numbers(look_up(column, list(known), np.asarray(table), f"{who}, column {name!r}"))
        elif width := int(step.n_codes_[name]):
            encoded += one_hot_columns(look_up(column, list(known), codes, f"{who}, column {name!r}"), width)
    return encoded


def datetime_encoder(step: Any, columns: list[Column], who: str) -> list[Column]:
    """Write DatetimeEncoder: all columns at once, then in its order."""
    names = _names(step, columns)
    seconds = [time_of(column, f"{who}, column {name!r}") for name, column in zip(names, columns, strict=True)]
    together = seconds[0] if len(seconds) == 1 else ops.concatenate(seconds, axis=1)
    moments = _moments(together, np.array([int(step.origin_[name]) for name in names], dtype=np.int64))
    order = np.arange(7 * len(names), dtype=np.int32).reshape(7, -1)[[0, 1, 4, 2, 5, 3, 6]].T.ravel()
    return numbers(ops.take(moments, order, axis=1))


def table_preprocessor(step: Any, columns: list[Column], who: str, convert: Convert) -> list[Column]:
    """Write TablePreprocessor: its cleaner, then its blocks side by side."""
    names = list(step.kinds_)
    if step.cleaner_ is not None:
        columns = _cleaned(step.cleaner_.named_steps, names, columns, f"{who}, cleaner")
    by_name = dict(zip(names, columns, strict=True))
    out: list[Column] = []
    for block, inner, chosen in step.blocks_:
        if not (isinstance(inner, str) and inner == "drop"):
            out += convert(inner, [by_name[name] for name in chosen], f"{who}, block {block!r}")
    return out


def _cleaned(steps: Any, names: list[str], columns: list[Column], who: str) -> list[Column]:
    """Return the cleaned columns; those whose text is parsed come as what it spells."""
    parsed, cleaned = steps["types"].kinds_, dict(zip(names, columns, strict=True))
    for name, kind in parsed.items():
        markers = [str(value) for value in steps["sentinels"].sentinels_.get(name, ())]
        cleaned[name] = _read_parsed(cleaned[name], name, kind, markers, who)
    for name in names:
        if name not in parsed:
            cleaned[name] = _without(cleaned[name], steps["sentinels"].sentinels_.get(name, ()), who)
    return category_cleaner(steps["categories"], list(cleaned.values()), f"{who}, step 'categories' (CategoryCleaner)")


def _read_parsed(column: Column, name: str, kind: str, markers: list[str], who: str) -> Column:
    if not isinstance(column, Raw):
        return column
    if column.became:
        raise NotExportableError(
            f"{who} parses the text of column {name!r} after other steps have changed it. "
            "Parse the column before fitting."
        )
    column.source.parse(kind, markers, who)
    return column if kind == "time" else Number(column.source.tensor, 0)


def _moments(seconds: Any, origins: np.ndarray) -> Any:
    """Return elapsed days, sines of day, week and year, then their cosines, of all columns: (n, 7 x columns)."""
    gone, nothing = ops.equal(seconds, NO_TIME), constant(np.nan)
    # TensorFlow would multiply by the inverse of a constant divisor, which is a digit less: these vary.
    a_day, a_year = (ops.where(gone, nothing, constant(length)) for length in (_DAY, _YEAR_DAYS))
    days = ops.cast(seconds, "float64") / a_day
    elapsed = ops.cast(seconds - origins, "float64") / a_day
    of_day = ops.where(gone, nothing, ops.cast(ops.mod(seconds, np.int64(_DAY)), "float64") / constant(_DAY))
    # The epoch began on a Thursday; Monday 00:00 is 0.
    of_week = _remainder(days + constant(3), 7.0) / constant(7)
    of_year = _remainder(days / a_year, 1.0)
    angles = ops.concatenate([of_day, of_week, of_year], axis=1) * constant(2 * np.pi)
    return ops.concatenate([elapsed, ops.sin(angles), ops.cos(angles)], axis=1)


def _remainder(x: Any, period: float) -> Any:
    """Return x modulo the period as ops.mod does, eight times as fast; just below a period it may be just below 0."""
    return x - ops.floor(x / constant(period)) * constant(period)


def _without(column: Column, sentinels: Any, who: str) -> Column:
    """Return the column with its sentinels made missing."""
    texts = [value for value in sentinels if isinstance(value, str)]
    if not len(sentinels):
        return column
    if is_text(column, texts[0] if texts else None, who):
        return column.renamed({str(value): MISSING_TEXT for value in sentinels})
    x = matrix_of([column], who)
    for value in sentinels:
        x = ops.where(ops.equal(x, constant(value)), constant(np.nan), x)
    return numbers(x)[0]


def _names(step: Any, columns: list[Column]) -> list[str]:
    """Return the names by which the step knows its columns."""
    learned = getattr(step, "feature_names_in_", None)
    return [f"x{at}" for at in range(len(columns))] if learned is None else [str(name) for name in learned]
