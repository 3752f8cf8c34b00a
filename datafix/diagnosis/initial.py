"""The weights with which a model began."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np


def initial_values(model: Any) -> dict[int, np.ndarray]:
    """Return what the initialisers of a model's layers give its variables, by the variables' identities.

    An initialiser of Keras draws from a seed of its own, the same numbers each time: for a model that was built here
    these are the very weights with which its training began. No generator is touched: what was drawn from one that goes
    on (``keras.random.SeedGenerator``) is not found, nor are weights that were loaded, or made by a layer's own code.
    """
    values: dict[int, np.ndarray] = {}
    for layer in all_layers(model):
        for name, initializer in vars(layer).items():
            if not name.endswith("_initializer") or not callable(initializer):
                continue
            if isinstance(getattr(initializer, "seed", None), keras.random.SeedGenerator):
                continue
            variable = _variable(layer, name.removesuffix("_initializer"))
            if variable is not None:
                values[id(variable)] = keras.ops.convert_to_numpy(initializer(variable.shape, dtype=variable.dtype))
    return values


def all_layers(layer: Any, seen: set[int] | None = None) -> Iterator[Any]:
    """Yield the layers inside of a layer or model in their order, each before what is inside of it.

    Inside of wrappers, cells and attributes too.
    """
    seen = {id(layer)} if seen is None else seen
    for part in [*getattr(layer, "layers", []), *filter(_is_layer, vars(layer).values())]:
        if id(part) not in seen:
            seen.add(id(part))
            yield part
            yield from all_layers(part, seen)


def _is_layer(value: Any) -> bool:
    return isinstance(value, keras.layers.Layer)


def _variable(layer: Any, name: str) -> Any:
    """Return the variable that an initialiser is for: ``beta`` for the beta_initializer."""
    for known in (f"_{name}", name, f"{name}_kernel"):
        value = getattr(layer, known, None)
        if isinstance(value, keras.Variable):
            return value
    return None
