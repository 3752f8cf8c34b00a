"""Batches made by the workers of a tf.data service, every row once whatever becomes of a worker."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from itertools import chain, count, repeat
from typing import Any

import numpy as np
import tensorflow as tf

from datafix.augment.draws import row_seeds
from datafix.emit.arrays import Aligned, Sequences, aligned
from datafix.emit.arrivals import arriving
from datafix.emit.dataset import augmented, check_batching, given
from datafix.emit.epochs import unconverted
from datafix.emit.shared_files import WindowBatches
from datafix.emit.sources import source_of
from datafix.emit.streaming import WINDOW_BYTES, is_on_disk
from datafix.errors import ParameterError

# A graph is a protocol buffer, which holds 2 GB; a larger one aborts the process that serialises it.
_MOST_BYTES = 1_500_000_000


def service_dataset(
    X: Any,
    y: Any = None,
    sample_weight: Any = None,
    *,
    service: str,
    batch_size: int = 256,
    shuffle: bool = False,
    seed: int | None = None,
    augment: Callable[..., Any] | None = None,
) -> tf.data.Dataset:
    """Return a dataset whose batches the workers of a ``tf.data.experimental.service`` make.

    For augmentation that costs more than this machine has. The batches are numbered and shared out
    dynamically. A batch that comes twice is left out, one that was lost with a worker is made here at
    the end of the epoch, and while the service hands out nothing for 30 seconds, be all its workers
    or its dispatcher gone, batches are made here, so that every row comes once an epoch.

    Parameters
    ----------
    X, y, sample_weight, batch_size, shuffle, seed, augment
        As in ``make_dataset``, but for sparse matrices. Arrays in memory travel to the workers in the graph: no more
        than 1.5 GB. Of those on disk (``datafix.load(folder, in_memory=False)`` of what was saved with
        ``pack=False``) the workers read the files, which must be where they were saved for them too.
    service : str
        Address of the dispatcher, ``"grpc://host:port"``.

    Returns
    -------
    dataset : tf.data.Dataset
        Batches are the same as the seed's in any run; they come in the order in which they are ready. Rows on disk
        are shuffled by windows of 64 MB (``WindowOrder``), and the last batch of each may be shorter.

    Raises
    ------
    ParameterError
        If the arrays are too large to travel, or an argument cannot be meant.

    Warns
    -----
    DatafixWarning
        When the service falls silent.

    Examples
    --------
    >>> import numpy as np
    >>> from tensorflow.data.experimental.service import DispatchServer, WorkerConfig, WorkerServer
    >>> from datafix.emit import service_dataset
    >>> dispatcher = DispatchServer()
    >>> worker = WorkerServer(WorkerConfig(dispatcher_address=dispatcher.target.split("://")[1]))
    >>> dataset = service_dataset(np.arange(10), service=dispatcher.target, batch_size=4, shuffle=True, seed=0)
    >>> sorted(int(i) for batch in dataset for i in batch) == list(range(10))
    True
    """
    check_batching(batch_size, seed, augment)
    data = aligned(X, y, sample_weight, who="service_dataset")
    if is_on_disk(data):
        return _of_files(data, service, batch_size, shuffle=shuffle, seed=seed, augment=augment)
    elements = tuple(part for part in data[:3] if part is not None)
    _refuse_what_cannot_travel(elements)
    with tf.device("CPU:0"):
        sources = tf.nest.map_structure(source_of, elements)
    batch = _NumberedBatch(sources, data.n_rows, batch_size, shuffle, augment, seed)
    epochs = count()

    def one_epoch() -> Iterator[Any]:
        numbers = {number: range(number, number + 1) for number in range(-(-data.n_rows // batch_size))}
        return _complete(batch.of_epoch(next(epochs)), numbers, service)

    spec = tf.nest.map_structure(_any_length, batch.of_epoch(0)(tf.data.Dataset.range(1)).element_spec[1])
    return _dataset(one_epoch, spec, -(-data.n_rows // batch_size))


def _of_files(
    data: Aligned, service: str, batch_size: int, *, shuffle: bool, seed: int | None, augment: Any
) -> tf.data.Dataset:
    chosen = secrets.randbits(62) if seed is None else int(seed)
    windows = WindowBatches(data, batch_size, shuffle=shuffle, augment=augment, seed=chosen, window_bytes=WINDOW_BYTES)
    epochs = count()

    def one_epoch() -> Iterator[Any]:
        epoch = next(epochs)
        return _complete(windows.of_epoch(epoch), windows.numbers(epoch), service)

    spec = tf.nest.map_structure(_any_length, windows.of_epoch(0)(tf.data.Dataset.range(1)).element_spec[1])
    # As many in every epoch: windows change their blocks, and not how many there are of each length.
    n_batches = sum(map(len, windows.numbers(0).values()))
    return _dataset(one_epoch, spec, n_batches)


def _dataset(one_epoch: Callable[[], Iterator[Any]], spec: Any, n_batches: int) -> tf.data.Dataset:
    dataset = tf.data.Dataset.from_generator(one_epoch, output_signature=spec)
    # Keras warns of every dataset that does not know how long it is.
    return dataset.apply(tf.data.experimental.assert_cardinality(n_batches)).prefetch(2)


def _complete(
    made: Callable[[tf.data.Dataset], tf.data.Dataset], numbers: Mapping[int, range], service: str
) -> Iterator[Any]:
    """Yield every batch of an epoch once; ``numbers`` are those of the batches of which what is shared out consists."""
    policy = tf.data.experimental.service.ShardingPolicy.DYNAMIC

    def shared() -> tf.data.Dataset:
        return made(tf.data.Dataset.range(len(numbers))).apply(
            tf.data.experimental.service.distribute(processing_mode=policy, service=service)
        )

    missing = {number for own in numbers.values() for number in own}
    spare: Iterator[Any] | None = None
    coming = chain(arriving(shared), repeat(None))
    while missing:
        arrived = next(coming)
        if arrived is not None:
            spare = None
        else:
            if spare is None:  # the last first, as the workers begin with the first
                lost = [source for source, own in numbers.items() if not missing.isdisjoint(own)]
                spare = iter(made(tf.data.Dataset.from_tensor_slices(np.array(lost[::-1], np.int64))))
            arrived = next(spare)
        number, batch = arrived
        if int(number) in missing:
            missing.remove(int(number))
            yield batch


class _NumberedBatch:
    """From an epoch and a batch's number to the batch, without a state."""

    def __init__(self, sources: Any, n_rows: int, size: int, shuffle: bool, augment: Any, seed: int | None) -> None:
        self.sources, self.n_rows, self.size = sources, n_rows, size
        self.shuffle, self.augment = shuffle, augment
        self.seed = secrets.randbits(62) if seed is None else int(seed)

    def of_epoch(self, epoch: int) -> Callable[[tf.data.Dataset], tf.data.Dataset]:
        """Return what turns numbers into (number, batch)."""

        def batch(number: tf.Tensor) -> tuple[tf.Tensor, Any]:
            rows = tf.range(number * self.size, tf.minimum((number + 1) * self.size, self.n_rows))
            if self.shuffle:
                # The place of single rows in a permutation, without the permutation.
                rows = tf.random.experimental.index_shuffle(rows, seed=[self.seed, epoch], max_index=self.n_rows - 1)
            made = tf.nest.map_structure(lambda source: source.at(rows[:, None]), self.sources)
            if self.augment is not None:
                made = augmented(self.augment, made, row_seeds(self.seed, epoch, rows))
            return number, given(made)

        return lambda numbers: numbers.map(unconverted(batch), tf.data.AUTOTUNE)


def _any_length(spec: tf.TensorSpec) -> tf.TensorSpec:
    return tf.TensorSpec([None, *spec.shape[1:]], spec.dtype)


def _refuse_what_cannot_travel(elements: tuple[Any, ...]) -> None:
    arrays = tf.nest.flatten(elements)
    if any(not isinstance(array, np.ndarray | Sequences) for array in arrays):
        raise ParameterError("service_dataset takes no sparse matrices. Give the columns as a dense array.")
    n_bytes = sum(array.values.nbytes if isinstance(array, Sequences) else array.nbytes for array in arrays)
    if n_bytes > _MOST_BYTES:
        raise ParameterError(
            f"service_dataset sends at most 1.5 GB to its workers, got {n_bytes / 1e9:.1f} GB. Give each trainer its "
            "own share by make_dataset(shard=(index, count)), or let the workers read files: prepared.save(folder, "
            "pack=False), load(folder, in_memory=False)."
        )
