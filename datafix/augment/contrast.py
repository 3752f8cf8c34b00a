"""Images with more and with less contrast."""

from __future__ import annotations

import tensorflow as tf

from datafix.augment.draws import uniform
from datafix.augment.operation import span
from datafix.augment.pixelwise import PixelOperation, across


class Contrast(PixelOperation):
    """Move values away from the mean of their channel or towards it, as Keras' RandomContrast does.

    Parameters
    ----------
    factor : float or (low, high)
        A number a means (-a, a); 0.2 drawn makes differences from the mean 1.2 times as large,
        -0.2 0.8 times.
    value_range : (low, high), optional
        Of the pixels, and results are kept in it. None: (0, 255) for uint8, (0, 65535) for uint16
        and (0, 1) for floats; a float image that goes beyond is refused when it comes.

    Examples
    --------
    >>> import numpy as np
    >>> image = np.array([100, 200], np.uint8).reshape(1, 1, 2, 1)
    >>> Contrast((-0.5, -0.5))(image).numpy().ravel().tolist()
    [125, 175]
    """

    def __init__(self, factor: float | tuple[float, float], *, value_range: tuple[float, float] | None = None) -> None:
        super().__init__(value_range=value_range)
        self.factor = span(factor, "factor", least=-1.0000001, who="Contrast")

    def amounts(self, seeds: tf.Tensor) -> tuple[tf.Tensor, ...]:
        """Return what differences from the mean are multiplied by."""
        return (1.0 + uniform(seeds, *self.factor),)

    @staticmethod
    def change(values: tf.Tensor, amount: tf.Tensor) -> tf.Tensor:
        """Return values of more or less contrast."""
        # In float64 the mean has the same float32 in whatever order it is summed.
        mean = tf.reduce_mean(tf.cast(values, tf.float64), axis=(1, 2), keepdims=True)
        mean = tf.cast(mean, tf.float32)
        return (values - mean) * across(amount) + mean
