"""A frame as what an exported Keras model takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals as nw
import numpy as np
import tensorflow as tf

from datafix.columns import as_frame, as_numbers, as_seconds, is_missing, kind_of
from datafix.emit.symbols import input_name
from datafix.errors import TableError


def keras_inputs(X: Any, kinds: Mapping[str, str] | None = None) -> dict[str, tf.Tensor]:
    """Return the columns of X as the inputs of a model from ``to_keras`` or ``with_preprocessing``.

    Parameters
    ----------
    X : pandas, polars or pyarrow frame, or array of shape (rows, columns)
        Columns of an array are named ``x0``, ``x1``, ...
    kinds : mapping of column name to "number", "boolean", "text" or "time", optional
        Which columns to take, and as what; ``prepared.kinds`` is one. None: all, as they are.

    Returns
    -------
    inputs : dict of tensors of shape (rows, 1)
        Numbers and booleans as float64 (NaN missing), text as string ("" missing), times as
        int64 seconds since 1970 (the least int64 missing). A slash in a name becomes "|".

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
    if kinds is None:
        kinds = {name: kind_of(frame[name]) for name in frame.columns}
    if absent := [name for name in kinds if name not in frame.columns]:
        raise TableError(
            f"keras_inputs needs the columns {absent[:5]}, which X lacks; it has {frame.columns[:10]}. "
            "Give the model the columns that it was fitted on."
        )
    return {input_name(name): tf.constant(_values(frame[name], kind)[:, None]) for name, kind in kinds.items()}


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
        "Parse the column as it was parsed before fitting."
    )


def _texts(series: nw.Series[Any]) -> np.ndarray:
    gone = is_missing(series)
    values = np.array([str(value) for value in series.to_list()], dtype=object)
    values[gone] = ""
    return values
