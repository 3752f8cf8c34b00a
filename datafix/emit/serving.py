"""A trained model and its preprocessing as one model, from raw columns to predictions."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler

from datafix.emit.keras_graph import to_keras
from datafix.errors import NotExportableError


def with_preprocessing(model: keras.Model, prepared: Any, *, schema: Any = None, decode: bool = False) -> keras.Model:
    """Return one Keras model from raw columns to predictions.

    Parameters
    ----------
    model : keras.Model
        Trained on ``prepared``'s features. The weights are shared, not copied.
    prepared : Prepared or fitted pipeline
    schema : optional
        As in ``to_keras``.
    decode : bool, default=False
        Give class names, shape (n, 1), instead of probabilities or logits; or, where the target
        was scaled, predictions in the target's own units. Where neither was done to the target,
        predictions are in its units already.

    Returns
    -------
    served : keras.Model
        Takes what ``keras_inputs`` gives. Its ``.keras`` file needs datafix no more than ``model``'s does.

    Raises
    ------
    NotExportableError
        If the pipeline has no exact form in Keras, the model does not fit it, or its output cannot be decoded.

    Examples
    --------
    >>> import keras, numpy as np
    >>> from sklearn.preprocessing import StandardScaler
    >>> from datafix.emit import keras_inputs, with_preprocessing
    >>> X = np.array([[1.0], [3.0]])
    >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Rescaling(10.0)])
    >>> with_preprocessing(model, StandardScaler().fit(X))(keras_inputs(X)).numpy().tolist()
    [[-10.0], [10.0]]
    """
    preprocessing = to_keras(prepared, schema=schema)
    _check_width(model, preprocessing)
    predictions = model(preprocessing.output)
    if decode:
        predictions = _decoded(model, predictions, prepared)
    return keras.Model(preprocessing.input, predictions, name="served")


def _check_width(model: keras.Model, preprocessing: keras.Model) -> None:
    width, takes = preprocessing.output.shape[-1], getattr(model, "input_shape", None)
    if isinstance(takes, tuple) and len(takes) == 2 and takes[1] not in (None, width):
        raise NotExportableError(
            f"with_preprocessing needs a model that takes the pipeline's {width} features, got one that takes "
            f"{takes[1]}. Train the model on this Prepared's features."
        )


def _decoded(model: keras.Model, predictions: Any, prepared: Any) -> Any:
    if not hasattr(predictions, "shape"):
        raise NotExportableError("with_preprocessing can decode one output, and the model has several.")
    classes = getattr(prepared, "classes_", None)
    if classes is not None:
        return _class_names(_class_codes(model, predictions, len(classes)), np.asarray(classes))
    return _in_own_units(predictions, getattr(prepared, "target_transformer", None))


def _class_codes(model: keras.Model, predictions: Any, n_classes: int) -> Any:
    width = predictions.shape[-1]
    if len(predictions.shape) == 2 and width == n_classes:
        return ops.argmax(predictions, axis=-1, keepdims=True)
    if len(predictions.shape) != 2 or width != 1 or n_classes != 2:
        raise NotExportableError(
            f"with_preprocessing needs one output a class to name {n_classes} classes (or a single one where "
            f"there are two), got predictions of shape {predictions.shape}. Pass decode=False."
        )
    return ops.cast(predictions > _threshold(model), "int32")


def _threshold(model: keras.Model) -> float:
    """Return where a single output turns to the second class: 0.5 of a probability, 0 of a logit."""
    head = model.layers[-1] if model.layers else None
    activation = getattr(getattr(head, "activation", None), "__name__", None)
    if activation == "sigmoid" or isinstance(getattr(model, "loss", None), str):
        return 0.5
    if activation == "linear" and getattr(getattr(model, "loss", None), "from_logits", False):
        return 0.0
    raise NotExportableError(
        "with_preprocessing cannot tell whether the model's single output is a probability or a logit. "
        "End the model in a sigmoid, or compile it with BinaryCrossentropy(from_logits=True)."
    )


def _class_names(codes: Any, classes: np.ndarray) -> Any:
    if classes.dtype.kind in "biuf":
        return ops.take(classes, codes)
    names = [str(name) for name in classes]
    lookup = keras.layers.StringLookup(vocabulary=names, invert=True, mask_token=None, num_oov_indices=0)
    return lookup(codes)


def _in_own_units(predictions: Any, transformer: Any) -> Any:
    if transformer is None:
        return predictions
    values = ops.cast(predictions, "float64")
    if type(transformer) is StandardScaler:
        values = values * transformer.scale_ if transformer.with_std else values
        values = values + transformer.mean_ if transformer.with_mean else values
    elif type(transformer) is RobustScaler:
        values = values * transformer.scale_ if transformer.with_scaling else values
        values = values + transformer.center_ if transformer.with_centering else values
    elif type(transformer) is MinMaxScaler:
        values = (values - transformer.min_) / transformer.scale_
    elif type(transformer) is MaxAbsScaler:
        values = values * transformer.scale_
    else:
        raise NotExportableError(
            f"with_preprocessing cannot undo {type(transformer).__name__} of the target in Keras; it can undo "
            "StandardScaler, RobustScaler, MinMaxScaler and MaxAbsScaler. Pass decode=False, and undo it after predict."
        )
    return ops.cast(values, "float32")
