"""Steps that hold other steps."""

from __future__ import annotations

from collections import UserList
from collections.abc import Callable
from typing import Any

import numpy as np
from keras import ops

from datafix.emit.symbols import Column, constant, matrix_of, numbers
from datafix.errors import NotExportableError

Convert = Callable[[Any, list[Column], str], list[Column]]


def pipeline(step: Any, columns: list[Column], who: str, convert: Convert) -> list[Column]:
    """Return what the steps make of the columns, one after the other."""
    for name, inner in step.steps:
        columns = convert(inner, columns, f"{who}, step {name!r}")
    return columns


def column_transformer(step: Any, columns: list[Column], who: str, convert: Convert) -> list[Column]:
    """Return what the transformers make of their own columns, side by side."""
    weights = step.transformer_weights or {}
    out: list[Column] = []
    for name, inner, chosen in step.transformers_:
        picked = [columns[at] for at in _positions(step, chosen, who)]
        if picked and not _drops(inner):
            made = convert(inner, picked, f"{who}, transformer {name!r}")
            out += _weighted(made, weights.get(name), who)
    return out


def feature_union(step: Any, columns: list[Column], who: str, convert: Convert) -> list[Column]:
    """Return what the transformers make of all columns, side by side."""
    weights = step.transformer_weights or {}
    out: list[Column] = []
    for name, inner in step.transformer_list:
        if not _drops(inner):
            made = convert(inner, columns, f"{who}, transformer {name!r}")
            out += _weighted(made, weights.get(name), who)
    return out


def function(step: Any, columns: list[Column], who: str) -> list[Column]:
    """Return the columns as they are, or a NumPy function of them that Keras has too."""
    if step.func is None:
        return columns
    known = _functions()
    if step.func not in known or step.kw_args:
        raise NotExportableError(
            f"{who} calls {getattr(step.func, '__name__', step.func)!r}, which has no exact form in Keras; "
            f"these have: {', '.join(sorted(f.__name__ for f in known))}. Compute the column before the pipeline."
        )
    return numbers(known[step.func](matrix_of(columns, who)))


def _functions() -> dict[Any, Any]:
    return {
        np.abs: ops.abs,
        np.exp: ops.exp,
        np.expm1: ops.expm1,
        np.log: ops.log,
        np.log10: ops.log10,
        np.log1p: ops.log1p,
        np.log2: ops.log2,
        np.sqrt: ops.sqrt,
        np.square: ops.square,
        np.tanh: ops.tanh,
    }


def _positions(step: Any, chosen: Any, who: str) -> list[int]:
    """Return the positions of the columns that a ColumnTransformer's entry says."""
    n_columns = step.n_features_in_
    if isinstance(chosen, slice) and not any(isinstance(end, str) for end in (chosen.start, chosen.stop)):
        return list(range(n_columns))[chosen]
    if isinstance(chosen, str | int | np.integer):
        chosen = [chosen]
    if isinstance(chosen, slice):
        raise NotExportableError(f"{who} slices columns by name. List the names instead.")
    # scikit-learn 1.6 lists the remainder in a UserList that warns when it is read.
    chosen = list(chosen.data if isinstance(chosen, UserList) else chosen)
    if chosen and all(isinstance(entry, bool | np.bool_) for entry in chosen):
        return np.flatnonzero(chosen).tolist()
    names = list(getattr(step, "feature_names_in_", []))
    return [names.index(entry) if isinstance(entry, str) else int(entry) % n_columns for entry in chosen]


def _drops(inner: Any) -> bool:
    return isinstance(inner, str) and inner == "drop"


def _weighted(columns: list[Column], weight: float | None, who: str) -> list[Column]:
    return columns if weight is None else numbers(matrix_of(columns, who) * constant(weight))
