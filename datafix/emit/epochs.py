"""Which rows make which batch of which epoch."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

from datafix.errors import ParameterError

if TYPE_CHECKING:
    from datafix.emit.data_position import DataPosition

# AutoGraph would rewrite these functions to no gain, and wrap what they raise.
unconverted = tf.autograph.experimental.do_not_convert


@dataclass(frozen=True)
class Epochs:
    """The batches of every epoch over so many rows.

    Attributes
    ----------
    n_rows, size, n_batches, n_all : int
        Rows, rows a batch, batches an epoch of this shard and of all.
    seed : int
    position : DataPosition or None
        Where given, it numbers the epochs; else a generator inside tf.data does, whose
        state a checkpoint of an iterator saves.
    repeat : bool
        Epoch after epoch without end.
    shard : (int, int)
        (index, count): this shard's batches are every count-th one, from index on.
    """

    n_rows: int
    size: int
    n_batches: int
    n_all: int
    seed: int
    position: DataPosition | None = None
    repeat: bool = False
    shard: tuple[int, int] = (0, 1)

    @classmethod
    def of(
        cls,
        n_rows: int,
        size: int,
        drop_remainder: bool,
        *,
        seed: int | None,
        position: DataPosition | None = None,
        repeat: bool = False,
        shard: tuple[int, int] | None = None,
    ) -> Epochs:
        """Count the batches; refuse where there is none."""
        index, count = (0, 1) if shard is None else _checked(shard)
        n_all = n_rows // size if drop_remainder else -(-n_rows // size)
        if not n_all:
            raise ParameterError(
                f"make_dataset needs at least one full batch where drop_remainder=True, got {n_rows} rows "
                f"for batch_size={size}. Lower batch_size, or keep the remainder."
            )
        if n_all < count:
            raise ParameterError(
                f"make_dataset needs at least one batch for each of {count} shards, got {n_all}. Lower batch_size."
            )
        n_batches = len(range(index, n_all, count))
        if position is not None:
            position.belong_to(n_batches, repeat=repeat)
        drawn = secrets.randbits(62) if seed is None else int(seed)
        return cls(n_rows, int(size), n_batches, n_all, drawn, position, repeat, (index, count))

    @property
    def rows_a_batch(self) -> int | None:
        """Rows of every batch, or None where the last one is smaller."""
        return self.size if (self._last + 1) * self.size <= self.n_rows else None

    @property
    def _last(self) -> int:
        """The number of this shard's last batch."""
        index, count = self.shard
        return index + (self.n_batches - 1) * count

    @property
    def index(self) -> tf.DType:
        """The integers that number rows."""
        return tf.int32 if self.n_rows + self.size < 2**31 else tf.int64

    def numbers(self) -> tf.data.Dataset:
        """Return the batches' numbers, in order."""
        index, count = self.shard
        return tf.data.Dataset.range(index, self._last + 1, count, output_type=self.index)

    def addresses(self, *, shuffle: bool, keyed: bool) -> tf.data.Dataset:
        """Return the positions of each batch's rows, int of shape (rows, 1), of one epoch after another.

        They are a new permutation each epoch where ``shuffle`` is set. ``keyed``: pairs
        (key of the epoch, positions), the key an int64 that is another one each epoch.
        """
        # Held as a tensor: a number in the graph would be folded into all positions, anew each epoch.
        n_rows = tf.constant(self.n_rows, self.index)

        def epoch(key: tf.Tensor, first: tf.Tensor) -> tf.data.Dataset:
            order = tf.range(n_rows)
            if shuffle:
                order = tf.random.experimental.stateless_shuffle(order, seed=tf.stack([self.seed, key]))
            batches = self._cut(order)
            if self.position is not None:
                batches = batches.skip(first)
            return batches.map(unconverted(lambda rows: (key, rows))) if keyed else batches

        return self.starts().flat_map(unconverted(epoch))

    def finished(self, batches: tf.data.Dataset) -> tf.data.Dataset:
        """Return the dataset with what every dataset of datafix has: length, prefetching, small checkpoints."""
        if self.repeat:
            batches = batches.repeat()
        else:
            batches = batches.apply(tf.data.experimental.assert_cardinality(self.n_batches))
        options = tf.data.Options()
        # A checkpoint then holds where the iterator stands, not the batches that are on their way.
        options.experimental_symbolic_checkpoint = True
        # Rewriting the graph copies all that it captures: the data would be in memory a third time.
        options.experimental_optimization.apply_default_optimizations = False
        return batches.prefetch(tf.data.AUTOTUNE).with_options(options)

    def _cut(self, order: tf.Tensor) -> tf.data.Dataset:
        n_full = self.n_rows // self.size
        index, count = self.shard
        numbered = tf.reshape(order[: n_full * self.size], [n_full, self.size, 1])[index::count]
        full = tf.data.Dataset.from_tensor_slices(numbered)
        if self.rows_a_batch is not None:
            return full.take(self.n_batches)
        return full.concatenate(tf.data.Dataset.from_tensors(order[n_full * self.size :, None]))

    def starts(self) -> tf.data.Dataset:
        """Return one (key, number of the first batch) each time that an epoch starts."""
        if self.position is not None:
            start = self.position.start
            # The argument is there so that no optimiser takes the answer for a constant.
            return tf.data.Dataset.from_tensors(0).map(unconverted(lambda now: _asked(start, now)))
        none = tf.constant(0, tf.int64)
        return _draws(self.seed).take(1).map(unconverted(lambda key: (key, none)))


def _checked(shard: tuple[int, int]) -> tuple[int, int]:
    pair = tuple(shard) if isinstance(shard, tuple | list) else ()
    if len(pair) != 2 or not all(isinstance(number, int) for number in pair) or not 0 <= pair[0] < pair[1]:
        raise ParameterError(f"make_dataset needs shard=(index, count) with 0 <= index < count, got {shard!r}.")
    return pair


def _asked(start: Callable[[], tuple[int, int]], now: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    answers = tf.numpy_function(lambda _: np.array(start(), np.int64), [now], tf.int64, stateful=False)
    epoch, first = tf.unstack(tf.ensure_shape(answers, [2]))
    return epoch, first


def _draws(seed: int) -> tf.data.Dataset:
    """Return random numbers that differ from one iteration to the next, whatever TensorFlow's global seed is.

    ``Dataset.random(seed, rerandomize_each_iteration=True)`` without the global seed, which other libraries set.
    """
    spec = tf.TensorSpec((), tf.int64)
    variant = tf.raw_ops.RandomDatasetV2(
        seed=tf.constant(seed & (2**63 - 1), tf.int64),
        seed2=tf.constant(_SECOND_SEED, tf.int64),
        seed_generator=tf.raw_ops.DummySeedGenerator(),
        output_types=[spec.dtype],
        output_shapes=[spec.shape],
        rerandomize_each_iteration=True,
    )
    return tf.data.experimental.from_variant(variant, spec)


# A pair of zeros would mean "any seed" to TensorFlow.
_SECOND_SEED = 0x5EED
