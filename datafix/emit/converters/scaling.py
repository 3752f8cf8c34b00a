"""Scalers of scikit-learn, in the order of operations in which they compute."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops
from scipy import stats

from datafix.emit.lookups import rank
from datafix.emit.symbols import Column, constant, matrix_of, numbers


def standard(step: Any, columns: list[Column], who: str) -> list[Column]:
    """Write StandardScaler."""
    x = matrix_of(columns, who)
    x = x - step.mean_ if step.with_mean else x
    return numbers(x / step.scale_ if step.with_std else x)


def robust(step: Any, columns: list[Column], who: str) -> list[Column]:
    """Write RobustScaler."""
    x = matrix_of(columns, who)
    x = x - step.center_ if step.with_centering else x
    return numbers(x / step.scale_ if step.with_scaling else x)


def max_abs(step: Any, columns: list[Column], who: str) -> list[Column]:
    """Write MaxAbsScaler."""
    x = matrix_of(columns, who) / step.scale_
    return numbers(clipped(x, -1.0, 1.0) if getattr(step, "clip", False) else x)


def min_max(step: Any, columns: list[Column], who: str) -> list[Column]:
    """Write MinMaxScaler."""
    x = matrix_of(columns, who) * step.scale_ + step.min_
    return numbers(clipped(x, *step.feature_range) if step.clip else x)


def quantile(step: Any, columns: list[Column], who: str) -> list[Column]:
    """Write QuantileTransformer."""
    x, edges, heights = matrix_of(columns, who), step.quantiles_, step.references_
    # Forwards and backwards, since repeated quantiles give a jump and its middle is meant.
    share = 0.5 * (_interpolated(x, edges, heights) - _interpolated(-x, -edges[::-1], -heights[::-1]))
    slack = _SLACK if step.output_distribution == "normal" else 0.0
    below, above = (
        (x - slack < edges[0], x + slack > edges[-1]) if slack else (ops.equal(x, edges[0]), ops.equal(x, edges[-1]))
    )
    share = ops.where(above, constant(1.0), share)
    share = ops.where(below, constant(0.0), share)
    if step.output_distribution == "normal":
        share = clipped(
            _normal_quantile(share), *stats.norm.ppf([_SLACK - np.spacing(1), 1 - (_SLACK - np.spacing(1))])
        )
    return numbers(ops.where(ops.isnan(x), x, share))


def power(step: Any, columns: list[Column], who: str) -> list[Column]:
    """Write PowerTransformer."""
    x = matrix_of(columns, who)
    transform = {"yeo-johnson": _yeo_johnson, "box-cox": _box_cox}[step.method]
    y = ops.where(ops.isnan(x), x, transform(x, step.lambdas_))
    # The scaler is private, but what it learned is public nowhere.
    return standard(step._scaler, numbers(y), who) if step.standardize else numbers(y)  # noqa: SLF001


def normalizer(step: Any, columns: list[Column], who: str) -> list[Column]:
    """Write Normalizer."""
    x = matrix_of(columns, who)
    norms = {"l1": lambda: ops.sum(ops.abs(x), axis=1, keepdims=True)}
    norms["l2"] = lambda: ops.sqrt(ops.sum(x * x, axis=1, keepdims=True))
    norms["max"] = lambda: ops.max(ops.abs(x), axis=1, keepdims=True)
    length = norms[step.norm]()
    return numbers(x / ops.where(ops.equal(length, 0.0), constant(1.0), length))


def binarizer(step: Any, columns: list[Column], who: str) -> list[Column]:
    """Write Binarizer."""
    return numbers(ops.cast(matrix_of(columns, who) > constant(step.threshold), "float64"))


def clipped(x: Any, low: Any, high: Any) -> Any:
    """Return x inside [low, high]; NaN stays."""
    low, high = (np.atleast_1d(np.asarray(end, dtype=np.float64)) for end in (low, high))
    x = ops.where(x < low, low, x)
    return ops.where(x > high, high, x)


_SLACK = 1e-7
"""scikit-learn's BOUNDS_THRESHOLD."""


def _interpolated(x: Any, edges: np.ndarray, heights: np.ndarray) -> Any:
    """Return what np.interp does, column by column; edges of shape (values, columns)."""
    n_edges, n_columns = edges.shape
    if n_edges < 2:
        return ops.where(ops.isnan(x), x, constant(heights[0]))
    found = rank(x, edges) - np.int32(1)
    left = ops.maximum(ops.minimum(found, np.int32(n_edges - 2)), np.int32(0))
    at = left * np.int32(n_columns) + np.arange(n_columns, dtype=np.int32)
    slopes = _slopes(edges, heights)
    x0, y0 = ops.take(edges.ravel(), at), ops.take(heights, left)
    y = ops.where(ops.equal(x, x0), y0, ops.take(slopes.ravel(), at) * (x - x0) + y0)
    y = ops.where(found < 0, constant(heights[0]), y)
    return ops.where(found >= n_edges - 1, constant(heights[-1]), y)


def _slopes(edges: np.ndarray, heights: np.ndarray) -> np.ndarray:
    gaps = np.diff(edges, axis=0)
    return np.diff(heights)[:, None] / np.where(gaps > 0, gaps, 1.0)


def _yeo_johnson(x: Any, lambdas: np.ndarray) -> Any:
    positive = ops.log1p(ops.maximum(x, constant(0.0)))
    negative = ops.log1p(ops.maximum(-x, constant(0.0)))
    return ops.where(x >= 0, _powered(positive, lambdas), -_powered(negative, 2.0 - lambdas))


def _box_cox(x: Any, lambdas: np.ndarray) -> Any:
    return _powered(ops.log(x), lambdas)


def _powered(logs: Any, lambdas: np.ndarray) -> Any:
    flat = np.abs(lambdas) < np.spacing(1.0)
    return ops.where(flat, logs, ops.expm1(logs * lambdas) / np.where(flat, 1.0, lambdas))


def _normal_quantile(share: Any) -> Any:
    """Return scipy.stats.norm.ppf to a few units in the last place (Wichura's AS 241, 1988)."""
    centred = share - constant(0.5)
    middle = -(centred * centred) + constant(0.180625)
    inner = centred * _ratio(middle, _INNER)
    tail = ops.where(centred < 0, share, 1.0 - share)
    tail = ops.sqrt(-ops.log(ops.maximum(tail, constant(1e-300))))
    outer = ops.where(tail <= 5.0, _ratio(tail - constant(1.6), _OUTER), _ratio(tail - constant(5.0), _FAR))
    return ops.where(ops.abs(centred) <= 0.425, inner, ops.sign(centred) * outer)


def _ratio(x: Any, coefficients: tuple[tuple[float, ...], tuple[float, ...]]) -> Any:
    top, bottom = (_polynomial(x, part) for part in coefficients)
    return top / bottom


def _polynomial(x: Any, coefficients: tuple[float, ...]) -> Any:
    value = x * constant(coefficients[-1])
    for coefficient in reversed(coefficients[1:-1]):
        value = (value + constant(coefficient)) * x
    return value + constant(coefficients[0])


_INNER = (
    (
        3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
        4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3,
    ),
    (
        1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
        2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3,
    ),
)  # fmt: skip
_OUTER = (
    (
        1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
        1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4,
    ),
    (
        1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
        1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9,
    ),
)  # fmt: skip
_FAR = (
    (
        6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
        2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
    ),
    (
        1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
        7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15,
    ),
)  # fmt: skip
