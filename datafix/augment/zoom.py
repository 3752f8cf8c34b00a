"""Zoomed images."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from datafix.augment.affine import AffineOperation, rows_of
from datafix.augment.draws import uniform
from datafix.augment.operation import span
from datafix.augment.sampling import Sampling


class Zoom(AffineOperation):
    """Enlarge or shrink images about their centre by a random factor.

    Parameters
    ----------
    factor : float or (low, high)
        A number a means (-a, a); 0.2 drawn makes things 1.2 times as large, -0.2 0.8 times.
    fill_mode : {"reflect", "constant", "nearest", "wrap"}, default="reflect"
        What lies beyond the edge, as in Keras.
    fill_value : float, default=0
        For "constant".
    interpolation : {"bilinear", "nearest"}, default="bilinear"

    Examples
    --------
    >>> import numpy as np
    >>> image = np.array([0.0, 4.0, 8.0]).reshape(1, 1, 3, 1)
    >>> Zoom((1.0, 1.0))(image).numpy().ravel().tolist()
    [2.0, 4.0, 6.0]
    """

    def __init__(
        self,
        factor: float | tuple[float, float],
        *,
        fill_mode: str = "reflect",
        fill_value: float = 0.0,
        interpolation: str = "bilinear",
    ) -> None:
        self.factor = span(factor, "factor", least=-1, who="Zoom")
        self.sampling = Sampling(fill_mode, fill_value, interpolation).checked("Zoom")

    def matrices(self, seeds: tf.Tensor, size: tuple[Any, Any]) -> tf.Tensor:
        """Return the scalings."""
        inverse = 1.0 / (1.0 + uniform(seeds, *self.factor))
        none = tf.zeros_like(inverse)
        return rows_of(inverse, none, none, none, inverse, none)
