"""Rows mixed with one another."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
from scipy import special

from datafix.augment.draws import uniform
from datafix.augment.operation import Batch, Operation
from datafix.errors import ParameterError

_STEPS = 4096


class MixUp(Operation):
    """Mix every row, its target and its weight with another row of the batch.

    The row's own share is drawn from Beta(alpha, alpha), folded to [0.5, 1], so that a row
    stays mostly itself (Zhang et al., 2018).

    Parameters
    ----------
    alpha : float
        Above 0. Small: rows stay almost as they are.
    n_classes : int, optional
        Of class codes, which become one-hot rows first; train with
        ``categorical_crossentropy``. None: y is one-hot, binary floats or values already.

    Notes
    -----
    The share depends on the row's seed alone; the partner, on who else is in the batch.

    Examples
    --------
    >>> import numpy as np
    >>> x, y = MixUp(0.2, n_classes=2)(np.eye(4, dtype=np.float32), np.array([0, 1, 0, 1]))
    >>> x.numpy().sum(axis=1).round(5).tolist(), y.shape.as_list()
    ([1.0, 1.0, 1.0, 1.0], [4, 2])
    """

    def __init__(self, alpha: float, *, n_classes: int | None = None) -> None:
        if not isinstance(alpha, int | float) or not 0 < alpha < float("inf"):
            raise ParameterError(f"MixUp needs a finite alpha above 0, got {alpha!r}.")
        if n_classes is not None and (not isinstance(n_classes, int) or n_classes < 2):
            raise ParameterError(f"MixUp needs n_classes of 2 or more, or None, got {n_classes!r}.")
        self.alpha = alpha
        self.n_classes = n_classes

    def apply(self, batch: Batch, seeds: tf.Tensor) -> Batch:
        """Return the batch, every row mixed with a partner."""
        x, y, sample_weight = batch
        share = self._share(uniform(seeds, stream=0))
        partner = tf.argsort(uniform(seeds, stream=1))
        # Each row is mixed with the next one in a random circle, never with itself.
        partner = tf.gather(tf.roll(partner, 1, axis=0), tf.argsort(partner))
        parts = (x, self._mixable(y), sample_weight)
        mixed = [
            None if part is None else tf.nest.map_structure(lambda values: _mixed(values, partner, share), part)
            for part in parts
        ]
        return mixed[0], mixed[1], mixed[2]

    def _share(self, draw: tf.Tensor) -> tf.Tensor:
        """Return each row's own share, by the inverse distribution function."""
        quantiles = special.betaincinv(self.alpha, self.alpha, np.linspace(0.5, 1.0, _STEPS + 1))
        table = tf.constant(quantiles, tf.float32)
        at = draw * _STEPS
        left = tf.minimum(tf.cast(at, tf.int32), _STEPS - 1)
        low, high = tf.gather(table, left), tf.gather(table, left + 1)
        return low + (at - tf.cast(left, tf.float32)) * (high - low)

    def _mixable(self, y: Any) -> Any:
        if y is None or isinstance(y, dict):
            return y
        if self.n_classes is not None:
            codes = y if y.shape.rank == 1 else tf.reshape(y, [-1])
            return tf.one_hot(tf.cast(codes, tf.int32), self.n_classes)
        if not y.dtype.is_floating:
            raise ParameterError(
                f"MixUp cannot mix class codes of dtype {y.dtype.name}. Say n_classes=, which makes them one-hot, "
                "or pass targets as floats."
            )
        return y


def _mixed(values: tf.Tensor, partner: tf.Tensor, share: tf.Tensor) -> tf.Tensor:
    exact = tf.cast(values, tf.float32) if values.dtype.is_integer else values
    own = tf.cast(tf.reshape(share, [-1] + [1] * (values.shape.rank - 1)), exact.dtype)
    mixed = own * exact + (1 - own) * tf.gather(exact, partner)
    return tf.cast(tf.round(mixed), values.dtype) if values.dtype.is_integer else mixed
