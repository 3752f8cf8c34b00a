"""The graph of layers of a Keras model."""

from __future__ import annotations

from typing import Any

import keras

from datafix.errors import ParameterError


def outputs_of(model: Any, layer: str | int | None, *, who: str) -> Any:
    """Return the symbolic outputs of a layer in the model's own graph; None: what the last layer is given.

    ``layer.output`` is not it: where two models share a layer, or one is a layer of the other, that has
    several outputs, or those of another graph.

    Raises
    ------
    ParameterError
        If the model has no graph, several inputs, or no such layer.
    """
    _check_graph(model, who)
    if layer is None:
        last = _made_by(model.outputs[0])
        if len(model.outputs) > 1 or len(last.input_tensors) != 1:
            raise ParameterError(
                f"{who} needs layer= for a model of several outputs, or whose last layer joins several inputs. "
                f"Name one of {_names(model)}."
            )
        return last.input_tensors[0]
    wanted = _layer(model, layer, who)
    for node in _nodes(model):
        if node.operation is wanted and len(node.output_tensors) == 1:
            return node.output_tensors[0]
    raise ParameterError(
        f"{who} needs a layer that leads to the model's outputs by one tensor, got {layer!r}. "
        f"Name another of {_names(model)}."
    )


def _check_graph(model: Any, who: str) -> None:
    if not isinstance(model, keras.Model):
        raise ParameterError(
            f"{who} needs a keras.Model, got {type(model).__name__}. Of a fitted KerasClassifier, give its model_."
        )
    if not getattr(model, "inputs", None) or not getattr(model, "outputs", None):
        raise ParameterError(
            f"{who} needs a model whose layers form a graph, got {type(model).__name__}, which has none (yet). "
            "Call a Sequential on data first; of a subclassed model, make keras.Model(inputs, outputs)."
        )
    if len(model.inputs) != 1:
        raise ParameterError(f"{who} needs a model of one input, got one of {len(model.inputs)}.")


def _layer(model: Any, layer: str | int, who: str) -> Any:
    found = (
        [one for one in model.layers if one.name == layer]
        if isinstance(layer, str)
        else model.layers[layer : layer + 1 or None]
    )
    if not found:
        raise ParameterError(
            f"{who} needs a layer of its model, got {layer!r}. It has {_names(model)}; "
            "layers of a model within it belong to that one: give it itself."
        )
    return found[0]


def _nodes(model: Any) -> list[Any]:
    """Return the calls of layers that lead to the outputs, the last first."""
    nodes: list[Any] = []
    pending = [_made_by(tensor) for tensor in model.outputs]
    while pending:
        node = pending.pop(0)
        if not any(node is seen for seen in nodes):
            nodes.append(node)
            pending += [_made_by(tensor) for tensor in node.input_tensors]
    return nodes


def _made_by(tensor: Any) -> Any:
    """Return the call that made a symbolic tensor."""
    # Keras has no public name for it; 3.8 to 3.15 keep it here.
    made = tensor._keras_history  # noqa: SLF001
    return made.operation._inbound_nodes[made.node_index]  # noqa: SLF001


def _names(model: Any) -> list[str]:
    names = [layer.name for layer in model.layers]
    return names if len(names) <= 12 else [*names[:6], "...", *names[-6:]]
