"""KNNImputer: the training rows are part of the graph, and each gap is filled from the nearest that have the value."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops

from datafix.emit.symbols import Column, matrix_of, missing, numbers
from datafix.errors import NotExportableError


def knn_imputer(step: Any, columns: list[Column], who: str) -> list[Column]:
    """Write KNNImputer, with its indicators.

    Of training rows at one distance it takes the first; scikit-learn takes any. Weights by distance
    are as good as the digits that scikit-learn's distance of two rows that nearly meet keeps.
    """
    if step.weights not in ("uniform", "distance") or step.metric != "nan_euclidean":
        raise NotExportableError(
            f"{who} weighs neighbours by {step.weights!r} and {step.metric!r}, which has no exact form in Keras. "
            "Use weights='uniform' or 'distance' and metric='nan_euclidean'."
        )
    x = matrix_of(columns, who)
    if not np.isnan(step.missing_values):
        x = ops.where(ops.equal(x, np.float64(step.missing_values)), np.float64(np.nan), x)
    # What it was fitted on is public nowhere.
    rows, gone = step._fit_X, step._mask_fit_X  # noqa: SLF001
    distances = _distances(x, np.where(gone, np.nan, rows))
    filled = []
    for at in range(rows.shape[1]):
        donors = np.flatnonzero(~gone[:, at])
        if len(donors):
            mean = _mean_of_nearest(distances, donors, rows[donors, at], step)
            filled.append(ops.where(ops.isnan(x[:, at]), mean, x[:, at]))
        elif step.keep_empty_features:
            filled.append(ops.zeros_like(x[:, at]))
    marked = [numbers(x)[int(at)] for at in step.indicator_.features_] if step.add_indicator else []
    return numbers(ops.stack(filled, axis=1)) + (numbers(missing(marked, who)) if marked else [])


def _distances(x: Any, rows: np.ndarray) -> Any:
    """Return squared distances over what both have, scaled up for what they lack, of shape (n, rows).

    They are infinite where two rows have nothing in common.
    """
    gone, theirs = ops.isnan(x), np.isnan(rows)
    x, rows = ops.where(gone, np.float64(0), x), np.where(theirs, 0.0, rows)
    # The order of scikit-learn's nan_euclidean_distances, so that its rounding is ours.
    total = ops.matmul(x, -2.0 * rows.T) + ops.sum(x * x, axis=1, keepdims=True) + (rows * rows).sum(axis=1)
    total = ops.maximum(total, np.float64(0))
    lacking = ops.cast(gone, "float64")
    total = total - ops.matmul(x * x, theirs.astype(np.float64).T) - ops.matmul(lacking, (rows * rows).T)
    both = ops.matmul(ops.cast(ops.logical_not(gone), "float64"), (~theirs).astype(np.float64).T)
    scaled = ops.maximum(total, np.float64(0)) / ops.maximum(both, np.float64(1)) * np.float64(rows.shape[1])
    return ops.where(ops.equal(both, 0.0), np.float64(np.inf), scaled)


def _mean_of_nearest(distances: Any, donors: np.ndarray, values: np.ndarray, step: Any) -> Any:
    n_nearest = min(step.n_neighbors, len(donors))
    near, at = ops.top_k(-ops.take(distances, donors.astype(np.int32), axis=1), n_nearest)
    apart = ops.sqrt(-near)
    weight = ops.cast(ops.isfinite(near), "float64")
    if step.weights == "distance":
        same = ops.cast(ops.equal(apart, 0.0), "float64")
        weight = ops.where(ops.any(ops.equal(apart, 0.0), axis=1, keepdims=True), same, 1.0 / apart)
    mean = ops.sum(weight * ops.take(values, at), axis=1) / ops.sum(weight, axis=1)
    return ops.where(ops.any(ops.isfinite(near), axis=1), mean, np.float64(values.mean()))
