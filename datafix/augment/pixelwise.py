"""Operations that change values and leave pixels where they are."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

import tensorflow as tf

from datafix.augment.compiling import compiled
from datafix.augment.operation import Batch, Operation, images
from datafix.errors import ParameterError

Change = Callable[..., tf.Tensor]


class PixelOperation(Operation):
    """An operation that computes values anew, in float32, and keeps them in their range.

    A subclass gives `change`, a static function of float values (low at 0, high at 1), and of what
    `amounts` draws, and returns such values.
    """

    change: ClassVar[Change]
    needs_colour: ClassVar[bool] = False

    def __init__(self, *, value_range: tuple[float, float] | None = None) -> None:
        self.value_range = checked_range(value_range, type(self).__name__)

    def apply(self, batch: Batch, seeds: tf.Tensor) -> Batch:
        """Return the batch with its images changed."""
        x, y, sample_weight = batch
        x = images(x, type(self).__name__)
        if self.needs_colour and x.shape[3] != 3:
            raise ParameterError(
                f"{type(self).__name__} needs images of three channels, red, green and blue; got {x.shape[3]}."
            )
        x, low, high = ranged(x, self.value_range, type(self).__name__)
        return changed_values(type(self).change, x, low, high, *self.amounts(seeds)), y, sample_weight

    @abstractmethod
    def amounts(self, seeds: tf.Tensor) -> tuple[tf.Tensor, ...]:
        """Return what is drawn, float32 tensors of shape (rows, ...)."""


def checked_range(value_range: Any, who: str) -> tuple[float, float] | None:
    """Return a value range if it is one, or None."""
    if value_range is None:
        return None
    if not (isinstance(value_range, tuple | list) and len(value_range) == 2 and value_range[0] < value_range[1]):
        raise ParameterError(f"{who} needs value_range=(low, high) with low < high, got {value_range!r}.")
    return float(value_range[0]), float(value_range[1])


def ranged(x: tf.Tensor, value_range: tuple[float, float] | None, who: str) -> tuple[tf.Tensor, float, float]:
    """Return x with the range of its values; floats that are not in it are refused when they come."""
    low, high = value_range or ((0.0, float(min(x.dtype.max, 65535))) if x.dtype.is_integer else (0.0, 1.0))
    if x.dtype.is_integer:
        return x, low, high
    with tf.control_dependencies([_inside(x, low, high, who)]):
        return tf.identity(x), low, high


def changed_values(change: Change, x: tf.Tensor, low: float, high: float, *amounts: tf.Tensor) -> tf.Tensor:
    """Return x after a change of its values, kept in [low, high]."""
    result = compiled(_changed, x, *amounts, change=change, low=low, high=high)
    return tf.ensure_shape(result, x.shape)


def across(amount: tf.Tensor) -> tf.Tensor:
    """Return one number a row in a shape that broadcasts with images."""
    return amount[:, None, None, None]


def _changed(x: tf.Tensor, *amounts: tf.Tensor, change: Change, low: float, high: float) -> tf.Tensor:
    values = (tf.cast(x, tf.float32) - low) / (high - low)
    values = low + (high - low) * tf.clip_by_value(change(values, *amounts), 0.0, 1.0)
    return tf.cast(tf.round(values) if x.dtype.is_integer else values, x.dtype)


def _inside(x: tf.Tensor, low: float, high: float, who: str) -> tf.Operation:
    # What a resampling rounds past the edge of the range is let through.
    slack = 1e-3 * (high - low)
    least, most = tf.cast(tf.reduce_min(x), tf.float32), tf.cast(tf.reduce_max(x), tf.float32)
    return tf.debugging.Assert(
        (least >= low - slack) & (most <= high + slack),
        [
            f"{who} needs float pixels in ({low:g}, {high:g}), got values from",
            least,
            "to",
            most,
            ". Say value_range=, for instance (0, 255).",
        ],
    )
