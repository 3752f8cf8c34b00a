"""Images read at other places: the one resampling behind all moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from datafix.augment.compiling import compiled
from datafix.errors import ParameterError

FILL_MODES = ("constant", "nearest", "reflect", "wrap")
INTERPOLATIONS = ("nearest", "bilinear")
# Weights of neighbours in whole numbers: 11 bits across, 11 down and 8 of a pixel fit 31.
_ONE = 2048


@dataclass(frozen=True)
class Sampling:
    """How values between pixels and beyond the edge are made; names and meanings are those of Keras."""

    fill_mode: str = "reflect"
    fill_value: float = 0.0
    interpolation: str = "bilinear"

    def checked(self, who: str) -> Sampling:
        """Return self, or raise ParameterError."""
        if self.fill_mode not in FILL_MODES:
            raise ParameterError(f"{who} needs a fill_mode of {', '.join(FILL_MODES)}, got {self.fill_mode!r}.")
        if self.interpolation not in INTERPOLATIONS:
            raise ParameterError(
                f"{who} needs an interpolation of {', '.join(INTERPOLATIONS)}, got {self.interpolation!r}."
            )
        if not isinstance(self.fill_value, int | float) or not abs(self.fill_value) < float("inf"):
            raise ParameterError(f"{who} needs a finite number as fill_value, got {self.fill_value!r}.")
        return self


def sampled(x: tf.Tensor, matrices: tf.Tensor, size: tuple[Any, Any], sampling: Sampling) -> tf.Tensor:
    """Return images of ``size`` (height, width), in the dtype of x.

    Parameters
    ----------
    x : tensor of shape (rows, height, width, channels)
    matrices : float32 tensor of shape (rows, 3, 3)
        From positions (x, y, 1) in pixels of the result to those in x.
    """
    # Positions are sums of one number a column and one a row: additions alone, of the same bits in any batch.
    columns = tf.range(tf.cast(size[1], tf.float32))[None, :]
    rows = tf.range(tf.cast(size[0], tf.float32))[None, :]
    across = [matrices[:, at, 0, None] * columns for at in (0, 1)]
    down = [matrices[:, at, 1, None] * rows + matrices[:, at, 2, None] for at in (0, 1)]
    function = _bilinear if sampling.interpolation == "bilinear" else _nearest
    fill = tf.constant(sampling.fill_value, tf.float32)
    moved = compiled(function, x, *across, *down, fill, fill_mode=sampling.fill_mode)
    return tf.ensure_shape(moved, [x.shape[0], None, None, x.shape[3]])


def reflected(position: tf.Tensor, length: Any) -> tf.Tensor:
    """Return where a whole position lies after mirroring at the outer edges of the first and last pixel."""
    position = tf.math.floormod(position, 2 * length)
    return tf.minimum(position, 2 * length - 1 - position)


def _nearest(
    x: tf.Tensor, ax: tf.Tensor, ay: tf.Tensor, cx: tf.Tensor, cy: tf.Tensor, fill: tf.Tensor, *, fill_mode: str
) -> tf.Tensor:
    column = tf.cast(tf.floor(ax[:, None, :] + cx[:, :, None] + 0.5), tf.int32)
    row = tf.cast(tf.floor(ay[:, None, :] + cy[:, :, None] + 0.5), tf.int32)
    return _read(x, row, column, fill, fill_mode)


def _bilinear(
    x: tf.Tensor, ax: tf.Tensor, ay: tf.Tensor, cx: tf.Tensor, cy: tf.Tensor, fill: tf.Tensor, *, fill_mode: str
) -> tf.Tensor:
    column, right = _parted(ax[:, None, :] + cx[:, :, None])
    row, below = _parted(ay[:, None, :] + cy[:, :, None])
    corners = [_read(x, row + down, column + across, fill, fill_mode) for down in (0, 1) for across in (0, 1)]
    mixed = _whole_mix if x.dtype == tf.uint8 else _float_mix
    return mixed(corners, right[..., None], below[..., None], x.dtype)


def _parted(position: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    whole = tf.floor(position)
    return tf.cast(whole, tf.int32), position - whole


def _read(x: tf.Tensor, row: tf.Tensor, column: tf.Tensor, fill: tf.Tensor, fill_mode: str) -> tf.Tensor:
    n, height, width, channels = tf.unstack(tf.shape(x))
    at = (tf.range(n)[:, None, None] * height + _inside(row, height, fill_mode)) * width
    values = tf.gather(tf.reshape(x, [-1, channels]), at + _inside(column, width, fill_mode))
    if fill_mode != "constant":
        return values
    known = (row >= 0) & (row < height) & (column >= 0) & (column < width)
    return tf.where(known[..., None], values, _of_type(fill, x.dtype))


def _inside(position: tf.Tensor, length: tf.Tensor, fill_mode: str) -> tf.Tensor:
    if fill_mode == "reflect":
        return reflected(position, length)
    if fill_mode == "wrap":
        return tf.math.floormod(position, length)
    return tf.clip_by_value(position, 0, length - 1)


def _whole_mix(corners: list[tf.Tensor], right: tf.Tensor, below: tf.Tensor, dtype: Any) -> tf.Tensor:
    upper_left, upper_right, lower_left, lower_right = [tf.cast(corner, tf.int32) for corner in corners]
    right, below = [tf.cast(part * _ONE + 0.5, tf.int32) for part in (right, below)]
    upper = upper_left * (_ONE - right) + upper_right * right
    lower = lower_left * (_ONE - right) + lower_right * right
    total = upper * (_ONE - below) + lower * below + _ONE * _ONE // 2
    return tf.cast(tf.bitwise.right_shift(total, 22), dtype)


def _float_mix(corners: list[tf.Tensor], right: tf.Tensor, below: tf.Tensor, dtype: Any) -> tf.Tensor:
    width = tf.float64 if dtype in (tf.float64, tf.int32, tf.int64, tf.uint32) else tf.float32
    upper_left, upper_right, lower_left, lower_right = [tf.cast(corner, width) for corner in corners]
    right, below = tf.cast(right, width), tf.cast(below, width)
    upper = upper_left + (upper_right - upper_left) * right
    lower = lower_left + (lower_right - lower_left) * right
    return _of_type(upper + (lower - upper) * below, dtype)


def _of_type(values: tf.Tensor, dtype: Any) -> tf.Tensor:
    return tf.cast(tf.round(values) if dtype.is_integer else values, dtype)
