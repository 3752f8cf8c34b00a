"""A frame as what an exported Keras model takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import tensorflow as tf

from datafix.columns import as_frame, as_numbers, as_seconds, factorize, is_missing, kind_of
from datafix.emit.raw_columns import as_taken
from datafix.emit.symbols import DTYPES, MISSING_TEXT, input_name
from datafix.errors import TableError


def keras_inputs(X: Any, kinds: Any = None) -> dict[str, tf.Tensor]:
    """Return the columns of X as the inputs of a model from ``to_keras`` or ``with_preprocessing``.

    Parameters
    ----------
    X : pandas, polars or pyarrow frame, or array of shape (rows, columns)
        Columns of an array are named ``x0``, ``x1``, ...
    kinds : Prepared, fitted pipeline, exported model, or mapping of column to kind, optional
        Which columns to take, and as what. A Prepared or a pipeline also parses what its
        TablePreprocessor parses. The kinds of a mapping are "number", "boolean", "text" and
        "time". None: all columns, as they are.

    Returns
    -------
    inputs : dict of tensors of shape (rows, 1)
        Numbers and booleans as float64 (NaN missing), text as string ("" missing), times as
        int64 seconds since 1970 (the least int64 missing). Names are made of letters, digits and underscores:
        ``n/a rate`` is ``n_a_rate``.

    Notes
    -----
    ``model(inputs)`` computes in float64. ``model.predict(inputs)`` lets Keras make float32 of
    the numbers first; ``model.predict(tf.data.Dataset.from_tensors(inputs))`` does not.

    Examples
    --------
    >>> import pandas as pd
    >>> from datafix.emit import keras_inputs
    >>> inputs = keras_inputs(pd.DataFrame({"age": [31, None], "town": [None, "Bonn"]}))
    >>> inputs["age"].numpy().tolist(), inputs["town"].numpy().tolist()
    ([[31.0], [nan]], [[b''], [b'Bonn']])
    """
    frame = as_frame(X, who="keras_inputs")
    frame, taken = as_taken(frame, kinds)
    refuse_absent(frame, taken, who="keras_inputs")
    inputs: dict[str, tf.Tensor] = {}
    for dtype, names in names_by_dtype(taken).items():
        # One tensor, split: a row is served in a fraction of the time that a tensor a column would take.
        parts = tf.split(tf.constant(side_by_side(frame, names, taken), dtype), len(names), axis=1)
        inputs |= dict(zip(names, parts, strict=True))
    return {input_name(name): inputs[name] for name in taken}


def refuse_absent(frame: nw.DataFrame[Any], kinds: Mapping[str, str], *, who: str) -> None:
    """Raise where the frame lacks a column."""
    present = set(frame.columns)
    if absent := [name for name in kinds if name not in present]:
        raise TableError(
            f"{who} needs the columns {absent[:5]}, which X lacks; it has {frame.columns[:10]}. "
            "Give the model the columns that it was fitted on."
        )


def names_by_dtype(kinds: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the columns that share a dtype of Keras inputs, in their order."""
    names: dict[str, list[str]] = {}
    for name, kind in kinds.items():
        names.setdefault(DTYPES["text" if kind == "mixed" else kind], []).append(name)
    return names


def inputs_of(matrices: Mapping[str, tf.Tensor], groups: Mapping[str, list[str]]) -> dict[str, tf.Tensor]:
    """Return a Keras model's inputs, of shape (rows, 1), from one matrix a dtype."""
    inputs: dict[str, tf.Tensor] = {}
    for dtype, names in groups.items():
        inputs |= dict(zip(map(input_name, names), tf.split(matrices[dtype], len(names), axis=1), strict=True))
    return inputs


def side_by_side(frame: nw.DataFrame[Any], names: list[str], kinds: Mapping[str, str]) -> np.ndarray:
    """Return columns of one dtype as an array of shape (rows, columns)."""
    native = frame.to_native()
    table = native if isinstance(native, pd.DataFrame) else None
    columns = []
    for name in names:
        plain = None if table is None else _of_pandas(table[name], kinds[name])
        columns.append(_values(frame[name], kinds[name]) if plain is None else plain)
    return np.stack(columns, axis=1)


def _of_pandas(column: pd.Series, kind: str) -> np.ndarray | None:
    """Return a column at once where pandas stores it plainly, else None."""
    dtype = column.dtype
    if isinstance(dtype, np.dtype):
        if kind in ("number", "boolean") and dtype.kind in "iufb":
            return column.to_numpy(dtype=np.float64)
        if kind == "time" and dtype.kind == "M":
            return column.to_numpy().astype("datetime64[s]").view(np.int64)
    elif kind in ("text", "mixed") and isinstance(dtype, pd.StringDtype):
        return column.to_numpy(dtype=object, na_value=MISSING_TEXT)
    return None


def _values(series: nw.Series[Any], kind: str) -> np.ndarray:
    if kind in ("text", "mixed"):
        return _texts(series)
    found = kind_of(series)
    if kind == "time" and found == "time":
        return as_seconds(series)
    if kind in ("number", "boolean") and found in ("number", "boolean"):
        return as_numbers(series)
    if is_missing(series).all():
        return as_seconds(series) if kind == "time" else np.full(len(series), np.nan)
    raise TableError(
        f"keras_inputs needs {kind} in column {series.name!r}, got {found}. "
        "Parse the column as it was parsed before fitting, or pass the Prepared, which parses what it parsed."
    )


def _texts(series: nw.Series[Any]) -> np.ndarray:
    if kind_of(series) not in ("text", "mixed"):
        gone = is_missing(series)
        return np.array(
            [MISSING_TEXT if no else str(v) for v, no in zip(series.to_list(), gone, strict=True)], dtype=object
        )
    codes, uniques = factorize(series)
    return np.array([*map(str, uniques), MISSING_TEXT], dtype=object)[codes]
