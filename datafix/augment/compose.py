"""Several operations in turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import groupby
from typing import Any

import tensorflow as tf

from datafix.augment.affine import AffineOperation, fused, resampled, size_of
from datafix.augment.draws import derived
from datafix.augment.operation import Batch, Operation, images
from datafix.errors import ParameterError


class Compose(Operation):
    """Do several operations one after the other.

    Neighbouring affine operations (flip, rotate, zoom, shift) become one matrix and one
    resampling, which is faster and blurs once.

    Parameters
    ----------
    operations : sequence of Operation or callable
        A callable is called as ``operation(x[, y[, weight]], seeds=seeds)``.
    seed : int, default=0
        Another seed, other draws. Every operation draws from seeds of its own, derived from
        the row's seed, this one and its place.

    Examples
    --------
    >>> import numpy as np
    >>> from datafix.augment import Flip, Rotate
    >>> image = np.arange(4.0).reshape(1, 2, 2, 1)
    >>> turned = Compose([Flip(probability=1.0), Rotate((90, 90))])(image)
    >>> turned.numpy().round(5).reshape(2, 2).tolist()
    [[0.0, 2.0], [1.0, 3.0]]
    """

    def __init__(self, operations: Sequence[Callable[..., Any]], *, seed: int = 0) -> None:
        if isinstance(operations, Operation) or not isinstance(operations, Sequence):
            raise ParameterError(f"Compose needs a list of operations, got {operations!r}.")
        if wrong := [op for op in operations if not callable(op)]:
            raise ParameterError(f"Compose needs operations that can be called, got {wrong[0]!r}.")
        self.operations = list(operations)
        self.seed = seed

    def apply(self, batch: Batch, seeds: tf.Tensor) -> Batch:
        """Return the batch after all operations."""
        own = derived(seeds, self.seed)
        steps = [(op, derived(own, place)) for place, op in enumerate(self.operations)]
        for affine, neighbours in groupby(steps, key=lambda step: isinstance(step[0], AffineOperation)):
            group = list(neighbours)
            batch = _moved(batch, group) if affine else _changed(batch, group)
        return batch


def _moved(batch: Batch, steps: list[tuple[Any, tf.Tensor]]) -> Batch:
    x = images(batch[0], type(steps[0][0]).__name__)
    operations, seeds = zip(*steps, strict=True)
    return resampled(x, fused(operations, seeds, size_of(x))), batch[1], batch[2]


def _changed(batch: Batch, steps: list[tuple[Any, tf.Tensor]]) -> Batch:
    for operation, seeds in steps:
        apply = operation.apply if isinstance(operation, Operation) else partial(_called, operation)
        batch = apply(batch, seeds)
    return batch


def _called(operation: Callable[..., Any], batch: Batch, seeds: tf.Tensor) -> Batch:
    given = [part for part in batch if part is not None]
    result = operation(*given, seeds=seeds)
    changed = list(result) if isinstance(result, tuple) else [result]
    if len(changed) != len(given):
        raise ParameterError(
            f"Compose needs operations that return as many things as they are given, here {len(given)}; "
            f"{getattr(operation, '__name__', operation)!r} returned {len(changed)}."
        )
    x, y, weight = [*changed, None, None][:3]
    return x, y, weight
