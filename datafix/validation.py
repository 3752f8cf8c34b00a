"""What every transformer does with the X it is given, and with the frame it gives back."""

from __future__ import annotations

from functools import partial
from typing import Any

import narwhals as nw
import numpy as np
from scipy.sparse import issparse
from sklearn import get_config
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data

from datafix.columns import as_frame
from datafix.engines import is_lazy, partitions_of
from datafix.errors import ParameterError, TableError


def validate_frame(estimator: BaseEstimator, X: Any, *, reset: bool) -> nw.DataFrame[Any]:
    """Check X as scikit-learn's ``validate_data`` does, but keep each column's kind.

    Parameters
    ----------
    estimator : BaseEstimator
        Bears ``n_features_in_`` and, for frames, ``feature_names_in_``.
    X : dataframe or array of shape (rows, columns)
        Missing values and infinities may stand in it.
    reset : bool
        True in ``fit`` (the features are learned), False afterwards (they are compared).

    Returns
    -------
    frame : narwhals.DataFrame
        Array columns are named ``x0``, ``x1``, ...
    """
    who = type(estimator).__name__
    if not _is_frame(X):
        if getattr(X, "ndim", 2) > 2:
            raise TableError(
                f"{who} needs a table of shape (rows, columns), got an array of shape {X.shape}. Images go to "
                "datafix.prepare without a pipeline, or flattened: X.reshape(len(X), -1)."
            )
        X = validate_data(estimator, X, reset=reset, dtype=None, ensure_all_finite="allow-nan")
        return as_frame(X, who=who)
    frame = as_frame(X, who=who)
    if reset and not (len(frame) and frame.columns):
        raise TableError(
            f"{who} needs at least one row and one column to learn from, got a frame of shape {frame.shape}."
        )
    validate_data(estimator, frame.to_native(), reset=reset, skip_check_array=True)
    return frame


def transformed_by_partition(estimator: Any, X: Any) -> Any:
    """Return a lazy frame transformed: a lazy frame of the same engine, each partition transformed where it is.

    What an estimator gives as an array becomes columns named by its ``get_feature_names_out``.

    Raises
    ------
    ParameterError
        If ``set_output`` asks for a frame in memory.
    """
    own = getattr(estimator, "_sklearn_output_config", {})
    wanted = own.get("transform", get_config()["transform_output"])
    if wanted != "default":
        raise ParameterError(
            f"{type(estimator).__name__} was told set_output(transform={wanted!r}), which is a frame in memory, and "
            "got a lazy one, which stays lazy. Leave set_output at 'default', or collect the frame first."
        )
    return partitions_of(X).map(partial(_transformed, estimator))


def _transformed(estimator: Any, part: Any) -> Any:
    output = estimator.transform(part)
    if _is_frame(output):
        return output
    dense = output.toarray() if issparse(output) else output
    frame = as_frame(part)
    names = [str(name) for name in estimator.get_feature_names_out()]
    made = nw.from_numpy(dense, names, backend=frame.implementation).to_native()
    return made.set_axis(part.index) if frame.implementation.is_pandas() else made


def like_input(frame: nw.DataFrame[Any], X: Any) -> Any:
    """Return the frame as X came: a frame of the engine, or an array for an array."""
    if _is_frame(X):
        return frame.to_native()
    return frame.to_numpy()


def _is_frame(X: Any) -> bool:
    return not isinstance(X, np.ndarray) and (
        isinstance(X, nw.DataFrame) or is_lazy(X) or hasattr(X, "columns") or hasattr(X, "column_names")
    )
