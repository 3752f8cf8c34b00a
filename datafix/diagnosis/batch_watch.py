"""What a batch held when the loss went, noted inside the training step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import keras
import numpy as np

PARTS = ("x", "y", "sample_weight")
MOST_NAMED = 8
"""Columns and rows that are named; all are counted."""
MOST_AXES = 8


@dataclass(frozen=True)
class NotFinite:
    """Cells of one array of a batch that are NaN or infinite.

    Attributes
    ----------
    part : str
        As in Python: ``x``, ``x['amount']``, ``y``, ``sample_weight``.
    columns : tuple of tuple of int
        The first eight places within a row, each an index of as many axes as a row has.
    rows : tuple of int
        The first eight rows of the batch.
    n_columns, n_rows, n_nan, n_infinite : int
        Of all.
    n_places : int
        Numbers in a row.
    """

    part: str
    columns: tuple[tuple[int, ...], ...]
    rows: tuple[int, ...]
    n_columns: int
    n_rows: int
    n_nan: int
    n_infinite: int
    n_places: int


@dataclass(frozen=True)
class Observed:
    """What was noted of the batches of an epoch.

    Attributes
    ----------
    batch : int or None
        The first after which the loss was not finite or, since layers such as ReLU hide NaN from the loss, after
        whose bad data the weights were not.
    bad_batch : int or None
        The last up to there that was not finite itself; below 0 if of the epoch before.
    n_bad_batches : int
        Of the whole training up to there.
    found : tuple of NotFinite
        Of ``bad_batch``.
    ranges : dict of str to (float, float)
        Least and largest number of each array of ``batch``.
    """

    batch: int | None = None
    bad_batch: int | None = None
    n_bad_batches: int = 0
    found: tuple[NotFinite, ...] = ()
    ranges: Mapping[str, tuple[float, float]] | None = None


class BatchWatch:
    """Put round a model's step, it notes in a few variables which cells were not finite when the loss went.

    It computes one reduction an array and step; places are looked for in the batch that is bad, and nowhere else.
    Notes end with the first loss, or weights after such a batch, that are not finite. Only for TensorFlow, and for one
    device.

    Parameters
    ----------
    model : keras.Model
        Compiled.
    of : {"train", "test"}
        Whether it is put round ``train_step``, or ``test_step``, by which validation rows go.
    """

    def __init__(self, model: Any, of: Literal["train", "test"] = "train") -> None:
        self._model = model
        self._name, self._function_name = f"{of}_step", f"{of}_function"
        self._make_function = model.make_train_function if of == "train" else model.make_test_function
        self._counts: Any = None
        self._places: dict[str, Any] = {}
        self._ranges: dict[str, Any] = {}
        self._epoch_start = 0

    def put_on(self) -> None:
        """Let the model make its steps through that of the watch."""
        model, own = self._model, vars(self._model)
        left = getattr(own.get(self._name), "__self__", None)
        if isinstance(left, BatchWatch):  # by a training that raised
            left.take_off()
        self._had_own, self._own_step = self._name in own, getattr(model, self._name)
        self._former = getattr(model, self._function_name)
        setattr(model, self._name, self.step)
        self._make_function(force=True)
        self._function = self._leaving(getattr(model, self._function_name))
        setattr(model, self._function_name, self._function)

    def take_off(self) -> None:
        """Give the model back its step, and its compiled function if it has not got another since."""
        model = self._model
        if vars(model).get(self._name) != self.step:
            return
        if self._had_own:
            setattr(model, self._name, self._own_step)
        else:
            delattr(model, self._name)
        same = getattr(model, self._function_name) is self._function
        setattr(model, self._function_name, self._former if same else None)

    def begin_epoch(self) -> None:
        """Count batches from here."""
        self._epoch_start = 0 if self._counts is None else int(self._counts[0])

    def step(self, data: Any) -> Any:
        """Do the model's own step, and note what went into it."""
        # First the model's own: operations that TensorFlow seeds by their number keep it.
        logs = self._own_step(data)
        self._note(dict(_arrays(data)), logs)
        return logs

    def _leaving(self, function: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """Return the compiled function, after which the watch is off where it raises: no callback is told then."""
        import tensorflow as tf

        def step(iterator: Any) -> Any:
            try:
                return function(iterator)
            except (StopIteration, tf.errors.OutOfRangeError):  # the end of an epoch
                raise
            except BaseException:
                self.take_off()
                raise

        return step

    @property
    def met_bad(self) -> bool:
        """Whether a batch was not finite itself."""
        return self._counts is not None and bool(self._counts.numpy()[3] > 0)

    @property
    def went(self) -> bool:
        """Whether a loss, or the weights after bad data, were not finite."""
        return self._counts is not None and bool(self._counts.numpy()[1] >= 0)

    def observed(self) -> Observed:
        """Return what was noted, batches counted within the epoch."""
        if self._counts is None:
            return Observed()
        _, at, bad, n_bad = (int(count) for count in self._counts.numpy())
        places = {part: noted.numpy() for part, noted in self._places.items()}
        return Observed(
            batch=at - self._epoch_start if at >= 0 else None,
            bad_batch=bad - self._epoch_start if bad >= 0 else None,
            n_bad_batches=n_bad,
            found=tuple(_not_finite(part, noted) for part, noted in places.items() if noted[0]),
            ranges={part: (float(noted[0]), float(noted[1])) for part, noted in self._ranges.items()},
        )

    def _note(self, arrays: Mapping[str, Any], logs: Any) -> None:
        import tensorflow as tf

        self._make_variables(arrays)
        step, at, last_bad, n_bad = tf.unstack(self._counts)
        going = at < 0
        bad = going & _any_not_finite(array for array in arrays.values() if array.dtype.is_floating)
        broke = tf.cond(bad, lambda: _any_not_finite(self._model.trainable_variables), lambda: tf.constant(False))
        went = going & (_any_not_finite(losses_of(logs).values()) | broke)
        tf.cond(bad, lambda: self._note_places(arrays), tf.no_op)
        tf.cond(went, lambda: self._note_ranges(arrays), tf.no_op)
        self._counts.assign(
            [step + 1, tf.where(went, step, at), tf.where(bad, step, last_bad), n_bad + tf.cast(bad, tf.int64)]
        )

    def _make_variables(self, arrays: Mapping[str, Any]) -> None:
        """Make what is noted in; the arrays are known when the step is traced."""
        import tensorflow as tf

        # int64 throughout: TensorFlow keeps int32 variables off the GPU.
        with tf.init_scope():
            if self._counts is None:
                self._counts = tf.Variable([0, -1, -1, 0], dtype=tf.int64, trainable=False)
            for part, array in arrays.items():
                if part not in self._ranges:
                    self._ranges[part] = tf.Variable([0.0, 0.0], trainable=False)
                if part not in self._places and array.dtype.is_floating:
                    width = 4 + 2 * MOST_NAMED + MOST_AXES
                    self._places[part] = tf.Variable(tf.zeros(width, tf.int64), trainable=False)

    def _note_places(self, arrays: Mapping[str, Any]) -> Any:
        import tensorflow as tf

        for part, variable in self._places.items():
            if part in arrays:
                variable.assign(_places(_dense(arrays[part])))
        return tf.no_op()

    def _note_ranges(self, arrays: Mapping[str, Any]) -> Any:
        import tensorflow as tf

        for part, array in arrays.items():
            numbers = tf.cast(_values(array), tf.float32)
            self._ranges[part].assign([tf.reduce_min(numbers), tf.reduce_max(numbers)])
        return tf.no_op()


def losses_of(logs: Any) -> dict[str, Any]:
    """Return the training losses in the logs of a step or an epoch: ``loss``, else all that end in ``_loss``.

    Examples
    --------
    >>> losses_of({"d_loss": 1.0, "g_loss": 2.0, "accuracy": 0.5, "val_loss": 3.0})
    {'d_loss': 1.0, 'g_loss': 2.0}
    """
    if not isinstance(logs, Mapping):
        return {}
    if "loss" in logs:
        return {"loss": logs["loss"]}
    return {name: logs[name] for name in logs if name.endswith("_loss") and not name.startswith("val_")}


def _arrays(data: Any) -> Iterator[tuple[str, Any]]:
    """Yield each array of numbers in what a step is given, under its name in Python."""
    parts = data if isinstance(data, (tuple, list)) and len(data) <= len(PARTS) else (data,)
    for name, part in zip(PARTS, parts, strict=False):
        for path, array in _leaves(part, name):
            if (array.dtype.is_floating or array.dtype.is_integer) and array.shape.rank != 0:
                yield path, array


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _leaves(part, f"{path}[{key!r}]")
    elif isinstance(value, (tuple, list)):
        for at, part in enumerate(value):
            yield from _leaves(part, f"{path}[{at}]")
    elif hasattr(value, "dtype") and hasattr(value.dtype, "is_floating"):
        yield path, value


def _values(array: Any) -> Any:
    """Return the numbers that are stored of an array, sparse and ragged ones too."""
    import tensorflow as tf

    if isinstance(array, tf.SparseTensor):
        return array.values
    return array.flat_values if isinstance(array, tf.RaggedTensor) else array


def _dense(array: Any) -> Any:
    import tensorflow as tf

    if isinstance(array, tf.SparseTensor):
        return tf.sparse.to_dense(array)
    return array.to_tensor() if isinstance(array, tf.RaggedTensor) else array


def _any_not_finite(arrays: Any) -> Any:
    import tensorflow as tf

    bad = tf.constant(False)
    for array in arrays:
        numbers = keras.ops.convert_to_tensor(_values(array))
        # Layers compute in float32: what is too large for it is infinite there.
        numbers = tf.cast(numbers, tf.float32) if numbers.dtype == tf.float64 else numbers
        bad |= ~tf.reduce_all(tf.math.is_finite(numbers))
    return bad


def _places(array: Any) -> Any:
    """Return counts, first columns, first rows and the shape of a row as one vector, as ``_not_finite`` reads it."""
    import tensorflow as tf

    array = tf.cast(array, tf.float32)
    shape = tf.shape(array, out_type=tf.int64)
    cells = tf.reshape(array, tf.stack([shape[0], -1]))
    nan, infinite = tf.math.is_nan(cells), tf.math.is_inf(cells)
    columns, rows = (tf.reduce_any(nan | infinite, axis=axis) for axis in (0, 1))
    counts = [tf.math.count_nonzero(flags) for flags in (columns, rows, nan, infinite)]
    row_shape = tf.concat([shape[1:], tf.zeros(MOST_AXES, tf.int64)], axis=0)[:MOST_AXES]
    return tf.concat([tf.stack(counts), _first(columns), _first(rows), row_shape], axis=0)


def _first(flags: Any) -> Any:
    """Return the first eight places of what is true, filled up with what is no place."""
    import tensorflow as tf

    n = tf.size(flags)
    places = tf.sort(tf.where(flags, tf.range(n), n))
    return tf.cast(tf.concat([places, tf.fill([MOST_NAMED], n)], axis=0)[:MOST_NAMED], tf.int64)


def _not_finite(part: str, noted: np.ndarray) -> NotFinite:
    counts, columns, rows, shape = np.split(noted, [4, 4 + MOST_NAMED, 4 + 2 * MOST_NAMED])
    n_columns, n_rows, n_nan, n_infinite = (int(count) for count in counts)
    row_shape = tuple(int(size) for size in shape if size)
    return NotFinite(
        part=part,
        columns=tuple(tuple(int(i) for i in np.unravel_index(at, row_shape)) for at in columns[:n_columns]),
        rows=tuple(int(row) for row in rows[:n_rows]),
        n_columns=n_columns,
        n_rows=n_rows,
        n_nan=n_nan,
        n_infinite=n_infinite,
        n_places=int(np.prod(row_shape)),
    )
