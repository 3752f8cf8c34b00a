"""IterativeImputer with linear models: one column after the other, round after round, as at fit."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops
from sklearn import linear_model

from datafix.emit.converters.imputing import simple_imputer
from datafix.emit.converters.scaling import clipped
from datafix.emit.symbols import Column, matrix_of, missing, numbers
from datafix.errors import NotExportableError

_LINEAR = (
    linear_model.ARDRegression,
    linear_model.BayesianRidge,
    linear_model.ElasticNet,
    linear_model.ElasticNetCV,
    linear_model.HuberRegressor,
    linear_model.Lars,
    linear_model.Lasso,
    linear_model.LassoCV,
    linear_model.LassoLars,
    linear_model.LinearRegression,
    linear_model.OrthogonalMatchingPursuit,
    linear_model.Ridge,
    linear_model.RidgeCV,
    linear_model.SGDRegressor,
    linear_model.TheilSenRegressor,
)


def iterative_imputer(step: Any, columns: list[Column], who: str) -> list[Column]:
    """Write IterativeImputer, with its indicators."""
    _refuse_what_is_not_linear(step, who)
    x = matrix_of(columns, who)
    known = _marked(x, step.missing_values)
    initial = matrix_of(simple_imputer(step.initial_imputer_, numbers(x), who), who)
    kept = _kept(step, x.shape[1])
    gone = ops.take(ops.isnan(known), np.array(kept, dtype=np.int32), axis=1)
    filled = _columns(initial)
    for at, others, model in [] if step.n_iter_ == 0 else _sequence(step):
        # What scikit-learn was never to impute it keeps as it was filled at first.
        rest = ops.stack([filled[int(other)] for other in others], axis=1)
        said = ops.squeeze(ops.matmul(rest, np.ravel(model.coef_)[:, None]), 1) + np.float64(
            np.ravel(model.intercept_)[0]
        )
        said = clipped(said, _bound(step, "_min_value", at), _bound(step, "_max_value", at))
        filled[at] = ops.where(gone[:, at], said, filled[at])
    made = ops.stack(filled, axis=1)
    # A table without a single value gets the first fill, as scikit-learn gives it.
    made = ops.where(ops.all(gone), initial, made)
    marked = [numbers(known)[int(at)] for at in step.indicator_.features_] if step.add_indicator else []
    return numbers(made) + (numbers(missing(marked, who)) if marked else [])


def _refuse_what_is_not_linear(step: Any, who: str) -> None:
    models = {type(triplet.estimator) for triplet in step.imputation_sequence_}
    others = sorted(model.__name__ for model in models if model not in _LINEAR)
    if others:
        raise NotExportableError(
            f"{who} imputes with {others[0]}, which has no exact form in Keras. "
            "Give IterativeImputer a linear model, such as BayesianRidge(), or use TableImputer."
        )
    if step.sample_posterior:
        raise NotExportableError(
            f"{who} draws at random (sample_posterior=True), so that no two calls agree. "
            "Fit it with sample_posterior=False."
        )


def _sequence(step: Any) -> list[tuple[int, np.ndarray, Any]]:
    return [(int(at), np.asarray(others), model) for at, others, model in step.imputation_sequence_]


def _kept(step: Any, n_columns: int) -> list[int]:
    if step.keep_empty_features:
        return list(range(n_columns))
    return [at for at, fill in enumerate(step.initial_imputer_.statistics_) if not np.isnan(fill)]


def _bound(step: Any, name: str, at: int) -> float:
    return float(getattr(step, name)[at])


def _marked(x: Any, marker: Any) -> Any:
    """Return x with its marker of missing values made NaN."""
    return (
        x if marker is None or np.isnan(marker) else ops.where(ops.equal(x, np.float64(marker)), np.float64(np.nan), x)
    )


def _columns(x: Any) -> list[Any]:
    return [x[:, at] for at in range(x.shape[1])]
