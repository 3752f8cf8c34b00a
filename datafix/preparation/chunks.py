"""Rows that come in chunks, prepared by what was learned before."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from datafix.errors import ParameterError, TableError
from datafix.preparation.given import is_frame, length, plain, refuse_other_rows, weights_of
from datafix.preparation.part_writer import PartWriter, refuse_objects
from datafix.preparation.targets import Target

if TYPE_CHECKING:
    from datafix.preparation.prepared import Prepared


def write_chunks(prepared: Prepared, chunks: Iterable[Any], part: PartWriter) -> None:
    """Transform each chunk by the fitted pipeline and target transformer, and append it to the part."""
    n_rows = 0
    for number, chunk in enumerate(chunks):
        X, y, weights = _three(chunk, number)
        if y is None and prepared.train.target is not None:
            raise TableError(f"Chunk {number} has no target, and the pipeline was fitted with one. Give (X, y).")
        _refuse_lengths(number, X, y, weights)
        found = encoded(prepared.pipeline, prepared.target_transformer, X, y, weights)
        part.append(**found, index=np.arange(n_rows, n_rows + length(X)))
        refuse_objects(part.told, f"chunk {number}")
        n_rows += length(X)
    if not n_rows:
        raise TableError("Prepared.save needs at least one chunk with rows in train=, got none.")


def encoded(pipeline: Any, target_transformer: Any, X: Any, y: Any, weights: Any) -> dict[str, Any]:
    """Return features, target and weights of some rows as what was learned makes them."""
    target = Target(None, None)
    target.transformer = target_transformer
    return {
        "features": _features(pipeline, X),
        "target": target.encode(target.clean(y)),
        "sample_weight": weights_of(weights),
    }


def _three(chunk: Any, number: int) -> tuple[Any, Any, Any]:
    given = chunk if isinstance(chunk, tuple) else (chunk,)
    if not 1 <= len(given) <= 3:
        raise ParameterError(
            f"Prepared.save needs chunks X, (X, y) or (X, y, sample_weight) in train=, got {len(given)} things in "
            f"chunk {number}."
        )
    X, y, weights = (*given, None, None)[:3]
    return (X if hasattr(X, "shape") or is_frame(X) else np.asarray(X)), y, weights


def _refuse_lengths(number: int, X: Any, *others: Any) -> None:
    for values in others:
        if values is not None and len(values) != length(X):
            raise TableError(f"Chunk {number} has {length(X)} rows in X, and {len(values)} values beside it.")


def _features(pipeline: Any, X: Any) -> Any:
    if pipeline is None:
        return plain(X)
    features = pipeline.transform(X)
    refuse_other_rows(features, length(X), "transform", pipeline)
    return plain(features)
