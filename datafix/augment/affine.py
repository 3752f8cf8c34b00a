"""Affine changes of images: matrices first, one resampling last."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from datafix.augment.operation import Batch, Operation, images


class AffineOperation(Operation):
    """An operation that moves pixels by one matrix a row.

    Matrices map positions (x, y, 1) of the result to positions of the image it is made
    from, with the centre of the image at 0. What lies beyond the edge is mirrored in.
    """

    def apply(self, batch: Batch, seeds: tf.Tensor) -> Batch:
        """Return the batch with its images resampled."""
        x, y, sample_weight = batch
        x = images(x, type(self).__name__)
        return resampled(x, self.matrices(seeds, size_of(x))), y, sample_weight

    @abstractmethod
    def matrices(self, seeds: tf.Tensor, size: tuple[Any, Any]) -> tf.Tensor:
        """Return float32 matrices of shape (rows, 3, 3) for images of (height, width)."""


def fused(operations: Sequence[AffineOperation], seeds: Sequence[tf.Tensor], size: tuple[Any, Any]) -> tf.Tensor:
    """Return the matrices of operations done one after the other."""
    first, *others = [op.matrices(own, size) for op, own in zip(operations, seeds, strict=True)]
    for matrices in others:
        first = tf.matmul(first, matrices)
    return first


def resampled(x: tf.Tensor, matrices: tf.Tensor) -> tf.Tensor:
    """Return images moved by their matrices, bilinearly, in the dtype of x."""
    height, width = size_of(x)
    to_centre = _translation(-(width - 1.0) / 2.0, -(height - 1.0) / 2.0)
    from_centre = _translation((width - 1.0) / 2.0, (height - 1.0) / 2.0)
    flat = tf.reshape(from_centre @ matrices @ to_centre, [-1, 9])[:, :8]
    moved = tf.raw_ops.ImageProjectiveTransformV3(
        images=tf.cast(x, tf.float32),
        transforms=flat,
        output_shape=tf.shape(x)[1:3],
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="REFLECT",
    )
    moved = tf.ensure_shape(moved, x.shape)
    return tf.cast(tf.round(moved), x.dtype) if x.dtype.is_integer else tf.cast(moved, x.dtype)


def rows_of(*entries: Any) -> tf.Tensor:
    """Return matrices of shape (rows, 3, 3) whose first two rows are these six entries a row."""
    six = tf.stack([tf.cast(entry, tf.float32) for entry in entries], axis=1)
    last = tf.tile([[0.0, 0.0, 1.0]], [tf.shape(six)[0], 1])
    return tf.reshape(tf.concat([six, last], axis=1), [-1, 3, 3])


def size_of(x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Return height and width as float32."""
    size = tf.cast(tf.shape(x)[1:3], tf.float32)
    return size[0], size[1]


def _translation(across: tf.Tensor, down: tf.Tensor) -> tf.Tensor:
    return tf.stack([tf.stack([1.0, 0.0, across]), tf.stack([0.0, 1.0, down]), tf.constant([0.0, 0.0, 1.0])])
