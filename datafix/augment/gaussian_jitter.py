"""Table rows with noise."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from datafix.augment.draws import normal
from datafix.augment.operation import Batch, Operation
from datafix.errors import ParameterError


class GaussianJitter(Operation):
    """Add normal noise to every feature of every row.

    Evidence that noise on table rows helps is thin, so nothing adds it unasked: measure.

    Parameters
    ----------
    scale : float
        Standard deviation of the noise, in units of each feature's spread.
    spread : array-like of shape (features,), optional
        Of the training rows, such as ``prepared.train.features.std(axis=0)``; 0 leaves a feature
        (a code, a one-hot column) as it is. None: 1, as scaled features have it.

    Examples
    --------
    >>> import numpy as np
    >>> noise = GaussianJitter(0.5, spread=[1.0, 10.0, 0.0])(np.zeros((1000, 3), np.float32)).numpy()
    >>> noise.std(axis=0).round(0).tolist(), bool(abs(noise[:, 0].std() - 0.5) < 0.04)
    ([0.0, 5.0, 0.0], True)
    """

    def __init__(self, scale: float, *, spread: Any = None) -> None:
        if not isinstance(scale, int | float) or not 0 <= scale < float("inf"):
            raise ParameterError(f"GaussianJitter needs a finite scale of 0 or more, got {scale!r}.")
        self.scale = scale
        self.spread = None if spread is None else np.asarray(spread, dtype=np.float32)
        if self.spread is not None and not (
            self.spread.ndim == 1 and (np.isfinite(self.spread) & (self.spread >= 0)).all()
        ):
            raise ParameterError(
                f"GaussianJitter needs a spread of one finite number of 0 or more a feature, got {spread!r}."
            )

    def apply(self, batch: Batch, seeds: tf.Tensor) -> Batch:
        """Return the batch with noisy features."""
        x, y, sample_weight = batch
        if isinstance(x, dict) or not x.dtype.is_floating:
            raise ParameterError(
                f"GaussianJitter needs one float array, got {'a dict' if isinstance(x, dict) else x.dtype.name}. "
                "Scale the features to floats first."
            )
        if self.spread is not None and x.shape.as_list()[1:] != [len(self.spread)]:
            raise ParameterError(
                f"GaussianJitter has a spread of {len(self.spread)} features, got rows of shape {tuple(x.shape)[1:]}."
            )
        flat = tf.reshape(x, [tf.shape(x)[0], -1])
        noise = tf.reshape(normal(seeds, tf.shape(flat)[1]), tf.shape(x))
        noise = noise if self.spread is None else noise * self.spread
        return x + tf.cast(self.scale * noise, x.dtype), y, sample_weight
