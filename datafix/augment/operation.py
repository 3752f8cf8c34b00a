"""What every operation is: a seeded function of a batch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from datafix.augment.draws import row_seeds
from datafix.errors import ParameterError

if TYPE_CHECKING:
    from datafix.augment.moving import Moving

Batch = tuple[Any, Any, Any]


class Operation(ABC):
    """A random change to a batch, the same for the same seeds.

    A subclass says in `apply` what becomes of a batch. It draws with the functions of
    `datafix.augment.draws`, from ``seeds`` alone, and so depends on neither the order of
    the rows nor the size of the batch nor the number of threads.
    """

    def __call__(self, x: Any, y: Any = None, sample_weight: Any = None, *, seeds: Any = None) -> Any:
        """Return x, (x, y) or (x, y, sample_weight): as many things as were given.

        Parameters
        ----------
        x : tensor of shape (rows, ...)
        y, sample_weight : tensor of shape (rows, ...), optional
        seeds : int64 tensor of shape (rows,), optional
            One seed a row. None: rows are numbered from 0.
        """
        batch: Batch = (_tensor(x), _tensor(y), _tensor(sample_weight))
        if seeds is None:
            seeds = row_seeds(0, 0, tf.range(_n_rows(batch[0]), dtype=tf.int64))
        changed = self.apply(batch, tf.convert_to_tensor(seeds, tf.int64))
        given = 1 + max((at for at, part in enumerate(batch) if part is not None), default=0)
        return changed[:given] if given > 1 else changed[0]

    @abstractmethod
    def apply(self, batch: Batch, seeds: tf.Tensor) -> Batch:
        """Return the changed batch (x, y, sample_weight), of which y and sample_weight may be None."""

    def apply_moving(self, batch: Batch, seeds: tf.Tensor, moving: Moving) -> Batch:
        """Return the changed batch, with the masks and boxes in y moved as the images are.

        `Compose` calls this one. An operation that leaves pixels where they are need not define it.
        """
        return self.apply(batch, seeds)


def span(value: Any, name: str, *, least: float = -float("inf"), who: str) -> tuple[float, float]:
    """Return the bounds of a uniform draw: (-value, value) of a number, a pair as it is.

    Raises
    ------
    ParameterError
        If value is neither a number of 0 or more nor an ordered pair of numbers.
    """
    pair = value if isinstance(value, tuple | list) else (-value, value) if isinstance(value, int | float) else ()
    if len(pair) != 2 or not all(isinstance(end, int | float) and abs(end) < float("inf") for end in pair):
        raise ParameterError(f"{who} needs {name} to be a number or a pair (low, high), got {value!r}.")
    low, high = map(float, pair)
    if not least < low <= high:
        limit = f", above {least:g}" if least > -float("inf") else ""
        raise ParameterError(
            f"{who} needs {name} of 0 or more, or low <= high{limit}; got {value!r}, that is ({low:g}, {high:g})."
        )
    return low, high


def images(x: Any, who: str) -> tf.Tensor:
    """Return x if it is a batch of images of shape (rows, height, width, channels)."""
    if isinstance(x, dict) or len(x.shape) != 4:
        raise ParameterError(
            f"{who} needs images of shape (rows, height, width, channels), got "
            f"{'a dict' if isinstance(x, dict) else f'shape {tuple(x.shape)}'}. "
            "Add a channel axis to grey images; for tables there are GaussianJitter and MixUp."
        )
    return x


def _tensor(part: Any) -> Any:
    return None if part is None else tf.nest.map_structure(tf.convert_to_tensor, part)


def _n_rows(x: Any) -> Any:
    return tf.shape(tf.nest.flatten(x)[0])[0]
