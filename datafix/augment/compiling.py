"""Functions that XLA compiles, once a shape: pixels are read and written once, whatever is done to them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import tensorflow as tf


def compiled(function: Callable[..., tf.Tensor], *tensors: tf.Tensor, **settings: Any) -> tf.Tensor:
    """Return function(*tensors, **settings), compiled; function stands in a module, settings are hashable.

    Every shape has a trace of its own, so that TensorFlow has no cause to warn of tracing anew.
    """
    shapes = tuple((tuple(tensor.shape), tensor.dtype) for tensor in tensors)
    return _traced(function, shapes, tuple(sorted(settings.items())))(*tensors)


@cache
def _traced(function: Callable[..., tf.Tensor], shapes: Any, settings: Any) -> Callable[..., tf.Tensor]:  # noqa: ARG001 - shapes key the cache
    return tf.function(partial(function, **dict(settings)), jit_compile=True, autograph=False)
