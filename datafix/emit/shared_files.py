"""Batches of rows on disk as TensorFlow's own operations read them, wherever the files are seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from datafix.augment.draws import row_seeds
from datafix.emit.arrays import Aligned
from datafix.emit.dataset import augmented, given
from datafix.emit.epochs import unconverted
from datafix.errors import ParameterError
from datafix.store import PLAIN, StoredArray, WindowOrder


class WindowBatches:
    """From an epoch and a window's number to its batches, in a graph that another process runs.

    Every window is read whole and permuted, so that the last of its batches is shorter where it does not come out
    even. Blocks are not verified.

    Parameters
    ----------
    data : Aligned
        Of StoredArrays that are not packed.
    batch_size : int
    shuffle : bool
    augment : callable or None
    seed : int
    window_bytes : int

    Raises
    ------
    ParameterError
        If an array is in memory, sparse or packed, or of a kind that TensorFlow does not read.
    """

    def __init__(
        self, data: Aligned, batch_size: int, *, shuffle: bool, augment: Any, seed: int, window_bytes: int
    ) -> None:
        self.elements = tuple(part for part in data[:3] if part is not None)
        arrays = tf.nest.flatten(self.elements)
        for array in arrays:
            _refuse_unreadable(array)
        self.files = [_Files.of(array) for array in arrays]
        self.batch_size, self.shuffle, self.augment, self.seed = batch_size, shuffle, augment, seed
        block_rows = arrays[0].block_rows
        row = sum(file.row_bytes for file in self.files)
        most = max(1, window_bytes // max(1, row * block_rows))
        self.order = WindowOrder(data.n_rows, block_rows, most, shuffle=shuffle, seed=seed)

    def numbers(self, epoch: int) -> dict[int, range]:
        """Return the numbers of each window's batches."""
        rows = np.diff(self.order.starts(epoch))
        most = -(-int(rows.max()) // self.batch_size)
        return {
            window: range(window * most, window * most - (-n_rows // self.batch_size))
            for window, n_rows in enumerate(rows.tolist())
        }

    def of_epoch(self, epoch: int) -> Callable[[tf.data.Dataset], tf.data.Dataset]:
        """Return what turns windows into (number, batch)."""
        blocks = [self.order.blocks(epoch, window) for window in range(self.order.n_windows)]
        ends = np.cumsum([0, *map(len, blocks)])
        every, first = np.concatenate(blocks), {window: own.start for window, own in self.numbers(epoch).items()}
        starts = np.array([first[window] for window in range(self.order.n_windows)], dtype=np.int64)

        def batches(window: tf.Tensor) -> tf.data.Dataset:
            chosen = tf.constant(every)[tf.constant(ends)[window] : tf.constant(ends)[window + 1]]
            held = tf.data.Dataset.from_tensor_slices(chosen).flat_map(unconverted(self._bytes_of))
            # One element: the bytes of all blocks of the window.
            whole = held.batch(self.order.n_blocks).map(unconverted(lambda *parts: self._rows(parts)))
            return whole.flat_map(unconverted(lambda *parts: self._cut(parts, chosen, epoch, window, starts)))

        return lambda windows: windows.flat_map(unconverted(batches))

    def _bytes_of(self, block: tf.Tensor) -> tf.data.Dataset:
        return tf.data.Dataset.zip(tuple(file.read(block) for file in self.files))

    def _rows(self, parts: tuple[tf.Tensor, ...]) -> tuple[tf.Tensor, ...]:
        return tuple(file.decoded(tf.strings.reduce_join(part)) for file, part in zip(self.files, parts, strict=True))

    def _cut(
        self, parts: tuple[tf.Tensor, ...], blocks: tf.Tensor, epoch: int, window: tf.Tensor, starts: np.ndarray
    ) -> tf.data.Dataset:
        n_rows = tf.shape(parts[0], tf.int64)[0]
        places = tf.range(n_rows)
        if self.shuffle:
            seed = tf.stack([tf.constant(self.seed, tf.int64), epoch * self.order.n_windows + window])
            places = tf.random.experimental.stateless_shuffle(places, seed)
            parts = tuple(tf.gather(part, places) for part in parts)
        rows = tf.gather(blocks, places // self.order.block_rows) * self.order.block_rows
        rows = rows + places % self.order.block_rows

        def numbered(at: tf.Tensor, both: Any) -> tuple[tf.Tensor, Any]:
            *values, own = both
            batch = tf.nest.pack_sequence_as(self.elements, values)
            if self.augment is not None:
                batch = augmented(self.augment, batch, row_seeds(self.seed, epoch, own))
            return tf.constant(starts)[window] + at, given(batch)

        cut = tf.data.Dataset.from_tensor_slices((*parts, rows)).batch(self.batch_size)
        return cut.enumerate().map(unconverted(numbered))


class _Files(NamedTuple):
    """Where the blocks of an array are."""

    paths: np.ndarray
    sizes: np.ndarray
    shard_of: np.ndarray
    offsets: np.ndarray
    lengths: np.ndarray
    dtype: np.dtype[Any]
    shape: tuple[int, ...]

    @classmethod
    def of(cls, array: StoredArray) -> _Files:
        """Return where the blocks of a stored array are."""
        shards = array.blocks.shards
        first = np.array([shard["first_block"] for shard in shards], dtype=np.int64)
        table = np.asarray(array.blocks.table)
        return cls(
            paths=np.array([str((array.folder / shard["file"]).absolute()) for shard in shards]),
            sizes=np.array([shard["bytes"] for shard in shards], dtype=np.int64),
            shard_of=np.searchsorted(first, np.arange(len(table)), side="right") - 1,
            offsets=table[:, 0],
            lengths=table[:, 1],
            dtype=array.dtype,
            shape=array.shape[1:],
        )

    @property
    def row_bytes(self) -> int:
        return self.dtype.itemsize * int(np.prod(self.shape, dtype=np.int64))

    def read(self, block: tf.Tensor) -> tf.data.Dataset:
        """Return a dataset of one string, the bytes of a block."""
        shard = tf.constant(self.shard_of)[block]
        offset, length = tf.constant(self.offsets)[block], tf.constant(self.lengths)[block]
        return tf.data.FixedLengthRecordDataset(
            tf.constant(self.paths)[shard],
            record_bytes=length,
            header_bytes=offset,
            footer_bytes=tf.constant(self.sizes)[shard] - offset - length,
        )

    def decoded(self, content: tf.Tensor) -> tf.Tensor:
        """Return rows, floats as float32."""
        values = tf.reshape(tf.io.decode_raw(content, tf.as_dtype(self.dtype.newbyteorder("="))), [-1, *self.shape])
        return tf.cast(values, tf.float32) if self.dtype.kind == "f" else values


def _refuse_unreadable(array: Any) -> None:
    if not isinstance(array, StoredArray):
        raise ParameterError(
            "service_dataset needs all arrays in memory, or all of them dense and on disk. Save them with one Prepared."
        )
    if array.packing != PLAIN:
        raise ParameterError(
            f"The workers of a service read arrays that are not packed, got {array!r}, packed by {array.packing}. "
            "Write them by prepared.save(folder, pack=False)."
        )
    if array.dtype.kind not in "bif" and array.dtype.name not in ("uint8", "uint16"):
        raise ParameterError(f"The workers of a service read no {array.dtype}, got {array!r}. Make it int64 or floats.")
