"""What an estimator's fit is given beside X and y: cut and multiplied along with the rows."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import has_fit_parameter

from datafix.columns import row_count, take
from datafix.errors import ParameterError
from datafix.rows.recording import NEW_ROW
from datafix.rows.selection import Selection

WEIGHT = "sample_weight"


def weight_name(estimator: Any) -> str | None:
    """Return under which name ``fit`` takes weights without routing: a Pipeline's last step bears its own.

    None: it takes none.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> weight_name(make_pipeline(LinearRegression()))
    'linearregression__sample_weight'
    """
    if isinstance(estimator, Pipeline):
        name, last = estimator.steps[-1]
        inner = weight_name(last) if hasattr(last, "fit") else None
        return None if inner is None else f"{name}__{inner}"
    if has_fit_parameter(estimator, WEIGHT):
        return WEIGHT
    kinds = {parameter.kind for parameter in inspect.signature(estimator.fit).parameters.values()}
    return WEIGHT if inspect.Parameter.VAR_KEYWORD in kinds else None  # a search or a wrapper hands it on


def takes_groups(estimator: Any) -> bool:
    """Tell whether ``fit`` takes groups without routing: another ResampledTrainer does, and a search, for its folds."""
    return has_fit_parameter(estimator, "groups") or isinstance(estimator, GridSearchCV | RandomizedSearchCV)


def cut(params: dict[str, Any], n_rows: int, chosen: Selection) -> dict[str, Any]:
    """Cut what has one value a row to the chosen rows, and repeat it as they are; leave the rest as it is.

    Raises
    ------
    ParameterError
        If rows are new: nobody knows their values.
    """
    aligned = [name for name, value in params.items() if _one_a_row(value, n_rows)]
    if aligned and chosen.has_new_rows:
        raise ParameterError(
            f"ResampledTrainer cannot tell {aligned} of the rows that its steps made. "
            "Use steps that only drop, repeat, relabel or reweight, or leave these out of fit."
        )
    return {name: take(_rows(value), chosen.indices) if name in aligned else value for name, value in params.items()}


def weights(values: Any, chosen: Selection) -> np.ndarray | None:
    """Return weights of the chosen rows: the given ones, cut, 1 for new rows, times the steps' factors."""
    if values is None:
        return chosen.factor
    given = np.asarray(values, dtype=float)
    kept = np.where(chosen.indices == NEW_ROW, 1.0, given[np.maximum(chosen.indices, 0)])
    return kept if chosen.factor is None else kept * chosen.factor


def _rows(value: Any) -> Any:
    """Return an array of pyarrow's as NumPy's; all else has rows already."""
    known = isinstance(value, list | tuple) or issparse(value)
    known = known or any(hasattr(value, name) for name in ("dtype", "columns", "column_names", "iloc", "chunks"))
    return value if known else np.asarray(value)


def _one_a_row(value: Any, n_rows: int) -> bool:
    if isinstance(value, str | bytes | dict):
        return False
    has_rows = issparse(value) or (hasattr(value, "__len__") and getattr(value, "ndim", 1) > 0)
    return has_rows and row_count(value) == n_rows
