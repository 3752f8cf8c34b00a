"""What a row step of any kind plans."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.base import is_outlier_detector

from datafix.columns import as_frame
from datafix.errors import ParameterError
from datafix.rows.plan import RowPlan
from datafix.rows.tracing import resampled_plan


def plan_of(name: str, step: Any, X: Any, y: Any, *, sample_weight: Any, groups: Any) -> RowPlan:
    """Return what a step of datafix, of imbalanced-learn or of scikit-learn plans.

    Raises
    ------
    ParameterError
        If it is none of these.
    """
    if hasattr(step, "select"):
        plan = step.select(X, y, sample_weight=sample_weight, groups=groups)
        if not isinstance(plan, RowPlan):
            raise ParameterError(f"Row step {name!r}: select must return a RowPlan, got {type(plan).__name__}.")
        return plan
    if hasattr(step, "fit_resample"):
        return resampled_plan(name, step, X, y)
    if hasattr(step, "fit_predict") and is_outlier_detector(step):
        return RowPlan(np.flatnonzero(~outliers_found(step, X)), reason="outlier")
    raise ParameterError(
        f"Row step {name!r} must have select (datafix), fit_resample (imbalanced-learn) or be an "
        f"outlier detector with fit_predict (scikit-learn), got {type(step).__name__}. "
        "A transformer belongs into a Pipeline, which may be the estimator."
    )


def outliers_found(detector: Any, X: Any) -> np.ndarray:
    """Fit scikit-learn's outlier detector, and return which rows it calls outliers, bool of shape (rows,).

    It is given a frame of any engine as pandas, which scikit-learn reads.
    """
    if not issparse(X) and not isinstance(X, np.ndarray):
        X = as_frame(X).to_pandas()
    return np.asarray(detector.fit_predict(X)) != 1
