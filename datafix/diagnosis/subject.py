"""What a question is asked about: a model and a sample of its training data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

SAMPLE_ROWS = 2048
PASSING_ON = ("Dropout", "Flatten", "Reshape", "Identity", "InputLayer")
ACTIVATIONS = {"Softmax": "softmax", "ReLU": "relu", "LeakyReLU": "leaky_relu"}


@dataclass(frozen=True)
class Subject:
    """A Keras model beside the first rows of what it is to learn from.

    Attributes
    ----------
    model : keras.Model
    features : ndarray of shape (rows, ...)
    target : ndarray of shape (rows,) or (rows, outputs), or None
    """

    model: Any
    features: np.ndarray
    target: np.ndarray | None

    @property
    def loss(self) -> str:
        """Name of the loss the model was compiled with, "" where there is none or it is the user's own."""
        loss = getattr(self.model, "loss", None)
        if isinstance(loss, str):
            import keras

            loss = keras.losses.get(loss)
        name = getattr(loss, "name", None) or getattr(loss, "__name__", "")
        return str(name)

    @property
    def from_logits(self) -> bool:
        """Whether the loss expects logits."""
        loss: Any = getattr(self.model, "loss", None)
        config = loss.get_config() if hasattr(loss, "get_config") else {}
        return bool(config.get("from_logits", False))

    @property
    def head(self) -> str:
        """Name of the activation of the model's last layer, "linear" where it has none."""
        layers = [layer for layer in self.model.layers if type(layer).__name__ not in PASSING_ON]
        if not layers:
            return "linear"
        if type(layers[-1]).__name__ in ACTIVATIONS:
            return ACTIVATIONS[type(layers[-1]).__name__]
        activation = getattr(layers[-1], "activation", None)
        return getattr(activation, "__name__", "linear")

    @property
    def n_outputs(self) -> int | None:
        """Width of the model's output, None where it is not one matrix."""
        shape = getattr(self.model, "output_shape", None)
        return shape[-1] if isinstance(shape, tuple) and len(shape) == 2 else None
