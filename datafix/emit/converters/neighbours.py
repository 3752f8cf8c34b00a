"""Gaps filled with what the nearest training rows hold."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from keras import ops

from datafix.emit.converters.imputing import indicators, with_missing
from datafix.emit.symbols import Column, constant, matrix_of, numbers
from datafix.errors import DatafixWarning, NotExportableError

_MOST_RATIO = {"uniform": 1e6, "distance": 1e4}
"""Squared values beyond so many times the squared distances leave no digits to tell neighbours by."""


def knn_imputer(step: Any, columns: list[Column], who: str) -> list[Column]:
    """Write KNNImputer."""
    # The training rows are private, but public nowhere.
    donors, gone = np.array(step._fit_X, dtype=np.float64), np.asarray(step._mask_fit_X)  # noqa: SLF001
    valid = np.asarray(step._valid_mask)  # noqa: SLF001
    donors = np.where(gone, np.nan, donors)
    _judge(step, donors, who)
    marked = [with_missing(column, step.missing_values, None, who) for column in columns]
    x = matrix_of(marked, who)
    distances = _squared_distances(x, donors)
    filled: list[Column] = []
    for at in np.flatnonzero(valid | step.keep_empty_features):
        if valid[at]:
            own = _weighted_mean(distances, donors[:, at], step.n_neighbors, step.weights, x.shape[1])
            filled += numbers(ops.where(ops.isnan(x[:, at : at + 1]), own, x[:, at : at + 1]))
        else:
            filled += numbers(ops.zeros_like(x[:, at : at + 1]))
    return filled + (indicators(marked, step.indicator_.features_, who) if step.add_indicator else [])


def _squared_distances(x: Any, donors: np.ndarray) -> Any:
    """Return scikit-learn's nan_euclidean distances squared, per known coordinate; infinite where there is none."""
    theirs = np.where(np.isnan(donors), 0.0, donors).T
    their_gaps = np.isnan(donors).astype(np.float64).T
    gaps = ops.cast(ops.isnan(x), "float64")
    ours = ops.where(ops.isnan(x), constant(0), x)
    squares = ours * ours
    lengths = np.sum(theirs * theirs, axis=0, keepdims=True)
    # The order of scikit-learn's nan_euclidean_distances, so that its rounding is ours.
    distances = ops.matmul(ours, -2.0 * theirs) + ops.sum(squares, axis=1, keepdims=True) + lengths
    distances = ops.maximum(distances, constant(0))
    distances = distances - ops.matmul(squares, their_gaps) - ops.matmul(gaps, theirs * theirs)
    common = ops.matmul(ops.cast(ops.logical_not(ops.isnan(x)), "float64"), 1.0 - their_gaps)
    near = ops.maximum(distances, constant(0)) / ops.maximum(common, constant(1))
    return ops.where(ops.equal(common, 0.0), constant(np.inf), near)


def _weighted_mean(distances: Any, values: np.ndarray, n_neighbors: int, weights: str, width: int) -> Any:
    """Return the mean of the nearest donors that hold a value, of shape (n, 1); of all where none is comparable."""
    known = np.flatnonzero(~np.isnan(values))
    own = ops.take(distances, known.astype(np.int32), axis=1) if len(known) < len(values) else distances
    nearest, at = ops.top_k(-own, min(n_neighbors, len(known)))
    comparable = ops.isfinite(nearest)
    share = ops.cast(comparable, "float64")
    if weights == "distance":
        length = ops.sqrt(-nearest * constant(width))
        same = ops.equal(length, 0.0)
        apart = ops.where(ops.logical_or(same, ops.isinf(length)), constant(0), 1.0 / ops.where(same, 1.0, length))
        share = ops.where(ops.any(same, axis=1, keepdims=True), ops.cast(same, "float64"), apart)
    total = ops.sum(share, axis=1, keepdims=True)
    mean = ops.sum(ops.take(values[known], at) * share, axis=1, keepdims=True)
    mean = mean / ops.where(ops.equal(total, 0.0), constant(1), total)
    return ops.where(ops.any(comparable, axis=1, keepdims=True), mean, constant(values[known].mean()))


def _judge(step: Any, donors: np.ndarray, who: str) -> None:
    if step.metric != "nan_euclidean" or step.weights not in _MOST_RATIO:
        raise NotExportableError(
            f"{who} weighs neighbours by {step.weights!r} and {step.metric!r}, which has no exact form in Keras. "
            "Use weights='uniform' or 'distance' and metric='nan_euclidean'."
        )
    columns = donors[:, ~np.isnan(donors).all(axis=0)]
    spread, largest = float(np.nanvar(columns, axis=0).sum()), float(np.nanmax(np.nansum(columns**2, axis=1)))
    if largest > _MOST_RATIO[step.weights] * max(spread, np.finfo(np.float64).tiny) and spread > 0:
        raise NotExportableError(
            f"{who} measures distances between values that lie far from zero (squares up to {largest:.2g}, variance "
            f"{spread:.2g}): scikit-learn's own rounding then decides who is near. Scale first: "
            "make_pipeline(StandardScaler(), KNNImputer())."
        )
    whole = bool((columns[~np.isnan(columns)] % 1 == 0).all())
    if whole or len(np.unique(columns, axis=0)) < len(columns):
        _warn(who, "rows may be equally near (whole numbers, or copies): scikit-learn takes any, the model the first")
    if step.weights == "distance":
        _warn(who, "scikit-learn's distances of rows that nearly meet keep few digits, and so do weights by distance")


def _warn(who: str, why: str) -> None:
    warnings.warn(f"{who}: {why}. Filled values can differ there.", DatafixWarning, stacklevel=4)
