"""What a Keras model makes of its inputs, as features for scikit-learn."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import validate_data

from datafix.emit.dataset import make_dataset
from datafix.errors import ParameterError, TableError
from datafix.wrappers.graph import outputs_of
from datafix.wrappers.tracing import traced_once


class KerasEmbedder(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Turn rows into the outputs of a layer of a fitted Keras model.

    Stateless: nothing is learned from the rows, and the model is only asked. A clone shares the model, a
    pickle and a deep copy have their own.

    Parameters
    ----------
    model : keras.Model
        Sequential, or functional, of one input.
    layer : str or int, optional
        Name or position of a layer of the model; its outputs are taken. None: what the last layer is given.
    batch_size : int, default=256

    Raises
    ------
    ParameterError
        If ``model`` has no graph of layers (a subclassed model), or no such layer.
    TableError
        If rows have another shape than the model takes, or the model gives NaN.

    Notes
    -----
    A model that was trained on the very rows whose labels are to be judged says little about these labels: it has
    learned the wrong ones too, and its embedding puts each row beside its label. Before a ``MislabelDetector``, embed
    with a model trained on other rows, or on another task (such as one of ``keras.applications``).

    Examples
    --------
    >>> import keras, numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> layers = keras.layers
    >>> model = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(2, 5), layers.Flatten(), layers.Dense(10)])
    >>> images = np.random.default_rng(0).integers(0, 255, (20, 8, 8, 1), np.uint8)
    >>> KerasEmbedder(model).fit_transform(images).shape
    (20, 32)
    >>> pipeline = make_pipeline(KerasEmbedder(model), LogisticRegression()).fit(images, np.arange(20) % 2)
    """

    def __init__(self, model: keras.Model, *, layer: str | int | None = None, batch_size: int = 256) -> None:
        self.model = model
        self.layer = layer
        self.batch_size = batch_size

    def fit(self, X: Any, y: Any = None) -> KerasEmbedder:
        """Check the model and the shape of the rows; nothing is learned, and y is ignored."""
        self._check_shape(self._validated(X, reset=True), self._embedding())
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Return float32 features of shape (rows, values of the layer) for X of shape (rows, ...)."""
        X, embedding = self._validated(X, reset=False), self._embedding()
        self._check_shape(X, embedding)
        with traced_once():
            outputs = embedding.predict(make_dataset(X, batch_size=self.batch_size), verbose=0)
        features = np.asarray(outputs, dtype=np.float32).reshape(len(X), -1)
        if not np.isfinite(features).all():
            raise TableError(
                "KerasEmbedder got NaN or infinity from the model. Scale the rows as those it was trained on."
            )
        return features

    @property
    def _n_features_out(self) -> int:
        shape = self._embedding().output_shape[1:]
        if None in shape:
            raise ParameterError(f"KerasEmbedder cannot name features of no fixed number, got outputs of {shape}.")
        return int(np.prod(shape))

    def _validated(self, X: Any, *, reset: bool) -> np.ndarray:
        return validate_data(self, X, reset=reset, allow_nd=True, dtype="numeric")

    def _embedding(self) -> keras.Model:
        """Return a model of the user's own layers, which stay as they are."""
        outputs = outputs_of(self.model, self.layer, who="KerasEmbedder")
        return keras.Model(self.model.inputs[0], outputs)

    def _check_shape(self, X: np.ndarray, embedding: keras.Model) -> None:
        needed = embedding.input_shape[1:]
        given = X.shape[1:]
        if len(needed) != len(given) or any(size not in (None, have) for size, have in zip(needed, given, strict=True)):
            raise TableError(
                f"KerasEmbedder needs rows of shape {needed}, as its model takes them, got {given}. "
                "Reshape X, for example images[..., None]."
            )

    def __sklearn_clone__(self) -> KerasEmbedder:
        # A deep copy would write and read the whole model, and transform never changes it.
        return type(self)(self.model, layer=self.layer, batch_size=self.batch_size)

    def __getstate__(self) -> dict[str, Any]:
        # By content: a .keras file holds its date, by which joblib.Memory would not know the model again.
        state = dict(super().__getstate__())
        if isinstance(self.model, keras.Model):
            state["model"] = keras.saving.serialize_keras_object(self.model), self.model.get_weights()
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        if isinstance(state["model"], tuple):
            content, weights = state["model"]
            model = keras.saving.deserialize_keras_object(content)
            model.set_weights(weights)
            state = {**state, "model": model}
        super().__setstate__(state)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags
