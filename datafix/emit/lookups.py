"""What is known of a value: looked up by its text, or by binary search of its number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import pandas as pd
from keras import ops

from datafix.emit.symbols import MISSING_TEXT, NO_TIME, Column, Raw, is_text, is_time, matrix_of, time_of
from datafix.errors import NotExportableError


def look_up(column: Column, values: Sequence[Any], become: np.ndarray, who: str) -> Any:
    """Return what each row's value becomes.

    Parameters
    ----------
    column : Column
    values : sequence of str, or of numbers
        Distinct; None stands for missing.
    become : ndarray of shape (values + 1,) or (values + 1, width)
        What each of them becomes, and at the end what all else does.
    who : str
        The step that asks, for errors.

    Returns
    -------
    found : tensor of shape (n,) or (n, width)
    """
    text = any(isinstance(value, str) for value in values)
    values = [None if pd.isna(value) else value for value in values]
    if values.count(None) > 1 or (text and None in values and MISSING_TEXT in values):
        raise NotExportableError(
            f"{who} tells several sorts of missing values apart (None, NaN, empty text), and Keras inputs cannot. "
            "Make them one before fitting, with SentinelCleaner or fillna."
        )
    if is_text(column, "" if text else None, who):
        return _by_text(column, [MISSING_TEXT if value is None else str(value) for value in values], become)
    if text:
        raise NotExportableError(f"{who} learned text values {values[:3]}, but the column holds numbers.")
    return ops.take(become, _by_number(matrix_of([column], who), values), axis=0)


def missing(columns: Sequence[Column], who: str) -> Any:
    """Return 1.0 where a value is missing, a float64 tensor of shape (n, columns)."""
    parts: list[Any] = []
    run: list[Column] = []
    for column in columns:
        if is_text(column, None, who):
            other = ops.expand_dims(_by_text(column, [MISSING_TEXT], np.array([1.0, 0.0])), 1)
        elif is_time(column):
            other = ops.cast(ops.equal(time_of(column, who), NO_TIME), "float64")
        else:
            run.append(column)
            continue
        parts += [*_gaps(run, who), other]
        run = []
    parts += _gaps(run, who)
    return parts[0] if len(parts) == 1 else ops.concatenate(parts, axis=1)


def rank(x: Any, sorted_columns: np.ndarray) -> Any:
    """Return how many values of each column are <= x: binary search, all columns at once.

    Parameters
    ----------
    x : float64 tensor of shape (n, columns)
    sorted_columns : ndarray of shape (values, columns)

    Returns
    -------
    rank : int32 tensor of shape (n, columns)
        0 where x is NaN.
    """
    n_values, n_columns = sorted_columns.shape
    steps = [2**power for power in reversed(range(n_values.bit_length()))]
    padded = np.full((sum(steps), n_columns), np.inf)
    padded[:n_values] = sorted_columns
    start = np.arange(n_columns, dtype=np.int32)[None, :]
    found = ops.cast(ops.zeros_like(x), "int32")
    for step in steps:
        at = (found + np.int32(step - 1)) * np.int32(n_columns) + start
        found = found + ops.cast(x >= ops.take(padded.ravel(), at), "int32") * np.int32(step)
    return ops.minimum(found, np.int32(n_values))


def _gaps(columns: list[Column], who: str) -> list[Any]:
    """Return 1.0 where numbers are missing: one tensor, or none for no columns."""
    return [ops.cast(ops.isnan(matrix_of(columns, who)), "float64")] if columns else []


def _by_text(column: Raw, values: Sequence[str], become: np.ndarray) -> Any:
    known = [(raw, at) for at, value in enumerate(values) for raw in column.spellings(value)]
    if become.ndim == 1:
        known.sort(key=lambda pair: become[pair[1]])
    vocabulary = [raw for raw, _ in known]
    table = become[np.array([len(values), *(at for _, at in known)], dtype=np.int64)]
    # A lookup of no spelling is none; one of the missing text keeps the shape.
    found = ops.squeeze(_found(column, vocabulary or [MISSING_TEXT]), 1)
    if not vocabulary:
        return ops.take(np.stack([table[0], table[0]]), found, axis=0)
    if table.dtype.kind == "i" and np.array_equal(table, np.arange(len(table)) + table[0]):
        return found + np.int64(table[0]) if table[0] else found
    return ops.take(table, found, axis=0)


def _found(column: Raw, vocabulary: list[str]) -> Any:
    """Return the position of each text in the vocabulary, from 1 on; 0 for those that are not in it."""
    out_of_vocabulary = "[UNK]"
    while out_of_vocabulary in vocabulary:
        out_of_vocabulary += "_"
    layer = keras.layers.StringLookup(
        vocabulary=vocabulary, mask_token=None, num_oov_indices=1, oov_token=out_of_vocabulary
    )
    return layer(column.source.tensor)


def _by_number(x: Any, values: Sequence[Any]) -> Any:
    """Return each row's position among the values, a tensor of shape (n,)."""
    unknown = len(values)
    known = sorted((float(value), at) for at, value in enumerate(values) if value is not None)
    if known:
        points, order = np.array([p for p, _ in known]), np.array([at for _, at in known], dtype=np.int64)
        at = ops.maximum(rank(x, points[:, None]) - np.int32(1), np.int32(0))
        codes = ops.where(ops.equal(ops.take(points, at), x), ops.take(order, at), np.int64(unknown))
    else:
        codes = ops.cast(ops.zeros_like(x), "int64") + np.int64(unknown)
    if None in values:
        codes = ops.where(ops.isnan(x), np.int64(list(values).index(None)), codes)
    return ops.squeeze(codes, 1)
