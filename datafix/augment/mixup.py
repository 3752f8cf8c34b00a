"""Rows mixed with one another."""

from __future__ import annotations

import tensorflow as tf

from datafix.augment.draws import uniform
from datafix.augment.mixing import check_mixing, check_nothing_moves, mixable, mixed, own_share, partners
from datafix.augment.moving import Moving
from datafix.augment.operation import Batch, Operation


class MixUp(Operation):
    """Mix every row, its target and its weight with another row of the batch.

    The row's own share is drawn from Beta(alpha, alpha), folded to [0.5, 1], so that a row
    stays mostly itself (Zhang et al., 2018).

    Parameters
    ----------
    alpha : float, default=0.2
        Above 0. Small: rows stay almost as they are.
    n_classes : int, optional
        Of class codes, which become one-hot rows first; train with
        ``categorical_crossentropy``. None: y is one-hot, binary floats or values already.

    Notes
    -----
    The share depends on the row's seed alone; the partner, on who else is in the batch, so that
    results change with the batch size and the shuffle. Masks and boxes declared in `Compose` are
    refused: a share of a box is none.

    Examples
    --------
    >>> import numpy as np
    >>> x, y = MixUp(0.2, n_classes=2)(np.eye(4, dtype=np.float32), np.array([0, 1, 0, 1]))
    >>> x.numpy().sum(axis=1).round(5).tolist(), y.shape.as_list()
    ([1.0, 1.0, 1.0, 1.0], [4, 2])
    """

    def __init__(self, alpha: float = 0.2, *, n_classes: int | None = None) -> None:
        check_mixing(alpha, n_classes, "MixUp")
        self.alpha, self.n_classes = alpha, n_classes

    def apply(self, batch: Batch, seeds: tf.Tensor) -> Batch:
        """Return the batch, every row mixed with a partner."""
        x, y, sample_weight = batch
        share = own_share(uniform(seeds, stream=0), self.alpha)
        partner = partners(seeds, stream=1)
        y = mixable(y, self.n_classes, "MixUp")
        return mixed(x, partner, share), mixed(y, partner, share), mixed(sample_weight, partner, share)

    def apply_moving(self, batch: Batch, seeds: tf.Tensor, moving: Moving) -> Batch:
        """Return the batch mixed; masks and boxes are refused."""
        check_nothing_moves(moving, ("masks", "boxes"), "MixUp")
        return self.apply(batch, seeds)
