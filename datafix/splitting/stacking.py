"""Separate parts, stacked into one table."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from datafix.columns import as_frame, is_missing, kind_of
from datafix.errors import TableError
from datafix.task import as_target


def stack_parts(parts: dict[str, Any], target: str | None) -> tuple[Any, Any, dict[str, int]]:
    """Return the features, the target (or None) and the number of rows of each part.

    Parameters
    ----------
    parts : dict of str to dataframe or pair (X, y)
    target : str or None
        The frames' column that is the target.
    """
    separate = {name: _features_and_target(name, part, target) for name, part in parts.items()}
    features = {name: X for name, (X, _) in separate.items()}
    targets = {name: y for name, (_, y) in separate.items()}
    sizes = {name: len(X) for name, X in features.items()}
    for name, size in sizes.items():
        if not size:
            raise TableError(f"The {name} part has no rows.")
    return _stacked_features(features), _stacked_targets(targets), sizes


def _features_and_target(name: str, part: Any, target: str | None) -> tuple[Any, Any]:
    if isinstance(part, tuple):
        X, y = part
        X = np.asarray(X) if isinstance(X, list) else X
        if len(X) != len(y):
            raise TableError(f"The {name} part has {len(X)} rows but {len(y)} targets.")
        return X if _is_array(X) else as_frame(X, who=f"The {name} part"), as_target(y, who=name)
    if _is_array(part) and target is None:
        return part, None
    frame = as_frame(part, who=f"The {name} part")
    if target is None:
        return frame, None
    if target not in frame.columns:
        raise TableError(f"target={target!r} is no column of the {name} part. It has {frame.columns}.")
    return frame.drop(target), frame[target]


def _is_array(part: Any) -> bool:
    return isinstance(part, np.ndarray)


def _stacked_features(features: dict[str, Any]) -> Any:
    first_name, first = next(iter(features.items()))
    if _is_array(first):
        for name, X in features.items():
            if not _is_array(X) or X.shape[1:] != first.shape[1:]:
                shape = getattr(X, "shape", "a frame")
                raise TableError(f"The parts must have one shape a row: {first_name} {first.shape}, {name} {shape}.")
        return np.concatenate(list(features.values()))
    for name, X in features.items():
        odd = sorted(set(_names(X)) ^ set(first.columns))
        if odd:
            raise TableError(
                f"The parts must have the same columns; {odd[:10]} stand(s) in only one of {first_name!r} and {name!r}."
            )
        if X.implementation != first.implementation:
            raise TableError(f"The parts must be of one engine, got {first.implementation} and {X.implementation}.")
        _refuse_other_kinds(first_name, first, name, X)
    frames = [X.select(first.columns) for X in features.values()]
    if isinstance(first.to_native(), pd.DataFrame):
        return pd.concat([frame.to_native() for frame in frames], ignore_index=True)
    return nw.concat(_of_one_dtype(frames)).to_native()


def _refuse_other_kinds(first_name: str, first: nw.DataFrame[Any], name: str, X: nw.DataFrame[Any]) -> None:
    for column in first.columns:
        here, there = first[column], X[column]
        empty = is_missing(here).all() or is_missing(there).all()
        if not empty and kind_of(here) != kind_of(there):
            raise TableError(
                f"Column {column!r} holds {kind_of(here)} values in {first_name!r} and {kind_of(there)} values in "
                f"{name!r}. Read both parts the same way, or parse the text first: datafix.clean.TypeCleaner()."
            )


def _names(X: Any) -> list[str]:
    return [] if _is_array(X) else X.columns


def _of_one_dtype(frames: list[nw.DataFrame[Any]]) -> list[nw.DataFrame[Any]]:
    """Widen numbers that differ in width between the parts, which polars would not stack."""
    schemas = [frame.schema for frame in frames]
    wide = [
        name
        for name in frames[0].columns
        if len({schema[name] for schema in schemas}) > 1 and all(schema[name].is_numeric() for schema in schemas)
    ]
    return [frame.with_columns(nw.col(name).cast(nw.Float64) for name in wide) for frame in frames]


def _stacked_targets(targets: dict[str, nw.Series[Any] | None]) -> Any:
    given = [y for y in targets.values() if y is not None]
    if not given:
        return None
    stacked = stacked_series(given)
    stacked.name = given[0].name or "target"
    return stacked


def stacked_series(parts: list[nw.Series[Any]]) -> pd.Series:
    """Return the values of some series under each other, numbered anew."""
    values = [y.to_native() if isinstance(y.to_native(), pd.Series) else pd.Series(y.to_list()) for y in parts]
    return pd.concat(values, ignore_index=True)
