"""Fitted steps to a Keras model that computes the same numbers from raw columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
from sklearn.utils.validation import check_is_fitted

from datafix.emit.converters.registry import convert
from datafix.emit.described import carry_schema
from datafix.emit.raw_columns import learned_kinds
from datafix.emit.symbols import Column, Number, Raw, Source, input_name, matrix_of
from datafix.errors import NotExportableError, ParameterError
from datafix.preparation import Prepared
from datafix.preparation.lazy_prepared import LazyPrepared


def to_keras(fitted: Any, *, schema: Any = None, dtype: str = "float32") -> keras.Model:
    """Return a Keras model that does what ``fitted.transform`` does.

    The model is made of built-in Keras operations alone: its ``.keras`` file loads where
    datafix is not installed.

    Parameters
    ----------
    fitted : fitted transformer or Pipeline, or Prepared
    schema : object with a mapping ``kinds``, or such a mapping, optional
        What each raw column holds: "number", "boolean", "text" or "time". Needed only where
        neither ``fitted`` nor the categories that it learned tell.
    dtype : {"float32", "float64"}
        Of the features. Inside, the model computes in float64.

    Returns
    -------
    model : keras.Model
        From a dict of (n, 1) tensors, one a raw column (see ``keras_inputs``), to features of
        shape (n, features). A category that ``transform`` would refuse as unknown is encoded
        as zeros (one-hot) or NaN (ordinal) instead: a graph cannot raise.

    Raises
    ------
    NotExportableError
        If a step has no exact form in Keras; the step is named.

    Notes
    -----
    ``KNNImputer`` takes the first of training rows at one distance where scikit-learn takes any of them, and its
    ``weights="distance"`` agree to 1e-9 only: scikit-learn's own distances of rows that nearly meet are rounded.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.preprocessing import StandardScaler
    >>> from datafix.emit import keras_inputs, to_keras
    >>> X = np.array([[1.0], [3.0]])
    >>> model = to_keras(StandardScaler().fit(X))
    >>> model(keras_inputs(X)).numpy().tolist()
    [[-1.0], [1.0]]
    """
    if dtype not in ("float32", "float64"):
        raise ParameterError(f'to_keras needs dtype "float32" or "float64", got {dtype!r}.')
    pipeline, kinds = _steps_and_kinds(fitted, schema)
    sources = [Source(name, kinds.get(name)) for name in _names(pipeline, kinds)]
    columns = convert(pipeline, [_column(source) for source in sources], "to_keras:")
    if not columns:
        raise NotExportableError("to_keras needs a pipeline with at least one output column, got none.")
    who = "to_keras: the output"
    features = matrix_of(carry_schema(columns, sources, who), who, dtype)
    # Several values a row would pass where all steps broadcast, and come out wider: this refuses them.
    features = keras.layers.Reshape((len(columns),), dtype=dtype, name="features")(features)
    inputs = {input_name(source.name): source.tensor for source in sources}
    _refuse_equal_names([source.name for source in sources])
    return keras.Model(inputs, features, name="preprocessing")


def _refuse_equal_names(columns: list[str]) -> None:
    names: dict[str, list[str]] = {}
    for column in columns:
        names.setdefault(input_name(column).lower(), []).append(column)
    if equal := [found for found in names.values() if len(found) > 1]:
        raise NotExportableError(
            f"to_keras needs columns whose names differ by letters, digits and underscores, and not by case alone "
            f"(TensorFlow keeps no others apart), got {equal[0]}. Rename them before fitting."
        )


def _steps_and_kinds(fitted: Any, schema: Any) -> tuple[Any, dict[str, str]]:
    kinds = dict(getattr(schema, "kinds", schema) or {})
    if isinstance(fitted, Prepared | LazyPrepared):
        pipeline, known = fitted.pipeline, fitted.kinds
        if pipeline is None:
            raise NotExportableError(
                "to_keras needs a fitted pipeline, got a Prepared without one. Its features are the raw columns."
            )
    else:
        pipeline, known = fitted, None
    check_is_fitted(pipeline)
    return pipeline, {**kinds, **(known or learned_kinds(pipeline))}


def _names(pipeline: Any, kinds: Mapping[str, str]) -> list[str]:
    learned = getattr(pipeline, "feature_names_in_", None)
    if learned is not None:
        return [str(name) for name in learned]
    n_columns = getattr(pipeline, "n_features_in_", None)
    if n_columns is None:
        return list(kinds)
    return [f"x{at}" for at in range(n_columns)]


def _column(source: Source) -> Column:
    if source.kind in ("number", "boolean"):
        return Number(source.tensor, 0)
    return Raw(source)
