"""Shifted images."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from datafix.augment.affine import AffineOperation, rows_of
from datafix.augment.draws import uniform
from datafix.augment.operation import span
from datafix.augment.sampling import Sampling


class Shift(AffineOperation):
    """Move images right and down by random shares of their width and height.

    Parameters
    ----------
    fraction : float or (low, high)
        A number a means (-a, a). Both directions are drawn, one by one.
    fill_mode : {"reflect", "constant", "nearest", "wrap"}, default="reflect"
        What lies beyond the edge, as in Keras.
    fill_value : float, default=0
        For "constant".
    interpolation : {"bilinear", "nearest"}, default="bilinear"

    Examples
    --------
    >>> import numpy as np
    >>> image = np.arange(4.0).reshape(1, 1, 4, 1)
    >>> Shift((0.25, 0.25))(image).numpy().ravel().tolist()
    [0.0, 0.0, 1.0, 2.0]
    """

    def __init__(
        self,
        fraction: float | tuple[float, float],
        *,
        fill_mode: str = "reflect",
        fill_value: float = 0.0,
        interpolation: str = "bilinear",
    ) -> None:
        self.fraction = span(fraction, "fraction", who="Shift")
        self.sampling = Sampling(fill_mode, fill_value, interpolation).checked("Shift")

    def matrices(self, seeds: tf.Tensor, size: tuple[Any, Any]) -> tf.Tensor:
        """Return the translations."""
        height, width = size
        across = uniform(seeds, *self.fraction, stream=0) * width
        down = uniform(seeds, *self.fraction, stream=1) * height
        one, none = tf.ones_like(across), tf.zeros_like(across)
        return rows_of(one, none, -across, none, one, -down)
