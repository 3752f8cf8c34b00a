"""Blurred images."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from datafix.augment.compiling import compiled
from datafix.augment.draws import uniform
from datafix.augment.operation import Batch, Operation, images, span
from datafix.augment.sampling import reflected
from datafix.errors import ParameterError


class Blur(Operation):
    """Blur images by a Gaussian of random width.

    Parameters
    ----------
    sigma : float or (low, high), default=(0.1, 1)
        Standard deviation of the Gaussian in pixels, 0 or more; a number is itself. Every image draws its own.
    kernel_size : int, default=3
        Pixels across, odd; 6 sigma + 1 keep all of the Gaussian, fewer cut it.
    probability : float, default=1
        Of being blurred at all.

    Notes
    -----
    What lies beyond the edge is mirrored in (``scipy.ndimage.gaussian_filter`` with ``mode="reflect"``).

    Examples
    --------
    >>> import numpy as np
    >>> image = np.array([0, 0, 90, 0, 0], np.uint8).reshape(1, 1, 5, 1)
    >>> Blur(10)(image).numpy().ravel().tolist()
    [0, 30, 30, 30, 0]
    """

    def __init__(
        self, sigma: float | tuple[float, float] = (0.1, 1.0), *, kernel_size: int = 3, probability: float = 1.0
    ) -> None:
        pair = (sigma, sigma) if isinstance(sigma, int | float) else sigma
        self.sigma = span(pair, "sigma", least=-1e-9, who="Blur")
        if not isinstance(kernel_size, int) or kernel_size < 1 or kernel_size % 2 == 0:
            raise ParameterError(f"Blur needs an odd kernel_size of 1 or more, got {kernel_size!r}.")
        if not 0 <= probability <= 1:
            raise ParameterError(f"Blur needs a probability between 0 and 1, got {probability!r}.")
        self.kernel_size, self.probability = kernel_size, probability

    def apply(self, batch: Batch, seeds: tf.Tensor) -> Batch:
        """Return the batch with its images blurred."""
        x, y, sample_weight = batch
        x = images(x, "Blur")
        weights = self._weights(seeds)
        down = compiled(_smoothed, x, weights, axis=1, dtype=tf.float32)
        blurred = compiled(_smoothed, down, weights, axis=2, dtype=x.dtype)
        return tf.ensure_shape(blurred, x.shape), y, sample_weight

    def _weights(self, seeds: tf.Tensor) -> tf.Tensor:
        sigma = tf.maximum(uniform(seeds, *self.sigma, stream=0), 1e-3)
        chosen = uniform(seeds, stream=1) < self.probability
        offset = tf.range(self.kernel_size, dtype=tf.float32) - (self.kernel_size - 1) / 2
        bell = tf.exp(-0.5 * tf.square(offset / tf.where(chosen, sigma, 1e-3)[:, None]))
        return bell / tf.reduce_sum(bell, axis=1, keepdims=True)


def _smoothed(x: tf.Tensor, weights: tf.Tensor, *, axis: int, dtype: Any) -> tf.Tensor:
    taps, length = weights.shape[1], tf.shape(x)[axis]
    padded = tf.gather(x, reflected(tf.range(length + taps - 1) - taps // 2, length), axis=axis)
    shifted = [padded[:, at : at + length] if axis == 1 else padded[:, :, at : at + length] for at in range(taps)]
    total = tf.add_n([weights[:, at, None, None, None] * tf.cast(part, tf.float32) for at, part in enumerate(shifted)])
    return tf.cast(tf.round(total) if dtype.is_integer else total, dtype)
