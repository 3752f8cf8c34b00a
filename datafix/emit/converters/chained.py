"""Linear regressions that fill each other's gaps, round after round."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops
from sklearn.linear_model import (
    ARDRegression,
    BayesianRidge,
    ElasticNet,
    ElasticNetCV,
    HuberRegressor,
    Lars,
    LarsCV,
    Lasso,
    LassoCV,
    LassoLars,
    LassoLarsCV,
    LassoLarsIC,
    LinearRegression,
    OrthogonalMatchingPursuit,
    PassiveAggressiveRegressor,
    Ridge,
    RidgeCV,
    SGDRegressor,
    TheilSenRegressor,
)

from datafix.emit.converters.imputing import fill_missing, indicators, with_missing
from datafix.emit.converters.rounding import tell_of_rounding
from datafix.emit.symbols import Column, constant, matrix_of, numbers
from datafix.errors import NotExportableError

_LINEAR = (
    ARDRegression, BayesianRidge, ElasticNet, ElasticNetCV, HuberRegressor, Lars, LarsCV, Lasso, LassoCV, LassoLars,
    LassoLarsCV, LassoLarsIC, LinearRegression, OrthogonalMatchingPursuit, PassiveAggressiveRegressor, Ridge, RidgeCV,
    SGDRegressor, TheilSenRegressor,
)  # fmt: skip
"""Their prediction is a weighted sum and an intercept, no more."""


def iterative_imputer(step: Any, columns: list[Column], who: str) -> list[Column]:
    """Write IterativeImputer of linear regressions."""
    _refuse(step, who)
    marked = [with_missing(column, step.missing_values, None, who) for column in columns]
    empty = np.asarray(step._is_empty_feature)  # noqa: SLF001 - public nowhere
    kept = list(range(len(columns))) if step.keep_empty_features else np.flatnonzero(~empty).tolist()
    raw = matrix_of([marked[at] for at in kept], who)
    start = fill_missing(numbers(raw), step.initial_imputer_.statistics_[kept].tolist(), who)
    filled = matrix_of(start, who)
    if step.n_iter_:
        _tell_of_rounding(step, np.asarray(step.initial_imputer_.statistics_, dtype=np.float64)[kept], columns, who)
        gaps = ops.logical_and(ops.isnan(raw), ~empty[kept][None, :])
        # A batch in which nothing is known keeps the first fills, whatever its size.
        filled = ops.where(ops.all(gaps), filled, _rounds(step, filled, gaps))
    return numbers(filled) + (indicators(marked, step.indicator_.features_, who) if step.add_indicator else [])


def _rounds(step: Any, filled: Any, gaps: Any) -> Any:
    width = filled.shape[1]
    low, high = (np.broadcast_to(limit, width) for limit in (step._min_value, step._max_value))  # noqa: SLF001
    own = {int(turn.feat_idx): _gaps_of(gaps, int(turn.feat_idx)) for turn in step.imputation_sequence_}
    for turn in step.imputation_sequence_:
        at, weights = int(turn.feat_idx), _weights(turn, width)
        predicted = ops.matmul(filled, weights[:, None]) + constant(np.ravel(turn.estimator.intercept_)[0])
        predicted = ops.maximum(predicted, low[at]) if np.isfinite(low[at]) else predicted
        predicted = ops.minimum(predicted, high[at]) if np.isfinite(high[at]) else predicted
        filled = ops.where(own[at], predicted, filled)
    return filled


def _weights(turn: Any, width: int) -> np.ndarray:
    weights = np.zeros(width)
    weights[turn.neighbor_feat_idx] = np.ravel(turn.estimator.coef_)
    return weights


def _tell_of_rounding(step: Any, fills: np.ndarray, columns: list[Column], who: str) -> None:
    sizes = np.abs(fills)
    turns = step.imputation_sequence_
    sums = np.array([np.abs(_weights(turn, len(fills))) @ sizes for turn in turns])
    tell_of_rounding(sums, np.maximum(1.0, sizes[[int(turn.feat_idx) for turn in turns]]), columns, who)


def _gaps_of(gaps: Any, at: int) -> Any:
    return ops.logical_and(gaps, (np.arange(gaps.shape[1]) == at)[None, :])


def _refuse(step: Any, who: str) -> None:
    if step.sample_posterior:
        raise NotExportableError(
            f"{who} draws at random (sample_posterior=True), which two programs never do alike. "
            "Fit it with sample_posterior=False."
        )
    others = {type(turn.estimator) for turn in step.imputation_sequence_} - set(_LINEAR)
    if others:
        raise NotExportableError(
            f"{who} predicts with {', '.join(sorted(other.__name__ for other in others))}, which has no exact form in "
            "Keras. Use a linear estimator, such as BayesianRidge() or Ridge(), or TableImputer."
        )
