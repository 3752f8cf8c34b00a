"""Rotated images."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from datafix.augment.affine import AffineOperation, rows_of
from datafix.augment.draws import uniform
from datafix.augment.operation import span
from datafix.augment.sampling import Sampling


class Rotate(AffineOperation):
    """Turn images about their centre, counterclockwise, by a random angle.

    Parameters
    ----------
    degrees : float or (low, high)
        A number a means (-a, a).
    fill_mode : {"reflect", "constant", "nearest", "wrap"}, default="reflect"
        What lies beyond the edge, as in Keras.
    fill_value : float, default=0
        For "constant".
    interpolation : {"bilinear", "nearest"}, default="bilinear"

    Examples
    --------
    >>> import numpy as np
    >>> image = np.arange(4.0).reshape(1, 2, 2, 1)
    >>> Rotate((90, 90))(image).numpy().round(5).reshape(2, 2).tolist()
    [[1.0, 3.0], [0.0, 2.0]]
    """

    def __init__(
        self,
        degrees: float | tuple[float, float],
        *,
        fill_mode: str = "reflect",
        fill_value: float = 0.0,
        interpolation: str = "bilinear",
    ) -> None:
        self.degrees = span(degrees, "degrees", who="Rotate")
        self.sampling = Sampling(fill_mode, fill_value, interpolation).checked("Rotate")

    def matrices(self, seeds: tf.Tensor, size: tuple[Any, Any]) -> tf.Tensor:
        """Return the rotations."""
        angle = uniform(seeds, *self.degrees) * np.float32(np.pi / 180)
        sine, cosine, none = tf.sin(angle), tf.cos(angle), tf.zeros_like(angle)
        return rows_of(cosine, -sine, none, sine, cosine, none)
