"""More and less colourful images."""

from __future__ import annotations

import tensorflow as tf

from datafix.augment.draws import uniform
from datafix.augment.operation import span
from datafix.augment.pixelwise import PixelOperation, across


class Saturation(PixelOperation):
    """Multiply the saturation of colours, the S of HSV.

    Parameters
    ----------
    factor : float or (low, high)
        A number a means (-a, a); 0.2 drawn makes the saturation 1.2 times as large, -0.2 0.8 times.
        -1 is grey. (Keras' RandomSaturation counts otherwise: its f is f / (1 - f) times.)
    value_range : (low, high), optional
        Of the pixels. None: (0, 255) for uint8, (0, 65535) for uint16 and (0, 1) for floats;
        a float image that goes beyond is refused when it comes.

    Raises
    ------
    ParameterError
        If images do not have three channels.

    Examples
    --------
    >>> import numpy as np
    >>> image = np.array([200, 100, 0], np.uint8).reshape(1, 1, 1, 3)
    >>> Saturation((-0.5, -0.5))(image).numpy().ravel().tolist()
    [200, 150, 100]
    """

    needs_colour = True

    def __init__(self, factor: float | tuple[float, float], *, value_range: tuple[float, float] | None = None) -> None:
        super().__init__(value_range=value_range)
        self.factor = span(factor, "factor", least=-1.0000001, who="Saturation")

    def amounts(self, seeds: tf.Tensor) -> tuple[tf.Tensor, ...]:
        """Return what saturations are multiplied by."""
        return (1.0 + uniform(seeds, *self.factor),)

    @staticmethod
    def change(values: tf.Tensor, amount: tf.Tensor) -> tf.Tensor:
        """Return more or less saturated values."""
        # S = (most - least) / most: hue and value stay where all move towards the largest by the same share.
        red, green, blue = tf.unstack(values, axis=-1)
        most, least = tf.maximum(tf.maximum(red, green), blue), tf.minimum(tf.minimum(red, green), blue)
        times = tf.minimum(across(amount), tf.math.divide_no_nan(most, most - least)[..., None])
        return most[..., None] - (most[..., None] - values) * times
