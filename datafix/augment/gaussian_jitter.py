"""Table rows with noise."""

from __future__ import annotations

import tensorflow as tf

from datafix.augment.draws import normal
from datafix.augment.operation import Batch, Operation
from datafix.errors import ParameterError


class GaussianJitter(Operation):
    """Add normal noise to every feature of every row.

    Parameters
    ----------
    scale : float
        Standard deviation of the noise, in units of the (scaled) features.

    Examples
    --------
    >>> import numpy as np
    >>> noise = GaussianJitter(0.5)(np.zeros((1000, 3), np.float32)).numpy()
    >>> noise.shape, bool(abs(noise.std() - 0.5) < 0.02)
    ((1000, 3), True)
    """

    def __init__(self, scale: float) -> None:
        if not isinstance(scale, int | float) or not 0 <= scale < float("inf"):
            raise ParameterError(f"GaussianJitter needs a finite scale of 0 or more, got {scale!r}.")
        self.scale = scale

    def apply(self, batch: Batch, seeds: tf.Tensor) -> Batch:
        """Return the batch with noisy features."""
        x, y, sample_weight = batch
        if isinstance(x, dict) or not x.dtype.is_floating:
            raise ParameterError(
                f"GaussianJitter needs one float array, got {'a dict' if isinstance(x, dict) else x.dtype.name}. "
                "Scale the features to floats first."
            )
        flat = tf.reshape(x, [tf.shape(x)[0], -1])
        noise = tf.reshape(normal(seeds, tf.shape(flat)[1]), tf.shape(x))
        return x + tf.cast(self.scale * noise, x.dtype), y, sample_weight
