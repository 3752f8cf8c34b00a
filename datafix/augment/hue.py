"""Images of turned colours."""

from __future__ import annotations

import tensorflow as tf

from datafix.augment.draws import uniform
from datafix.augment.operation import span
from datafix.augment.pixelwise import PixelOperation


class Hue(PixelOperation):
    """Turn the hue of colours, the H of HSV, as Keras' RandomHue does.

    Parameters
    ----------
    factor : float or (low, high)
        A number a means (-a, a), in half turns of the colour circle: 1 turns red to cyan.
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
    >>> red = np.array([200, 0, 0], np.uint8).reshape(1, 1, 1, 3)
    >>> Hue((1, 1))(red).numpy().ravel().tolist()
    [0, 200, 200]
    """

    needs_colour = True

    def __init__(self, factor: float | tuple[float, float], *, value_range: tuple[float, float] | None = None) -> None:
        super().__init__(value_range=value_range)
        self.factor = span(factor, "factor", who="Hue")

    def amounts(self, seeds: tf.Tensor) -> tuple[tf.Tensor, ...]:
        """Return turns, in sixths of the circle."""
        return (3.0 * uniform(seeds, *self.factor),)

    @staticmethod
    def change(values: tf.Tensor, amount: tf.Tensor) -> tf.Tensor:
        """Return values of another hue."""
        red, green, blue = tf.unstack(values, axis=-1)
        most, least = tf.maximum(tf.maximum(red, green), blue), tf.minimum(tf.minimum(red, green), blue)
        chroma = most - least
        from_red = tf.math.divide_no_nan(green - blue, chroma)
        from_green = tf.math.divide_no_nan(blue - red, chroma) + 2.0
        from_blue = tf.math.divide_no_nan(red - green, chroma) + 4.0
        sixth = tf.where(most == red, from_red, tf.where(most == green, from_green, from_blue))
        return tf.stack([_channel(sixth + amount[:, None, None], most, chroma, at) for at in (5, 3, 1)], axis=-1)


def _channel(sixth: tf.Tensor, most: tf.Tensor, chroma: tf.Tensor, at: int) -> tf.Tensor:
    place = sixth + float(at)
    place -= 6.0 * tf.floor(place / 6.0)
    return most - chroma * tf.clip_by_value(tf.minimum(place, 4.0 - place), 0.0, 1.0)
