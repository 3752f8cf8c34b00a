"""What MixUp and CutMix share: partners, shares, and targets that can be mixed."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
from scipy import special

from datafix.augment.compiling import compiled
from datafix.augment.draws import uniform
from datafix.augment.moving import Moving
from datafix.errors import ParameterError

_STEPS = 4096


def check_mixing(alpha: Any, n_classes: Any, who: str) -> None:
    """Raise where the parameters of a mixing operation cannot be meant."""
    if not isinstance(alpha, int | float) or not 0 < alpha < float("inf"):
        raise ParameterError(f"{who} needs a finite alpha above 0, got {alpha!r}.")
    if n_classes is not None and (not isinstance(n_classes, int) or n_classes < 2):
        raise ParameterError(f"{who} needs n_classes of 2 or more, or None, got {n_classes!r}.")


def check_nothing_moves(moving: Moving, parts: tuple[str, ...], who: str) -> None:
    """Raise where y has masks or boxes, which cannot be mixed."""
    if declared := [part for part in parts if getattr(moving, part)]:
        raise ParameterError(
            f"{who} needs targets that can be mixed, and {' and '.join(declared)} cannot. "
            f"Leave {who} out, or those from y."
        )


def partners(seeds: tf.Tensor, *, stream: int) -> tf.Tensor:
    """Return each row's partner: the next one in a random circle, never itself (but in a batch of one)."""
    order = tf.argsort(uniform(seeds, stream=stream), stable=True)
    return tf.gather(tf.roll(order, 1, axis=0), tf.argsort(order))


def own_share(draw: tf.Tensor, alpha: float, *, folded: bool = True) -> tf.Tensor:
    """Return draws from Beta(alpha, alpha), by the inverse distribution function of uniform ones.

    Folded, they are in [0.5, 1].
    """
    quantiles = special.betaincinv(alpha, alpha, np.linspace(0.5 if folded else 0.0, 1.0, _STEPS + 1))
    table = tf.constant(quantiles, tf.float32)
    at = draw * _STEPS
    left = tf.minimum(tf.cast(at, tf.int32), _STEPS - 1)
    low, high = tf.gather(table, left), tf.gather(table, left + 1)
    return low + (at - tf.cast(left, tf.float32)) * (high - low)


def mixable(y: Any, n_classes: int | None, who: str) -> Any:
    """Return targets as floats: class codes one-hot."""
    if y is None or isinstance(y, dict):
        return y
    if n_classes is not None:
        codes = y if y.shape.rank == 1 else tf.reshape(y, [-1])
        return tf.one_hot(tf.cast(codes, tf.int32), n_classes)
    if not y.dtype.is_floating:
        raise ParameterError(
            f"{who} cannot mix class codes of dtype {y.dtype.name}. Say n_classes=, which makes them one-hot, "
            "or pass targets as floats."
        )
    return y


def mixed(part: Any, partner: tf.Tensor, share: tf.Tensor) -> Any:
    """Return every tensor of part, each row mixed with its partner; ``share`` is the row's own."""
    if part is None:
        return None
    return tf.nest.map_structure(lambda values: compiled(_mixed, values, partner, share), part)


def _mixed(values: tf.Tensor, partner: tf.Tensor, share: tf.Tensor) -> tf.Tensor:
    exact = tf.cast(values, tf.float32) if values.dtype.is_integer else values
    own = tf.cast(tf.reshape(share, [-1] + [1] * (values.shape.rank - 1)), exact.dtype)
    result = own * exact + (1 - own) * tf.gather(exact, partner)
    return tf.cast(tf.round(result), values.dtype) if values.dtype.is_integer else result
