"""What the layers of a network are given, and make of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from datafix.diagnosis.subject import Subject


def given_to(subject: Subject, layer: Any, rows: np.ndarray) -> np.ndarray | None:
    """Return what a layer is given in training; None where it stands in no graph."""
    own = _has_graph(subject.model) and layer in subject.model.layers
    tensor = _tensor(layer, "input") if own else None
    return None if tensor is None else _values(subject, [tensor], rows, training=True)[0]


def made_by(subject: Subject, layers: Sequence[Any], rows: np.ndarray) -> dict[str, np.ndarray]:
    """Return the outputs of layers by their names, of those that stand in the model's own graph."""
    if not _has_graph(subject.model):
        return {}
    tensors = {layer.name: _tensor(layer, "output") for layer in layers if layer in subject.model.layers}
    known = {name: tensor for name, tensor in tensors.items() if tensor is not None}
    values = _values(subject, list(known.values()), rows, training=False) if known else []
    return dict(zip(known, values, strict=True))


def _values(subject: Subject, tensors: list[Any], rows: np.ndarray, *, training: bool) -> list[np.ndarray]:
    inputs = subject.model.inputs
    inner = keras.Model(inputs[0] if len(inputs) == 1 else inputs, tensors)
    with subject.trial.scope():
        outputs = inner(rows, training=training)
    outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    return [np.asarray(output, dtype=np.float64) for output in outputs]


def _has_graph(model: Any) -> bool:
    return isinstance(model, keras.Sequential) or hasattr(model, "operations")


def _tensor(layer: Any, side: str) -> Any:
    """Return a layer's one symbolic input or output, None where it has none or several."""
    try:
        tensor = getattr(layer, side)
    except (AttributeError, ValueError):  # never called, or more than once
        return None
    return None if isinstance(tensor, (list, tuple, dict)) else tensor
