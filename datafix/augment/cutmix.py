"""Images with a patch of one another."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from datafix.augment.compiling import compiled
from datafix.augment.draws import uniform
from datafix.augment.mixing import check_mixing, check_nothing_moves, mixable, mixed, own_share, partners
from datafix.augment.moving import Moving, changed
from datafix.augment.operation import Batch, Operation, images
from datafix.augment.windows import windows, within


class CutMix(Operation):
    """Put a window of another image of the batch into every image, and mix targets and weights (Yun et al., 2019).

    A target's share is the share of pixels that are the image's own, counted, after rounding.

    Parameters
    ----------
    alpha : float, default=1
        The share of the image that stays is drawn from Beta(alpha, alpha).
    n_classes : int, optional
        Of class codes, which become one-hot rows first; train with
        ``categorical_crossentropy``. None: y is one-hot, binary floats or values already.

    Notes
    -----
    The window depends on the row's seed alone; the partner, on who else is in the batch, so that
    results change with the batch size and the shuffle. Masks declared in `Compose` are cut
    and pasted like the images; boxes are refused.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.stack([np.zeros((8, 8, 1)), np.ones((8, 8, 1))]).astype(np.float32)
    >>> mixed, y = CutMix(n_classes=2)(x, np.array([0, 1]))
    >>> bool(np.allclose(mixed.numpy().mean(axis=(1, 2, 3)), y.numpy()[:, 1]))
    True
    """

    def __init__(self, alpha: float = 1.0, *, n_classes: int | None = None) -> None:
        check_mixing(alpha, n_classes, "CutMix")
        self.alpha, self.n_classes = alpha, n_classes

    def apply(self, batch: Batch, seeds: tf.Tensor) -> Batch:
        """Return the batch, every row with a window of its partner."""
        return self.apply_moving(batch, seeds, Moving())

    def apply_moving(self, batch: Batch, seeds: tf.Tensor, moving: Moving) -> Batch:
        """Return the batch, masks cut and pasted like the images."""
        check_nothing_moves(moving, ("boxes",), "CutMix")
        x, y, sample_weight = batch
        x = images(x, "CutMix")
        partner = partners(seeds, stream=1)
        window, share = self._windows(seeds, x)

        def pasted(part: tf.Tensor) -> tf.Tensor:
            deep = part if part.shape.rank == 4 else part[..., None]
            return tf.reshape(compiled(_pasted, deep, partner, window), tf.shape(part))

        masks = changed(y, moving.masks, pasted, "masks")
        y = self._mixed_targets(y, masks, moving, partner, share)
        return tf.ensure_shape(pasted(x), x.shape), y, mixed(sample_weight, partner, share)

    def _windows(self, seeds: tf.Tensor, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        side = tf.sqrt(1.0 - own_share(uniform(seeds, stream=0), self.alpha, folded=False))
        height, width = tf.unstack(tf.shape(x)[1:3])
        window = windows(seeds, (side, side), (height, width), stream=2)
        pixels = (window[:, 2] - window[:, 0]) * (window[:, 3] - window[:, 1])
        return window, 1.0 - tf.cast(pixels / (height * width), tf.float32)

    def _mixed_targets(self, y: Any, masks: Any, moving: Moving, partner: tf.Tensor, share: tf.Tensor) -> Any:
        if moving.masks is True:
            return masks
        if not moving.masks:
            return mixed(mixable(y, self.n_classes, "CutMix"), partner, share)
        others = {key: mixable(part, self.n_classes, "CutMix") for key, part in y.items() if key not in moving.masks}
        return {**{key: masks[key] for key in moving.masks}, **mixed(others, partner, share)}


def _pasted(x: tf.Tensor, partner: tf.Tensor, window: tf.Tensor) -> tf.Tensor:
    return tf.where(within(window, tf.shape(x)[1], tf.shape(x)[2]), tf.gather(x, partner), x)
