"""Mirrored images."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from datafix.augment.affine import AffineOperation, rows_of
from datafix.augment.draws import uniform
from datafix.errors import ParameterError


class Flip(AffineOperation):
    """Mirror images left to right, upside down, or both, each by chance.

    Parameters
    ----------
    direction : {"horizontal", "vertical", "both"}, default="horizontal"
        "both" decides about the two directions one by one.
    probability : float, default=0.5

    Examples
    --------
    >>> import numpy as np
    >>> image = np.arange(3.0).reshape(1, 1, 3, 1)
    >>> Flip(probability=1.0)(image).numpy().ravel().tolist()
    [2.0, 1.0, 0.0]
    """

    def __init__(self, direction: str = "horizontal", *, probability: float = 0.5) -> None:
        if direction not in ("horizontal", "vertical", "both"):
            raise ParameterError(f'Flip needs "horizontal", "vertical" or "both", got {direction!r}.')
        if not 0 <= probability <= 1:
            raise ParameterError(f"Flip needs a probability between 0 and 1, got {probability!r}.")
        self.direction = direction
        self.probability = probability

    def matrices(self, seeds: tf.Tensor, size: tuple[Any, Any]) -> tf.Tensor:
        """Return the mirrorings."""
        across = self._sign(seeds, "horizontal", stream=0)
        down = self._sign(seeds, "vertical", stream=1)
        none = tf.zeros_like(across)
        return rows_of(across, none, none, none, down, none)

    def _sign(self, seeds: tf.Tensor, direction: str, *, stream: int) -> tf.Tensor:
        draw = uniform(seeds, stream=stream)
        if self.direction not in (direction, "both"):
            return tf.ones_like(draw)
        return tf.where(draw < self.probability, -1.0, 1.0)
