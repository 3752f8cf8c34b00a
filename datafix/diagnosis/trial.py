"""A copy of a model's weights to try things on: the model itself stays as it is."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from datafix.diagnosis.initial import initial_values

SAID = r"(?s).*(received `from_logits=True`|softmax over axis|expected y_pred.shape)"
"""What Keras warns of heads and losses, and a question says with its next step."""
SCALE = 1024.0
"""Of the loss, for gradients that float16 could not hold, where the model has an optimizer that scales."""


class Trial:
    """Weights, state and optimizer of a model, copied; steps change the copy alone.

    The layers are the user's, but every read of a variable is answered with the copy (``keras.StatelessScope``): the
    model's weights, its optimizer, its random state, and Keras' global one stay as they are.

    Parameters
    ----------
    model : keras.Model
        Built and compiled, of one output.
    initial : bool
        Whether the copy begins with the weights with which the model began (``initial.py``); those of layers that do
        not learn, and those that are not known, stay.
    """

    def __init__(self, model: keras.Model, *, initial: bool = False) -> None:
        self.model = model
        values = initial_values(model) if initial else {}
        # Kept as lists: a first call of the model may add metrics to its variables.
        self._trained, self._untrained = list(model.trainable_variables), list(model.non_trainable_variables)
        self.state = [tf.Variable(_begun(variable, values)) for variable in self._untrained]
        # The optimizer is given Keras variables, for it keeps their momenta.
        self._learned = [keras.Variable(_begun(variable, values), name=variable.name) for variable in self._trained]
        self.learning_rate = learning_rate_of(model, initial=initial)
        optimizer = _optimizer_of(model)
        self._scale = 1.0 if optimizer is model.optimizer else SCALE
        config = optimizer.get_config() | {"learning_rate": self.learning_rate}
        self.optimizer = type(optimizer).from_config(config)
        self.optimizer.build(self._learned)
        self._slots = [tf.identity(variable.value) for variable in self.optimizer.variables]
        self._first = [tf.identity(variable.value) for variable in self._learned]
        self._state = [tf.identity(variable) for variable in self.state]
        self._step = tf.function(self._step_once, reduce_retracing=True)

    def reset(self, learning_rate: float | None = None) -> None:
        """Go back to the model's weights, state and fresh optimizer, with another learning rate where one is given."""
        for mine, first in zip(self._learned, self._first, strict=True):
            mine.assign(first)
        for mine, first in zip(self.state, self._state, strict=True):
            mine.assign(first)
        for slot, first in zip(self.optimizer.variables, self._slots, strict=True):
            slot.assign(first)
        self.optimizer.learning_rate = self.learning_rate if learning_rate is None else learning_rate

    @property
    def weights(self) -> list[Any]:
        """The copy of the trainable variables, as tensors."""
        return [tf.convert_to_tensor(variable.value) for variable in self._learned]

    def step(self, x: Any, y: Any, sample_weight: Any = None) -> tuple[float, np.ndarray]:
        """Take one step; return the loss before it and the norm of each variable's gradient."""
        loss, norms = self._step(x, y, sample_weight)
        return float(loss), norms.numpy()

    def outputs(
        self, x: Any, *, weights: Sequence[Any] | None = None, draw: int = 0, training: bool = False
    ) -> np.ndarray:
        """Return outputs by the copy, or by other weights, float64 of shape (rows, ...); what layers learn is lost.

        With another ``draw`` layers that draw at random do so from another seed.
        """
        with self.scope(weights, draw=draw):
            return np.asarray(self.model(x, training=training), dtype=np.float64)

    def loss(self, x: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the loss of rows by the copy, as in evaluation."""
        with self.scope():
            return float(self._loss(x, y, sample_weight, training=False))

    @contextmanager
    def scope(self, weights: Sequence[Any] | None = None, *, draw: int = 0) -> Iterator[keras.StatelessScope]:
        """Open a scope in which the model's layers compute with the copy, or with other weights."""
        values = self.weights if weights is None else weights
        pairs = zip(self._trained, map(tf.convert_to_tensor, values), strict=True)
        seeded = [
            value + draw if draw and value.dtype.is_integer else tf.convert_to_tensor(value) for value in self.state
        ]
        state = zip(self._untrained, seeded, strict=True)
        with warnings.catch_warnings(), keras.StatelessScope([*pairs, *state], collect_losses=True) as scope:
            warnings.filterwarnings("ignore", message=SAID)
            yield scope

    def _loss(self, x: Any, y: Any, sample_weight: Any, *, training: bool) -> Any:
        predicted = self.model(x, training=training)
        return self.model.compute_loss(x=x, y=y, y_pred=predicted, sample_weight=sample_weight, training=training)

    def _step_once(self, x: Any, y: Any, sample_weight: Any) -> tuple[Any, Any]:
        with tf.GradientTape() as tape:
            values = self.weights
            with self.scope(values) as scope:
                loss = self._loss(x, y, sample_weight, training=True)
                scaled = loss * self._scale
            state = [scope.get_current_value(variable) for variable in self._untrained]
        gradients = tape.gradient(scaled, values, unconnected_gradients="zero")
        if self._scale != 1:
            gradients = [tf.convert_to_tensor(gradient) / self._scale for gradient in gradients]
        for mine, new in zip(self.state, state, strict=True):
            mine.assign(new)
        self.optimizer.apply(gradients)
        return loss, tf.stack([tf.norm(tf.convert_to_tensor(gradient)) for gradient in gradients])


def learning_rate_of(model: Any, *, initial: bool = False) -> float:
    """Return the learning rate that the model's optimizer has now; of a schedule, that of its step, or of the first."""
    optimizer = _optimizer_of(model)
    schedule = optimizer.get_config()["learning_rate"]
    if initial and isinstance(schedule, dict):
        return float(keras.ops.convert_to_numpy(keras.optimizers.schedules.deserialize(schedule)(0)))
    return float(keras.ops.convert_to_numpy(optimizer.learning_rate))


def _optimizer_of(model: Any) -> Any:
    """Return the optimizer that takes the steps, inside of one that scales the loss."""
    return getattr(model.optimizer, "inner_optimizer", model.optimizer)


def _begun(variable: Any, values: dict[int, np.ndarray]) -> Any:
    return values.get(id(variable), variable.value)
