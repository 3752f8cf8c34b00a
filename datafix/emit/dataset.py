"""Arrays to a tf.data dataset, by gathering permuted rows.

``Dataset.shuffle`` sees only what is in its buffer, and moves rows one by one. Here every
epoch has one exact permutation of all rows, and a batch is one gather from the arrays.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from scipy import sparse

from datafix.augment.draws import row_seeds
from datafix.emit.arrays import Aligned, aligned
from datafix.errors import ParameterError

# AutoGraph would rewrite these functions to no gain, and wrap what they raise.
_unconverted = tf.autograph.experimental.do_not_convert


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
) -> tf.data.Dataset:
    """Return a dataset of batches of x, (x, y) or (x, y, weight).

    Parameters
    ----------
    X : ndarray of shape (rows, ...), frame of numbers, scipy sparse matrix, or dict of these
        A frame becomes a float32 matrix; a sparse matrix is made dense batch by batch;
        floats of another width become float32, integers (images) stay as they are.
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
    _check(y, sample_weight, batch_size, seed, augment)
    data = aligned(X, y, sample_weight, who="make_dataset")
    n_batches = data.n_rows // batch_size if drop_remainder else -(-data.n_rows // batch_size)
    if not n_batches:
        raise ParameterError(
            f"make_dataset needs at least one full batch where drop_remainder=True, got {data.n_rows} rows "
            f"for batch_size={batch_size}. Lower batch_size, or keep the remainder."
        )
    with tf.device("CPU:0"):
        batches = _Batches(data, n_batches, batch_size, shuffle, seed, augment)
        return batches.dataset().prefetch(tf.data.AUTOTUNE)


class _Batches:
    """The epochs over one set of arrays."""

    def __init__(self, data: Aligned, n_batches: int, size: int, shuffle: bool, seed: Any, augment: Any) -> None:
        self.elements = tuple(part for part in data[:3] if part is not None)
        # Tensors that a dataset's function captures stay outside its GraphDef, whose limit is 2 GB.
        self.sources = tf.nest.map_structure(_source, self.elements)
        self.n_rows, self.n_batches, self.size = data.n_rows, n_batches, size
        self.shuffle, self.augment = shuffle, augment
        self.seed = secrets.randbits(62) if seed is None else int(seed)
        self.all_full = n_batches * size <= data.n_rows
        self.index = tf.int32 if data.n_rows + size < 2**31 else tf.int64

    def dataset(self) -> tf.data.Dataset:
        if not self.shuffle and self.augment is None:
            return self._epoch(tf.constant(0, tf.int64))
        started = tf.Variable(-1, dtype=tf.int64, trainable=False, name="epoch")
        epochs = tf.data.Dataset.from_tensors(0).map(_unconverted(lambda _: started.assign_add(1, read_value=True)))
        return epochs.flat_map(_unconverted(self._epoch)).apply(tf.data.experimental.assert_cardinality(self.n_batches))

    def _epoch(self, epoch: tf.Tensor) -> tf.data.Dataset:
        order = tf.range(self.n_rows, dtype=self.index)
        if self.shuffle:
            order = tf.random.experimental.stateless_shuffle(order, seed=tf.stack([self.seed, epoch]))
        numbers = tf.data.Dataset.range(self.n_batches, output_type=self.index)
        return numbers.map(
            _unconverted(lambda number: self._batch(order, number, epoch)),
            num_parallel_calls=tf.data.AUTOTUNE,
            deterministic=True,
        )

    def _batch(self, order: tf.Tensor, number: tf.Tensor, epoch: tf.Tensor) -> Any:
        rows = order[number * self.size : (number + 1) * self.size]
        rows.set_shape([self.size if self.all_full else None])
        batch = tf.nest.map_structure(lambda source: source(rows), self.sources)
        if self.augment is not None:
            batch = _augmented(self.augment, batch, row_seeds(self.seed, epoch, rows))
        return batch if len(batch) > 1 else batch[0]


def _source(array: Any) -> Callable[[tf.Tensor], tf.Tensor]:
    """Return what gives the rows of one array as a tensor."""
    if sparse.issparse(array):
        return lambda rows: _dense_rows(array, rows)
    tensor = tf.constant(array)
    return lambda rows: tf.gather(tensor, rows)


def _dense_rows(matrix: Any, rows: tf.Tensor) -> tf.Tensor:
    dense = tf.numpy_function(lambda chosen: matrix[chosen].toarray(), [rows], tf.float32, stateful=False)
    return tf.ensure_shape(dense, [rows.shape[0], matrix.shape[1]])


def _augmented(augment: Callable[..., Any], batch: tuple[Any, ...], seeds: tf.Tensor) -> tuple[Any, ...]:
    result = augment(*batch, seeds=seeds)
    result = result if isinstance(result, tuple) else (result,)
    if len(result) != len(batch):
        raise ParameterError(
            f"make_dataset needs an augment that returns as many things as it is given, "
            f"here {len(batch)} ({', '.join(('x', 'y', 'weight')[: len(batch)])}); it returned {len(result)}."
        )
    return result


def _check(y: Any, sample_weight: Any, batch_size: Any, seed: Any, augment: Any) -> None:
    if not _is_whole(batch_size) or batch_size < 1:
        raise ParameterError(f"make_dataset needs a whole batch_size of 1 or more, got {batch_size!r}.")
    if seed is not None and not _is_whole(seed):
        raise ParameterError(f"make_dataset needs a whole number or None as seed, got {seed!r}.")
    if augment is not None and not callable(augment):
        raise ParameterError(
            f"make_dataset needs a callable augment, got {augment!r}. Wrap several operations in augment.Compose."
        )
    if y is None and sample_weight is not None:
        raise ParameterError("make_dataset needs y where sample_weight is given: Keras weights losses, not rows.")


def _is_whole(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)
