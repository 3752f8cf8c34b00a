"""Columns put together again, in the dtype that they came in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from datafix.columns import held_by_pandas

Piece = nw.Series[Any] | list[Any]


def gathered(pieces: Sequence[Piece], source: np.ndarray, like: Any) -> nw.Series[Any]:
    """Return rows of several pieces of a column, as one column.

    Parameters
    ----------
    pieces : sequence of narwhals.Series or lists of values
        The first is a Series, of whose engine the result is.
    source : int ndarray of shape (rows,)
        Positions in the pieces, counted through.
    like : native dtype or None
        What the result is to be where it can hold the rows unchanged; None: the first piece's dtype.
    """
    first = pieces[0]
    assert isinstance(first, nw.Series)  # the repaired column itself
    needed, place = np.unique(source, return_inverse=True)
    used: list[Piece] = []
    start = 0
    for piece in pieces:
        inside = needed[(needed >= start) & (needed < start + len(piece))] - start
        if len(inside):
            used.append([piece[at] for at in inside] if isinstance(piece, list) else piece[inside.tolist()])
        start += len(piece)
    joined = _joined(used, first, native_dtype(first) if like is None else like)
    return joined[place.ravel().tolist()]


def native_dtype(series: nw.Series[Any]) -> Any:
    """Return the engine's own dtype of a column."""
    native = series.to_native()
    return native.type if hasattr(native, "type") else native.dtype


def _joined(pieces: list[Piece], first: nw.Series[Any], dtype: Any) -> nw.Series[Any]:
    held = [_held(piece, first, dtype) for piece in pieces]
    known = [series for series in held if series is not None]
    if len(known) == len(held):
        return nw.concat([series.alias(first.name).to_frame() for series in known])[first.name]
    values = [value for piece in pieces for value in (piece if isinstance(piece, list) else piece.to_list())]
    if isinstance(first.to_native(), pd.Series):
        return _of_pandas(pd.Series(_objects(values), name=first.name).infer_objects())
    return nw.new_series(first.name, values, backend=first.implementation)


def _held(piece: Piece, first: nw.Series[Any], dtype: Any) -> nw.Series[Any] | None:
    """Return the piece in a native dtype; None where that would change a value."""
    if not isinstance(piece, list) and native_dtype(piece) == dtype:
        return piece
    values = piece if isinstance(piece, list) else piece.to_list()
    if isinstance(first.to_native(), pd.Series):
        held = held_by_pandas(pd.Series(_objects(values), name=first.name), dtype)
        return None if held is None else _of_pandas(held)
    values = [None if value is pd.NA else value for value in values]
    whole = [int(value) if isinstance(value, float) and value.is_integer() else value for value in values]
    for candidate in (values, whole):
        try:
            return _built(candidate, first, dtype)
        except (TypeError, ValueError):  # the dtype does not hold these: the caller joins by value instead
            continue
    return None


def _built(values: list[Any], first: nw.Series[Any], dtype: Any) -> nw.Series[Any]:
    native = first.to_native()
    if hasattr(native, "type"):
        from pyarrow import chunked_array

        return nw.from_native(chunked_array([values], type=dtype), series_only=True)
    return nw.from_native(type(native)(first.name, values, dtype=dtype), series_only=True)


def _of_pandas(series: pd.Series) -> nw.Series[Any]:
    return nw.from_native(series, series_only=True)


def _objects(values: list[Any]) -> np.ndarray:
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out
