"""A model with new weights."""

from __future__ import annotations

from typing import Any

import keras

from datafix.seeding import seeded


def fresh_copy(model: Any) -> Any:
    """Return a compiled copy of a model's configuration with new weights, None where it cannot be had.

    Layers that do not learn keep theirs. The global generators are left as they were.
    """
    if not isinstance(model, keras.Sequential) and not hasattr(model, "operations"):  # a graph of layers has them
        return None
    with seeded(0):
        copy = keras.models.clone_model(model)
        for layer, known in zip(copy.layers, model.layers, strict=True):
            layer.trainable = known.trainable
            if isinstance(layer, keras.layers.Normalization) or not known.trainable:
                layer.set_weights(known.get_weights())
        optimizer = type(model.optimizer).from_config(model.optimizer.get_config())
        copy.compile(optimizer=optimizer, loss=model.loss)
    return copy
