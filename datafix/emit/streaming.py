"""Rows on disk to a tf.data dataset.

Python is called once for about a megabyte of batches, and what it returns depends on the epoch's key and
the batch's number alone: so a checkpoint of the iterator is small and exact.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from datafix.augment.draws import row_seeds
from datafix.emit.arrays import Aligned
from datafix.emit.epochs import Epochs, unconverted
from datafix.emit.window_reader import WindowReader
from datafix.store import StoredRows, WindowOrder, block_rows_for

WINDOW_BYTES = 64 << 20
"""What of the data is shuffled at once; up to three windows are in memory."""

_WINDOW_IN_ORDER = 8 << 20
_CHUNK_BYTES = 1 << 20


def is_on_disk(data: Aligned) -> bool:
    """Return whether features, target or weights are on disk, or one of them is."""
    return any(isinstance(array, StoredRows) for array in tf.nest.flatten(tuple(data[:3])))


def streamed(
    data: Aligned,
    epochs: Epochs,
    *,
    shuffle: bool,
    augmented: Callable[[tuple[Any, ...], tf.Tensor], tuple[Any, ...]] | None,
    then: Callable[..., Any] | None = None,
    window_bytes: int = WINDOW_BYTES,
) -> tf.data.Dataset:
    """Return the dataset of rows on disk; see ``WindowOrder`` for the quality of its shuffling.

    Parameters
    ----------
    data : Aligned
        Some of whose arrays are stored.
    epochs : Epochs
    shuffle : bool
    augmented : callable or None
        From (batch, seeds) to the batch augmented.
    then : callable, optional
        Changes the features of every batch, before augmentation.
    window_bytes : int, default=64 MB

    Raises
    ------
    tensorflow.errors.InvalidArgumentError
        While it is iterated, if a file is lost, torn or edited; the message names it.
    """
    elements = tuple(part for part in data[:3] if part is not None)
    chunks = _Chunks(elements, epochs, shuffle=shuffle, window_bytes=window_bytes, keyed=augmented is not None)
    batches = epochs.starts().flat_map(unconverted(chunks.epoch))
    if augmented is None and then is None:
        return epochs.finished(batches)

    def finish(*parts: Any) -> Any:
        (key, batch, rows) = parts if augmented is not None else (None, parts, None)
        if then is not None:
            batch = (then(batch[0]), *batch[1:])
        if augmented is not None:
            batch = augmented(batch, row_seeds(epochs.seed, key, rows))
        return batch if len(batch) > 1 else batch[0]

    return epochs.finished(batches.map(unconverted(finish), tf.data.AUTOTUNE, deterministic=True))


class _Chunks:
    """The batches of an epoch, some at a time."""

    def __init__(
        self, elements: tuple[Any, ...], epochs: Epochs, *, shuffle: bool, window_bytes: int, keyed: bool
    ) -> None:
        self.elements, self.epochs, self.keyed = elements, epochs, keyed
        arrays = tf.nest.flatten(elements)
        row = max(1, sum(_row_bytes(array) for array in arrays))
        block = next((array.block_rows for array in arrays if isinstance(array, StoredRows)), block_rows_for(row))
        window = window_bytes if shuffle else min(window_bytes, _WINDOW_IN_ORDER)
        order = WindowOrder(epochs.n_rows, block, max(1, window // (row * block)), shuffle=shuffle, seed=epochs.seed)
        self.reader = WindowReader(arrays, order)
        self.at_once = max(1, _CHUNK_BYTES // (row * epochs.size))
        self.n_full = min(epochs.n_all, epochs.n_rows // epochs.size)
        self.specs = [*(_spec(array) for array in arrays), tf.TensorSpec((), tf.int64)]

    def epoch(self, key: tf.Tensor, first: tf.Tensor) -> tf.data.Dataset:
        """Return the batches of an epoch, from one on; ``keyed``: the (key, batch, rows)."""
        index, count = self.epochs.shard
        if count == 1:
            return self._all(key, first)
        return self._all(key, tf.constant(0, tf.int64)).shard(count, index).skip(first)

    def _all(self, key: tf.Tensor, first: tf.Tensor) -> tf.data.Dataset:
        size, n_rows = self.epochs.size, self.epochs.n_rows
        full = self._batches(key, tf.data.Dataset.range(first, self.n_full, self.at_once), size, self.n_full * size)
        if self.n_full == self.epochs.n_all:
            return full
        return full.concatenate(self._batches(key, tf.data.Dataset.range(self.n_full, self.n_full + 1), None, n_rows))

    def _batches(self, key: tf.Tensor, numbers: tf.data.Dataset, size: int | None, end: int) -> tf.data.Dataset:
        def chunk(number: tf.Tensor) -> Any:
            parts = tf.numpy_function(
                lambda key, number: self._read(int(key), int(number), end, size),
                [key, number],
                [spec.dtype for spec in self.specs],
                stateful=False,
            )
            for part, spec in zip(parts, self.specs, strict=True):
                part.set_shape([None, size, *spec.shape])
            *values, rows = parts
            batch = tf.nest.pack_sequence_as(self.elements, values)
            if self.keyed:
                return tf.repeat(key, tf.shape(rows)[0]), batch, rows
            return batch if len(batch) > 1 else batch[0]

        return numbers.map(unconverted(chunk)).prefetch(1).unbatch()

    def _read(self, epoch: int, number: int, end: int, size: int | None) -> list[np.ndarray]:
        start = number * self.epochs.size
        stop = min(end, start + self.at_once * self.epochs.size)
        parts = self.reader.read(epoch, start, stop)
        return [part.reshape(-1, size or stop - start, *part.shape[1:]) for part in parts]


def _row_bytes(array: Any) -> int:
    width = 4 if array.dtype.kind == "f" else array.dtype.itemsize
    return width * int(np.prod(array.shape[1:], dtype=np.int64))


def _spec(array: Any) -> tf.TensorSpec:
    sparse_or_float = array.dtype.kind == "f" or hasattr(array, "toarray")
    dtype = tf.float32 if sparse_or_float else tf.string if array.dtype.kind == "U" else tf.as_dtype(array.dtype)
    return tf.TensorSpec(array.shape[1:], dtype)
