"""Random draws that depend on counters alone: the same bits in any batch, order or thread.

Every row of a batch has one 64-bit seed, mixed from the dataset's seed, the epoch and
the row's position in the data (`row_seeds`). An operation draws from it with a stream
number of its own, so that operations neither share nor disturb each other's draws.
The mixing function is the finaliser of SplitMix64 (Steele, Lea and Flood, 2014).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

_GOLDEN, _FIRST, _SECOND = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


def row_seeds(seed: Any, epoch: Any, rows: Any) -> tf.Tensor:
    """Return one seed a row, int64 of shape (rows,), from (seed, epoch, row).

    Parameters
    ----------
    seed, epoch : int or int64 scalar tensor
    rows : int64 tensor of shape (rows,)
        Each row's position in the whole data.

    Examples
    --------
    >>> together = row_seeds(0, 3, [5, 6, 7])
    >>> bool(together[2] == row_seeds(0, 3, [7])[0])
    True
    """
    mixed = _mix(_mix(_mix(_bits(seed)) ^ _bits(epoch)) ^ _bits(rows))
    return tf.bitcast(mixed, tf.int64)


def derived(seeds: tf.Tensor, salt: int) -> tf.Tensor:
    """Return other seeds, int64 of shape (rows,), independent of the given ones."""
    return tf.bitcast(_mix(_bits(seeds) ^ _mix(_bits(salt))), tf.int64)


def uniform(seeds: tf.Tensor, low: float = 0.0, high: float = 1.0, *, stream: int = 0) -> tf.Tensor:
    """Return one number a row, uniform in [low, high), float32 of shape (rows,)."""
    return tf.cast(low + (high - low) * _unit(seeds, 1, stream)[:, 0], tf.float32)


def normal(seeds: tf.Tensor, width: Any, *, stream: int = 0) -> tf.Tensor:
    """Return standard normal numbers, float32 of shape (rows, width) (Box and Muller, 1958)."""
    radius = tf.sqrt(-2.0 * tf.math.log1p(-_unit(seeds, width, 2 * stream)))
    return tf.cast(radius * tf.cos(2.0 * np.pi * _unit(seeds, width, 2 * stream + 1)), tf.float32)


def _unit(seeds: tf.Tensor, width: Any, stream: int) -> tf.Tensor:
    counters = _mix(_bits(tf.range(tf.cast(width, tf.int64)) + (stream << 32)))
    bits = _mix(_bits(seeds)[:, None] ^ counters[None, :])
    return tf.cast(tf.bitcast(_shifted(bits, 11), tf.int64), tf.float64) * 2.0**-53


def _bits(values: Any) -> tf.Tensor:
    return tf.bitcast(tf.cast(values, tf.int64), tf.uint64)


def _mix(bits: tf.Tensor) -> tf.Tensor:
    bits = bits + _word(_GOLDEN)
    bits = (bits ^ _shifted(bits, 30)) * _word(_FIRST)
    bits = (bits ^ _shifted(bits, 27)) * _word(_SECOND)
    return bits ^ _shifted(bits, 31)


def _shifted(bits: tf.Tensor, by: int) -> tf.Tensor:
    return tf.bitwise.right_shift(bits, _word(by))


def _word(value: int) -> tf.Tensor:
    return tf.constant(value, tf.uint64)
