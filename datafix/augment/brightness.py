"""Brighter and darker images."""

from __future__ import annotations

import tensorflow as tf

from datafix.augment.draws import uniform
from datafix.augment.operation import span
from datafix.augment.pixelwise import PixelOperation, across


class Brightness(PixelOperation):
    """Add a random share of the range of values to an image, and keep it in that range.

    Parameters
    ----------
    factor : float or (low, high)
        A number a means (-a, a).
    value_range : (low, high), optional
        Of the pixels. None: (0, 255) for uint8, (0, 65535) for uint16 and (0, 1) for floats; a float image that
        goes beyond is refused when it comes.

    Examples
    --------
    >>> import numpy as np
    >>> Brightness((0.2, 0.2))(np.full((1, 1, 2, 1), 10, np.uint8)).numpy().ravel().tolist()
    [61, 61]
    """

    def __init__(self, factor: float | tuple[float, float], *, value_range: tuple[float, float] | None = None) -> None:
        super().__init__(value_range=value_range)
        self.factor = span(factor, "factor", who="Brightness")

    def amounts(self, seeds: tf.Tensor) -> tuple[tf.Tensor, ...]:
        """Return what is added, in shares of the range."""
        return (uniform(seeds, *self.factor),)

    @staticmethod
    def change(values: tf.Tensor, amount: tf.Tensor) -> tf.Tensor:
        """Return brighter or darker values."""
        return values + across(amount)
