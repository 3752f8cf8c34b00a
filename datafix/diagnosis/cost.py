"""What a row costs a network."""

from __future__ import annotations

from typing import Any

import numpy as np

from datafix.diagnosis.initial import all_layers


def cost_of(model: Any) -> int:
    """Return how many multiplications a row takes, about: each kernel's weights, once a place where it is put.

    Of layers that stand in no graph one place is counted.
    """
    return sum(_n_weights(layer) * _n_places(layer) for layer in all_layers(model) if not getattr(layer, "layers", []))


def _n_weights(layer: Any) -> int:
    return sum(int(np.prod(weight.shape)) for weight in layer.weights if len(weight.shape) >= 2)


def _n_places(layer: Any) -> int:
    try:
        shape = layer.output.shape
    except (AttributeError, ValueError):  # never called, or more than once; or of several outputs
        return 1
    return int(np.prod([size or 1 for size in shape[1:-1]]))
