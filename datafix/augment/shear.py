"""Sheared images."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from datafix.augment.affine import AffineOperation, rows_of
from datafix.augment.draws import uniform
from datafix.augment.operation import span
from datafix.augment.sampling import Sampling


class Shear(AffineOperation):
    """Slant images about their centre, by random shares of their size.

    Parameters
    ----------
    x_factor, y_factor : float or (low, high), default=0
        How far rows move across for every pixel down, and columns down for every pixel across.
        A number a means (-a, a). The result at (x, y) is read at (x + x_factor y, y + y_factor x).
    fill_mode : {"reflect", "constant", "nearest", "wrap"}, default="reflect"
        What lies beyond the edge, as in Keras.
    fill_value : float, default=0
        For "constant".
    interpolation : {"bilinear", "nearest"}, default="bilinear"

    Examples
    --------
    >>> import numpy as np
    >>> image = np.arange(9.0).reshape(1, 3, 3, 1)
    >>> Shear((1, 1), fill_mode="constant")(image).numpy().reshape(3, 3).tolist()
    [[0.0, 0.0, 1.0], [3.0, 4.0, 5.0], [7.0, 8.0, 0.0]]
    """

    def __init__(
        self,
        x_factor: float | tuple[float, float] = 0.0,
        y_factor: float | tuple[float, float] = 0.0,
        *,
        fill_mode: str = "reflect",
        fill_value: float = 0.0,
        interpolation: str = "bilinear",
    ) -> None:
        self.x_factor = span(x_factor, "x_factor", who="Shear")
        self.y_factor = span(y_factor, "y_factor", who="Shear")
        self.sampling = Sampling(fill_mode, fill_value, interpolation).checked("Shear")

    def matrices(self, seeds: tf.Tensor, size: tuple[Any, Any]) -> tf.Tensor:
        """Return the shears."""
        across, down = uniform(seeds, *self.x_factor, stream=0), uniform(seeds, *self.y_factor, stream=1)
        one, none = tf.ones_like(across), tf.zeros_like(across)
        return rows_of(one, across, none, down, one, none)
