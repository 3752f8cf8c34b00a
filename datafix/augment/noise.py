"""Noisy images."""

from __future__ import annotations

import tensorflow as tf

from datafix.augment.operation import Batch, Operation, images
from datafix.augment.pixelwise import changed_values, checked_range, ranged
from datafix.errors import ParameterError


class Noise(Operation):
    """Add normal noise to every value of every pixel.

    Parameters
    ----------
    scale : float
        Standard deviation of the noise, in shares of the range of values.
    value_range : (low, high), optional
        Of the pixels, and results are kept in it. None: (0, 255) for uint8, (0, 65535) for uint16
        and (0, 1) for floats; a float image that goes beyond is refused when it comes.

    Notes
    -----
    The numbers are Philox's (Salmon et al., 2011), counted from the row's seed.

    Examples
    --------
    >>> import numpy as np
    >>> noisy = Noise(0.1)(np.full((1, 64, 64, 3), 0.5, np.float32)).numpy()
    >>> bool(abs(noisy.mean() - 0.5) < 0.01), bool(abs(noisy.std() - 0.1) < 0.01)
    (True, True)
    """

    def __init__(self, scale: float, *, value_range: tuple[float, float] | None = None) -> None:
        if not isinstance(scale, int | float) or not 0 <= scale < float("inf"):
            raise ParameterError(f"Noise needs a finite scale of 0 or more, got {scale!r}.")
        self.scale = float(scale)
        self.value_range = checked_range(value_range, "Noise")

    def apply(self, batch: Batch, seeds: tf.Tensor) -> Batch:
        """Return the batch with noisy images."""
        x, y, sample_weight = batch
        x, low, high = ranged(images(x, "Noise"), self.value_range, "Noise")
        shape = tf.shape(x)[1:]

        def one(seed: tf.Tensor) -> tf.Tensor:
            both = tf.stack([seed, tf.zeros_like(seed)])
            return tf.random.stateless_normal(shape, both, stddev=self.scale, alg="philox")

        noise = tf.map_fn(one, seeds, fn_output_signature=tf.float32)
        noise = tf.ensure_shape(noise, x.shape)
        return changed_values(_added, x, low, high, noise), y, sample_weight


def _added(values: tf.Tensor, noise: tf.Tensor) -> tf.Tensor:
    return values + noise
