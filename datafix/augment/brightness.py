"""Brighter and darker images."""

from __future__ import annotations

import tensorflow as tf

from datafix.augment.draws import uniform
from datafix.augment.operation import Batch, Operation, images, span
from datafix.errors import ParameterError


class Brightness(Operation):
    """Add a random share of the range of values to an image, and keep it in that range.

    Parameters
    ----------
    factor : float or (low, high)
        A number a means (-a, a).
    value_range : (low, high), optional
        Of the pixels. None: (0, 255) for integers and (0, 1) for floats; a float image that
        goes beyond is refused when it comes.

    Examples
    --------
    >>> import numpy as np
    >>> Brightness((0.2, 0.2))(np.full((1, 1, 2, 1), 10, np.uint8)).numpy().ravel().tolist()
    [61, 61]
    """

    def __init__(self, factor: float | tuple[float, float], *, value_range: tuple[float, float] | None = None) -> None:
        self.factor = span(factor, "factor", who="Brightness")
        if value_range is not None and not (len(value_range) == 2 and value_range[0] < value_range[1]):
            raise ParameterError(f"Brightness needs value_range=(low, high) with low < high, got {value_range!r}.")
        self.value_range = value_range

    def apply(self, batch: Batch, seeds: tf.Tensor) -> Batch:
        """Return the batch with brighter or darker images."""
        x, y, sample_weight = batch
        x = images(x, "Brightness")
        low, high = self.value_range or ((0.0, 255.0) if x.dtype.is_integer else (0.0, 1.0))
        values = tf.cast(x, tf.float32)
        checks = [] if x.dtype.is_integer else [_inside(values, low, high)]
        with tf.control_dependencies(checks):
            brighter = values + uniform(seeds, *self.factor)[:, None, None, None] * (high - low)
        brighter = tf.clip_by_value(brighter, low, high)
        return tf.cast(tf.round(brighter) if x.dtype.is_integer else brighter, x.dtype), y, sample_weight


def _inside(values: tf.Tensor, low: float, high: float) -> tf.Operation:
    # What a resampling rounds past the edge of the range is let through.
    slack = 1e-3 * (high - low)
    inside = (tf.reduce_min(values) >= low - slack) & (tf.reduce_max(values) <= high + slack)
    return tf.debugging.Assert(
        inside,
        [
            f"Brightness needs float pixels in ({low:g}, {high:g}), got values from",
            tf.reduce_min(values),
            "to",
            tf.reduce_max(values),
            ". Say value_range=, for instance (0, 255).",
        ],
    )
