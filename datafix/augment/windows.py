"""Upright windows in images, and what goes into them."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from datafix.augment.draws import uniform


def windows(seeds: tf.Tensor, shares: tuple[tf.Tensor, tf.Tensor], size: Any, *, stream: int) -> tf.Tensor:
    """Return windows of whole pixels, int32 of shape (rows, 4): top, left, bottom, right.

    Parameters
    ----------
    shares : pair of float32 tensors of shape (rows,)
        Of the height and of the width; places are drawn so that all of a window is in the image.
    size : (height, width), int32
    """
    lengths = [
        tf.cast(tf.round(share * tf.cast(length, tf.float32)), tf.int32)
        for share, length in zip(shares, size, strict=True)
    ]
    room = [tf.cast(length - own + 1, tf.float32) for length, own in zip(size, lengths, strict=True)]
    starts = [tf.cast(tf.floor(uniform(seeds, stream=stream + at) * own), tf.int32) for at, own in enumerate(room)]
    starts = [tf.minimum(start, length - own) for start, length, own in zip(starts, size, lengths, strict=True)]
    return tf.stack([*starts, starts[0] + lengths[0], starts[1] + lengths[1]], axis=1)


def within(window: tf.Tensor, height: Any, width: Any) -> tf.Tensor:
    """Return a bool tensor of shape (rows, height, width, 1) that is True inside the windows."""
    row, column = tf.range(height)[None, :, None], tf.range(width)[None, None, :]
    top, left, bottom, right = [window[:, at, None, None] for at in range(4)]
    return ((row >= top) & (row < bottom) & (column >= left) & (column < right))[..., None]
