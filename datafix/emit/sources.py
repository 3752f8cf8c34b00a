"""What gives the rows of one array as tensors, one class a kind of array."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
from scipy import sparse

from datafix.emit.arrays import Sequences


def source_of(array: Any) -> DenseSource | SparseSource | SequenceSource:
    """Return the source of an ndarray (numbers or text), a CSR matrix or sequences."""
    if sparse.issparse(array):
        return SparseSource(array)
    if isinstance(array, Sequences):
        return SequenceSource(array)
    return DenseSource(array)


class DenseSource:
    """Rows of an ndarray."""

    def __init__(self, array: np.ndarray) -> None:
        # Tensors that a dataset's function captures stay outside its GraphDef, whose limit is 2 GB.
        self.tensor = _tensor(array)
        self.index = tf.int32 if array.size <= _MOST_BY_INT32 else tf.int64

    def at(self, rows: tf.Tensor) -> tf.Tensor:
        """Return rows by position, ``rows`` of shape (batch, 1)."""
        # gather_nd copies a row in 0.8 of the time that gather takes.
        return tf.gather_nd(self.tensor, rows if rows.dtype == tf.int64 else tf.cast(rows, self.index))

    def between(self, first: tf.Tensor, end: tf.Tensor) -> tf.Tensor:
        """Return neighbouring rows."""
        return self.tensor[first:end]


def _tensor(array: np.ndarray) -> tf.Tensor:
    """Return a copy as a tensor; ``tf.constant`` would make two of an array that is not aligned as it likes."""
    if array.dtype.kind not in "iuf":
        return tf.constant(array)
    room = np.empty(array.nbytes + _ALIGNMENT, np.uint8)
    start = -room.ctypes.data % _ALIGNMENT
    copy = room[start : start + array.nbytes].view(array.dtype.newbyteorder("=")).reshape(array.shape)
    np.copyto(copy, array)
    return tf.experimental.dlpack.from_dlpack(copy.__dlpack__())


_ALIGNMENT = 64
# TensorFlow counts values, not rows, in the integers that it is given.
_MOST_BY_INT32 = 2**31 - 1


class SparseSource:
    """Rows of a CSR matrix, made dense."""

    def __init__(self, matrix: sparse.csr_matrix) -> None:
        self.matrix = matrix

    def at(self, rows: tf.Tensor) -> tf.Tensor:
        """Return rows by position, ``rows`` of shape (batch, 1)."""
        return self._dense(lambda chosen: self.matrix[chosen[:, 0]].toarray(), [rows], rows.shape[0])

    def between(self, first: tf.Tensor, end: tf.Tensor) -> tf.Tensor:
        """Return neighbouring rows."""
        return self._dense(lambda low, high: self.matrix[int(low) : int(high)].toarray(), [first, end], None)

    def _dense(self, function: Any, arguments: list[tf.Tensor], n_rows: int | None) -> tf.Tensor:
        dense = tf.numpy_function(function, arguments, tf.float32, stateful=False)
        return tf.ensure_shape(dense, [n_rows, self.matrix.shape[1]])


class SequenceSource:
    """Sequences, padded with 0 to the longest of those asked for."""

    def __init__(self, sequences: Sequences) -> None:
        self.ragged = tf.RaggedTensor.from_row_splits(
            tf.constant(sequences.values), tf.constant(sequences.row_splits), validate=False
        )

    def at(self, rows: tf.Tensor) -> tf.Tensor:
        """Return rows by position, ``rows`` of shape (batch, 1)."""
        return self._padded(tf.gather(self.ragged, rows[:, 0]), rows.shape[0])

    def between(self, first: tf.Tensor, end: tf.Tensor) -> tf.Tensor:
        """Return neighbouring rows."""
        return self._padded(self.ragged[first:end], None)

    def _padded(self, rows: tf.RaggedTensor, n_rows: int | None) -> tf.Tensor:
        return tf.ensure_shape(rows.to_tensor(), [n_rows, None])
