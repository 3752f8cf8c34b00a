"""Arrays to a tf.data dataset, by gathering permuted rows.

``Dataset.shuffle`` sees only what is in its buffer, and moves rows one by one. Here every
epoch has one exact permutation of all rows, and a batch is one gather from the arrays.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from datafix.augment.draws import row_seeds
from datafix.emit.arrays import Aligned, aligned
from datafix.emit.epochs import Epochs, unconverted
from datafix.emit.sources import source_of
from datafix.emit.streaming import is_on_disk, streamed
from datafix.errors import ParameterError

if TYPE_CHECKING:
    from datafix.emit.data_position import DataPosition


def make_dataset(
    X: Any,
    y: Any = None,
    sample_weight: Any = None,
    *,
    batch_size: int = 256,
    shuffle: bool = False,
    seed: int | None = None,
    augment: Callable[..., Any] | None = None,
    drop_remainder: bool = False,
    repeat: bool = False,
    position: DataPosition | None = None,
    shard: tuple[int, int] | None = None,
) -> tf.data.Dataset:
    """Return a dataset of batches of x, (x, y) or (x, y, weight).

    Parameters
    ----------
    X : ndarray of shape (rows, ...), frame of numbers, sparse matrix, text, sequences, rows on disk, or dict of these
        A frame becomes a float32 matrix; a sparse matrix is made dense batch by batch;
        floats of another width become float32, integers (images) stay as they are. Text (one str
        a row) becomes strings, "" where missing. Sequences (a list or Series of one-dimensional
        sequences of numbers, or a RaggedTensor) are padded with 0 to the longest of their batch. Rows on
        disk (``datafix.load(folder, in_memory=False)``) are streamed, 64 MB at a time: see Notes.
    y : ndarray, Series or dict of these, or None
        Numbers: class codes, one-hot rows or values.
    sample_weight : array of shape (rows,), or None
        Finite and not negative. Without y, it is refused.
    batch_size : int, default=256
        Rows a batch; the last one may be smaller.
    shuffle : bool, default=False
        A new exact permutation of all rows every epoch.
    seed : int, optional
        Same seed, same epochs, in any process. Without one, the order differs from run to run.
    augment : callable, optional
        Called inside the graph as ``augment(x[, y[, weight]], seeds=seeds)`` and returns as many
        things as it got; ``seeds`` is int64 of shape (rows,), one a row, mixed from seed, epoch and
        the row's position in X, so that neither parallelism nor the batch size shows.
        Everything in ``datafix.augment`` is such a callable.
    drop_remainder : bool, default=False
        Leave out the last batch where it is smaller.
    repeat : bool, default=False
        Epoch after epoch without end, for ``fit(steps_per_epoch=...)``.
    position : DataPosition, optional
        Tells which epoch a resumed ``fit`` has come to; see there.
    shard : (index, count), optional
        This worker's index among so many that share a seed: each takes every count-th batch of the
        same epochs, so that all of them together see every row once.

    Returns
    -------
    dataset : tf.data.Dataset
        Of known cardinality, prefetched. Starting to iterate starts the next epoch.

    Raises
    ------
    ParameterError
        If lengths differ, there are no rows, or an argument cannot be meant.
    TableError
        If a value is no number, or is NaN or infinite: training on one only gives NaN.

    Notes
    -----
    ``tf.train.Checkpoint(iterator=iter(dataset))`` saves where an iterator stands in about 2 kB, and a
    new process that restores it goes on with the very next batch, and with the same epochs after it.
    The data are held once more, as tensors; arrays that are no longer needed can be deleted.
    Rows on disk are shuffled by windows: blocks drawn from everywhere in the data, whose rows are then permuted
    exactly. Every row comes once an epoch, and rows that were sorted come out as from a permutation of all.
    A small model trains twice as fast when Keras runs several batches a call:
    ``model.compile(..., steps_per_execution=16)``; callbacks then see every 16th batch.

    Examples
    --------
    >>> import numpy as np
    >>> from datafix.emit import make_dataset
    >>> dataset = make_dataset(np.arange(10.0)[:, None], np.arange(10), batch_size=4, shuffle=True, seed=0)
    >>> [len(y) for x, y in dataset], int(dataset.cardinality())
    ([4, 4, 2], 3)
    >>> sorted(int(code) for x, y in dataset for code in y) == list(range(10))
    True
    """
    if y is None and sample_weight is not None:
        raise ParameterError("make_dataset needs y where sample_weight is given: Keras weights losses, not rows.")
    data = aligned(X, y, sample_weight, who="make_dataset")
    return dataset_of(
        data,
        batch_size=batch_size,
        shuffle=shuffle,
        seed=seed,
        augment=augment,
        drop_remainder=drop_remainder,
        repeat=repeat,
        position=position,
        shard=shard,
    )


def dataset_of(
    data: Aligned,
    *,
    batch_size: int,
    shuffle: bool = False,
    seed: int | None = None,
    augment: Callable[..., Any] | None = None,
    drop_remainder: bool = False,
    repeat: bool = False,
    position: DataPosition | None = None,
    shard: tuple[int, int] | None = None,
    then: Callable[..., Any] | None = None,
) -> tf.data.Dataset:
    """Return the dataset of arrays that line up.

    All is as in ``make_dataset``; ``then`` changes the features of every batch before it is augmented.
    """
    check_batching(batch_size, seed, augment)
    if shard is not None and shuffle and seed is None:
        raise ParameterError("make_dataset needs a seed where shard is given: workers share an order by their seed.")
    epochs = Epochs.of(
        data.n_rows, batch_size, drop_remainder, seed=seed, position=position, repeat=repeat, shard=shard
    )
    if is_on_disk(data):
        change = None if augment is None else partial(augmented, augment)
        return streamed(data, epochs, shuffle=shuffle, augmented=change, then=then)
    with tf.device("CPU:0"):
        elements = tuple(part for part in data[:3] if part is not None)
        sources = tf.nest.map_structure(source_of, elements)
        batch, addresses = _ways(sources, epochs, shuffle, augment, then)
        return epochs.finished(addresses.map(unconverted(batch), tf.data.AUTOTUNE, deterministic=True))


def _ways(sources: Any, epochs: Epochs, shuffle: bool, augment: Any, then: Any) -> tuple[Any, tf.data.Dataset]:
    """Return what makes a batch, and the dataset of what it is made from."""
    if augment is not None:
        return _AugmentedBatch(sources, then, augment, epochs.seed), epochs.addresses(shuffle=shuffle, keyed=True)
    if shuffle or epochs.position is not None:
        return _PermutedBatch(sources, then), epochs.addresses(shuffle=shuffle, keyed=False)
    return _ContiguousBatch(sources, then, epochs), epochs.numbers()


class _ContiguousBatch:
    """From a batch's number to the batch: a slice, which copies nothing."""

    def __init__(self, sources: Any, then: Any, epochs: Epochs) -> None:
        self.sources, self.then, self.epochs = sources, then, epochs

    def __call__(self, number: tf.Tensor) -> Any:
        first = number * self.epochs.size
        batch = tf.nest.map_structure(lambda source: source.between(first, first + self.epochs.size), self.sources)
        batch = tf.nest.map_structure(lambda part: _sized(part, self.epochs.rows_a_batch), batch)
        return given(_features_through(self.then, batch))


class _PermutedBatch:
    """From the positions of rows to the batch."""

    def __init__(self, sources: Any, then: Any) -> None:
        self.sources, self.then = sources, then

    def __call__(self, rows: tf.Tensor) -> Any:
        batch = tf.nest.map_structure(lambda source: source.at(rows), self.sources)
        return given(_features_through(self.then, batch))


class _AugmentedBatch:
    """From an epoch's key and the positions of rows to the batch."""

    def __init__(self, sources: Any, then: Any, augment: Any, seed: int) -> None:
        self.sources, self.then, self.augment, self.seed = sources, then, augment, seed

    def __call__(self, key: tf.Tensor, rows: tf.Tensor) -> Any:
        batch = tf.nest.map_structure(lambda source: source.at(rows), self.sources)
        batch = _features_through(self.then, batch)
        return given(augmented(self.augment, batch, row_seeds(self.seed, key, rows[:, 0])))


def _sized(part: Any, n_rows: int | None) -> Any:
    part.set_shape([n_rows, *part.shape[1:]])
    return part


def _features_through(then: Callable[..., Any] | None, batch: tuple[Any, ...]) -> tuple[Any, ...]:
    return batch if then is None else (then(batch[0]), *batch[1:])


def given(batch: tuple[Any, ...]) -> Any:
    """Return x, (x, y) or (x, y, weight), as Keras wants it."""
    return batch if len(batch) > 1 else batch[0]


def augmented(augment: Callable[..., Any], batch: tuple[Any, ...], seeds: tf.Tensor) -> tuple[Any, ...]:
    """Return the batch after its augmentation."""
    result = augment(*batch, seeds=seeds)
    result = result if isinstance(result, tuple) else (result,)
    if len(result) != len(batch):
        raise ParameterError(
            f"make_dataset needs an augment that returns as many things as it is given, "
            f"here {len(batch)} ({', '.join(('x', 'y', 'weight')[: len(batch)])}); it returned {len(result)}."
        )
    return result


def check_batching(batch_size: Any, seed: Any, augment: Any) -> None:
    """Raise where what every dataset takes cannot be meant."""
    if not _is_whole(batch_size) or batch_size < 1:
        raise ParameterError(f"make_dataset needs a whole batch_size of 1 or more, got {batch_size!r}.")
    if seed is not None and not (_is_whole(seed) and abs(seed) < 2**62):
        raise ParameterError(f"make_dataset needs a whole number below 2**62 or None as seed, got {seed!r}.")
    if augment is not None and not callable(augment):
        raise ParameterError(
            f"make_dataset needs a callable augment, got {augment!r}. Wrap several operations in augment.Compose."
        )


def _is_whole(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)
