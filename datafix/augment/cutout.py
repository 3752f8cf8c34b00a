"""Images with a patch blotted out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from datafix.augment.compiling import compiled
from datafix.augment.draws import uniform
from datafix.augment.operation import Batch, Operation, images, span
from datafix.augment.windows import windows, within
from datafix.errors import ParameterError


class Cutout(Operation):
    """Blot out a random window of every image (DeVries and Taylor, 2017; Keras' RandomErasing).

    Parameters
    ----------
    scale : (low, high), default=(0.02, 0.33)
        Share of the image that goes, in [0, 1]. As in Keras, height and width are the roots of two draws.
    fill_value : float or sequence of float, default=0
        What goes in, in the units of the pixels; one number, or one a channel.
    probability : float, default=1
        Of a patch at all.

    Notes
    -----
    The window lies in the image as a whole. Masks and boxes stay as they are.

    Examples
    --------
    >>> import numpy as np
    >>> image = np.full((1, 4, 4, 1), 9, np.uint8)
    >>> int((Cutout((0.25, 0.25))(image) == 0).numpy().sum())
    4
    """

    def __init__(
        self,
        scale: tuple[float, float] = (0.02, 0.33),
        *,
        fill_value: float | Sequence[float] = 0.0,
        probability: float = 1.0,
    ) -> None:
        self.scale = span(scale, "scale", least=-1e-9, who="Cutout")
        if self.scale[1] > 1:
            raise ParameterError(f"Cutout needs a scale of at most 1, the whole image, got {scale!r}.")
        if not 0 <= probability <= 1:
            raise ParameterError(f"Cutout needs a probability between 0 and 1, got {probability!r}.")
        self.probability = probability
        self.fill_value = np.asarray(fill_value, np.float32)
        if self.fill_value.ndim > 1 or not np.isfinite(self.fill_value).all():
            raise ParameterError(f"Cutout needs a finite fill_value, or one a channel, got {fill_value!r}.")

    def apply(self, batch: Batch, seeds: tf.Tensor) -> Batch:
        """Return the batch with patches in its images."""
        x, y, sample_weight = batch
        x = images(x, "Cutout")
        if self.fill_value.size not in (1, x.shape[3]):
            raise ParameterError(
                f"Cutout needs one fill_value, or {x.shape[3]}, one a channel; got {self.fill_value.size}."
            )
        chosen = tf.cast(uniform(seeds, stream=4) < self.probability, tf.float32)
        shares = [tf.sqrt(uniform(seeds, *self.scale, stream=at)) * chosen for at in (0, 1)]
        window = windows(seeds, (shares[0], shares[1]), tf.unstack(tf.shape(x)[1:3]), stream=2)
        blotted = compiled(_blotted, x, window, tf.cast(self.fill_value, x.dtype))
        return tf.ensure_shape(blotted, x.shape), y, sample_weight


def _blotted(x: tf.Tensor, window: tf.Tensor, fill: tf.Tensor) -> tf.Tensor:
    return tf.where(within(window, tf.shape(x)[1], tf.shape(x)[2]), fill, x)
