"""Affine changes of images: matrices first, one resampling last."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from datafix.augment.moving import Moving, Size, size_of
from datafix.augment.operation import Batch, Operation, images
from datafix.augment.sampling import Sampling


class AffineOperation(Operation):
    """An operation that moves pixels by one matrix a row.

    Matrices map positions (x, y, 1) of the result to positions of the image it is made
    from, both with the centre of their image at 0.

    Attributes
    ----------
    sampling : Sampling or None
        None: whole pixels move to whole pixels, so that nothing has to be made up.
    """

    sampling: Sampling | None = None

    def apply(self, batch: Batch, seeds: tf.Tensor) -> Batch:
        """Return the batch with its images resampled."""
        return self.apply_moving(batch, seeds, Moving())

    def apply_moving(self, batch: Batch, seeds: tf.Tensor, moving: Moving) -> Batch:
        """Return the batch with its images, masks and boxes moved."""
        return moved_by([self], batch, [seeds], moving)

    @abstractmethod
    def matrices(self, seeds: tf.Tensor, size: Size) -> tf.Tensor:
        """Return float32 matrices of shape (rows, 3, 3) for images of (height, width)."""

    def size_after(self, size: Size) -> Size:
        """Return the size of the result, (height, width)."""
        return size


def moved_by(operations: Sequence[AffineOperation], batch: Batch, seeds: Sequence[tf.Tensor], moving: Moving) -> Batch:
    """Return the batch after operations done one after the other, as one matrix and one resampling."""
    x = images(batch[0], type(operations[0]).__name__)
    size = size_of(x)
    fused = tf.eye(3, batch_shape=[tf.shape(seeds[0])[0]])
    for operation, own in zip(operations, seeds, strict=True):
        fused = tf.matmul(fused, operation.matrices(own, size))
        size = operation.size_after(size)
    sampling = next((op.sampling for op in operations if op.sampling), Sampling(interpolation="nearest"))
    moved, y = moving.moved(x, batch[1], fused, size, sampling)
    moved.set_shape([x.shape[0], *_known_size(operations, x), x.shape[3]])
    return moved, y, batch[2]


def rows_of(*entries: Any) -> tf.Tensor:
    """Return matrices of shape (rows, 3, 3) whose first two rows are these six entries a row."""
    six = tf.stack([tf.cast(entry, tf.float32) for entry in entries], axis=1)
    last = tf.tile([[0.0, 0.0, 1.0]], [tf.shape(six)[0], 1])
    return tf.reshape(tf.concat([six, last], axis=1), [-1, 3, 3])


def _known_size(operations: Sequence[AffineOperation], x: tf.Tensor) -> Any:
    size: Any = (x.shape[1], x.shape[2])
    for operation in operations:
        size = operation.size_after(size)
    return [None if length is None else int(length) for length in size]
