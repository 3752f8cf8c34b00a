"""Whether the hidden layers bend, and signals go through them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import keras
import numpy as np

from datafix.diagnosis.layers import made_by
from datafix.diagnosis.subject import Subject
from datafix.report import Issue, Severity

ROWS = 256
FEWEST_ROWS = 32
BENDING = (
    keras.layers.Activation,
    keras.layers.ReLU,
    keras.layers.LeakyReLU,
    keras.layers.PReLU,
    keras.layers.ELU,
    keras.layers.Softmax,
    keras.layers.RNN,
    keras.layers.MultiHeadAttention,
)
PLAIN = (
    keras.layers.InputLayer,
    keras.layers.Dense,
    keras.layers.Embedding,
    keras.layers.BatchNormalization,
    keras.layers.LayerNormalization,
    keras.layers.Normalization,
    keras.layers.Rescaling,
    keras.layers.Dropout,
    keras.layers.Flatten,
    keras.layers.Reshape,
    keras.layers.Permute,
    keras.layers.Conv1D,
    keras.layers.Conv2D,
    keras.layers.Conv3D,
    keras.layers.MaxPooling1D,
    keras.layers.MaxPooling2D,
    keras.layers.AveragePooling1D,
    keras.layers.AveragePooling2D,
    keras.layers.GlobalAveragePooling1D,
    keras.layers.GlobalAveragePooling2D,
    keras.layers.GlobalMaxPooling1D,
    keras.layers.GlobalMaxPooling2D,
    keras.layers.ZeroPadding2D,
    keras.layers.Add,
    keras.layers.Concatenate,
)


@dataclass(frozen=True)
class Activations:
    """Find hidden layers without an activation, with softmax, dead or saturated ones.

    Dead is a unit that is 0 on all rows, saturated an output of a bounded activation within 1 % of its bounds.
    """

    name: ClassVar[str] = "activations"
    needs: ClassVar[frozenset[str]] = frozenset({"array", "numbers", "fits", "trial"})

    dead: float = 0.9
    saturated: float = 0.5

    def find(self, subject: Subject) -> Iterator[Issue]:
        """Yield an error for layers that let nothing through, a warning for others."""
        weighted = [layer for layer in subject.layers if _has_kernel(layer)]
        if len(weighted) < 2:
            return
        straight = [layer for layer in weighted if not isinstance(layer, keras.layers.Embedding)]  # ids are no numbers
        if len(straight) > 1 and _is_straight(subject, weighted):
            yield Issue(
                self.name,
                Severity.WARNING,
                f"No hidden layer has an activation: {len(straight)} layers together are no more than one.",
                "Give hidden layers activation='relu'.",
                evidence={"layers": [layer.name for layer in straight[:-1]]},
            )
        last = subject.layers.index(weighted[-1])
        hidden = [layer for layer in subject.layers[:last] if _activation(layer) is not None]
        outputs = made_by(subject, hidden, subject.x[: subject.spared(ROWS, FEWEST_ROWS)])
        for layer in hidden:
            if _activation(layer) == "softmax" and isinstance(layer, keras.layers.Dense) and layer.units > 1:
                yield self._softmax(layer)
            elif layer.name in outputs:
                yield from self._layer(layer, outputs[layer.name])

    def _layer(self, layer: Any, outputs: np.ndarray) -> Iterator[Issue]:
        name = _activation(layer)
        units = outputs.reshape(-1, outputs.shape[-1])
        if not np.isfinite(units).all():
            return
        dead = float((np.abs(units).max(axis=0) == 0).mean())
        if dead >= self.dead:
            yield Issue(
                self.name,
                Severity.ERROR,
                f"{dead:.0%} of the units of {layer.name} are 0 on all {len(outputs)} rows looked at, and learn "
                "nothing (dead ReLUs).",
                "Lower the learning rate, initialise with he_normal and a bias of 0, scale the inputs, or use "
                "leaky_relu.",
                evidence={"layer": layer.name, "dead": dead},
            )
        bounds = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0), "hard_sigmoid": (0.0, 1.0)}.get(name or "")
        if bounds is not None:
            near = 0.01 * (bounds[1] - bounds[0])
            saturated = float(((units < bounds[0] + near) | (units > bounds[1] - near)).mean())
            if saturated >= self.saturated:
                yield Issue(
                    self.name,
                    Severity.WARNING,
                    f"{saturated:.0%} of the outputs of {layer.name} ({name}) are at its bounds, where gradients are "
                    "nearly 0.",
                    "Scale the inputs, start from smaller weights, or use activation='relu'.",
                    evidence={"layer": layer.name, "saturated": saturated},
                )

    def _softmax(self, layer: Any) -> Issue:
        return Issue(
            self.name,
            Severity.ERROR,
            f"The hidden layer {layer.name} ends in softmax: its {layer.units} outputs share a sum of 1, and little "
            "goes through.",
            "Use activation='relu'; softmax belongs to the last layer.",
        )


def _is_straight(subject: Subject, weighted: list[Any]) -> bool:
    """Return whether nothing bends before the last layer with weights; what is not known may bend."""
    last = subject.layers.index(weighted[-1])
    before = [layer for layer in subject.layers[:last] if not getattr(layer, "layers", [])]
    return not any(_bends(layer) for layer in before)


def _bends(layer: Any) -> bool:
    if isinstance(layer, BENDING):
        return _activation(layer) != "linear"
    return not isinstance(layer, PLAIN) or _activation(layer) not in (None, "linear")


def _activation(layer: Any) -> str | None:
    """Return the name of a layer's activation, None where it has none."""
    if isinstance(layer, keras.layers.Softmax):
        return "softmax"
    if isinstance(layer, keras.layers.ReLU):
        return "relu"
    activation = getattr(layer, "activation", None)
    return None if activation is None else getattr(activation, "__name__", type(activation).__name__)


def _has_kernel(layer: Any) -> bool:
    return not getattr(layer, "layers", []) and any(len(weight.shape) >= 2 for weight in layer.weights)
