"""What moves with an image, and what moves it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import tensorflow as tf

from datafix.augment.boxes import moved_boxes
from datafix.augment.opencv import sampled_by_opencv, takes
from datafix.augment.sampling import Sampling, sampled
from datafix.errors import ParameterError

Size = tuple[Any, Any]


@dataclass(frozen=True)
class Moving:
    """Which parts of y are masks and boxes of the images, and which engine resamples.

    Attributes
    ----------
    masks, boxes : tuple of str, or True
        Entries of a dict y; True: y itself.
    """

    masks: tuple[str, ...] | bool = ()
    boxes: tuple[str, ...] | bool = ()
    box_format: str = "xyxy"
    mask_fill: float = 0.0
    engine: str = "tensorflow"

    def moved(self, x: tf.Tensor, y: Any, matrices: tf.Tensor, after: Size, sampling: Sampling) -> tuple[Any, Any]:
        """Return x and y after a move by centred matrices to images of the size ``after``."""
        before = size_of(x)
        for_pixels = in_pixels(matrices, before, after)
        nearest = replace(sampling, interpolation="nearest", fill_value=self.mask_fill)
        y = changed(y, self.masks, lambda mask: _moved_mask(mask, for_pixels, after, nearest), "masks")
        y = changed(y, self.boxes, lambda boxes: moved_boxes(boxes, matrices, before, after, self.box_format), "boxes")
        resample = sampled_by_opencv if self.engine != "tensorflow" and takes(x, self.engine) else sampled
        return resample(x, for_pixels, after, sampling), y


def changed(y: Any, parts: tuple[str, ...] | bool, function: Callable[[tf.Tensor], tf.Tensor], name: str) -> Any:
    """Return y, with the function applied to its parts."""
    if parts is True:
        if y is None or isinstance(y, dict):
            raise ParameterError(f"Compose needs y itself to be the {name} where {name}=True, got {_told(y)}.")
        return function(y)
    if not parts:
        return y
    if not isinstance(y, dict) or not set(parts) <= set(y):
        raise ParameterError(f"Compose needs y to be a dict with the {name} {list(parts)}, got {_told(y)}.")
    return {key: function(part) if key in parts else part for key, part in y.items()}


def size_of(x: tf.Tensor) -> Size:
    """Return height and width as float32."""
    size = tf.cast(tf.shape(x)[1:3], tf.float32)
    return size[0], size[1]


def in_pixels(matrices: tf.Tensor, before: Size, after: Size) -> tf.Tensor:
    """Return matrices between indices of pixels, of those between centred positions."""
    to_centre = _translation(-(after[1] - 1.0) / 2.0, -(after[0] - 1.0) / 2.0)
    from_centre = _translation((before[1] - 1.0) / 2.0, (before[0] - 1.0) / 2.0)
    return from_centre @ matrices @ to_centre


def _translation(across: tf.Tensor, down: tf.Tensor) -> tf.Tensor:
    return tf.stack([tf.stack([1.0, 0.0, across]), tf.stack([0.0, 1.0, down]), tf.constant([0.0, 0.0, 1.0])])


def _moved_mask(mask: tf.Tensor, matrices: tf.Tensor, after: Size, sampling: Sampling) -> tf.Tensor:
    if mask.shape.rank not in (3, 4):
        raise ParameterError(
            f"Compose needs masks of shape (rows, height, width[, channels]), got {tuple(mask.shape)}. "
            "Name the entries of y that are masks, masks='mask' for instance."
        )
    deep = mask[..., None] if mask.shape.rank == 3 else mask
    whole = tf.cast(deep, tf.uint8) if mask.dtype == tf.bool else deep
    moved = tf.cast(sampled(whole, matrices, after, sampling), mask.dtype)
    return moved[..., 0] if mask.shape.rank == 3 else moved


def _told(y: Any) -> str:
    return f"a dict with {sorted(y)}" if isinstance(y, dict) else "no y" if y is None else f"shape {tuple(y.shape)}"
