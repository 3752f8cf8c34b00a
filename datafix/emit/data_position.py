"""Where training has come to, for a fit that goes on after a crash."""

from __future__ import annotations

from typing import Any

import keras

from datafix.errors import ParameterError


class DataPosition(keras.callbacks.Callback):
    """Let a dataset begin where a resumed ``fit`` goes on.

    Give one to ``make_dataset`` or ``to_tf_data`` and to ``fit``, after ``BackupAndRestore``.
    The order of the rows and what augmentation draws then follow from the seed and Keras'
    number of the epoch alone, so that a training that was killed and started again sees batch
    for batch what it would have seen.

    Notes
    -----
    ``BackupAndRestore(save_freq="epoch")`` resumes at the beginning of an epoch; with a number as
    ``save_freq``, Keras restores later weights but starts the epoch anew. To lose less than an
    epoch, make the dataset with ``repeat=True`` and let Keras count shorter epochs,
    ``fit(..., steps_per_epoch=500)``: the dataset then resumes inside its own epoch, at the exact batch.

    Examples
    --------
    >>> import numpy as np
    >>> from datafix.emit import DataPosition, make_dataset
    >>> position = DataPosition()
    >>> train = make_dataset(np.arange(6), batch_size=2, shuffle=True, seed=0, position=position)
    >>> first, second = ([x.numpy().tolist() for x in train] for _ in range(2))
    >>> position.set_params({"steps": 3})
    >>> position.on_train_begin()
    >>> position.on_epoch_begin(1)
    >>> [x.numpy().tolist() for x in train] == second
    True
    """

    def __init__(self) -> None:
        super().__init__()
        self._epoch = 0
        self._first = 0
        self._n_batches: int | None = None
        self._repeat = False
        self._begun = False

    def belong_to(self, n_batches: int, *, repeat: bool) -> None:
        """Learn what an epoch of the dataset is; a position belongs to one dataset.

        Raises
        ------
        ParameterError
            If it belongs to another one.
        """
        if self._n_batches is not None:
            raise ParameterError("A DataPosition belongs to one dataset. Make a new one for another dataset.")
        self._n_batches, self._repeat = n_batches, repeat

    def start(self) -> tuple[int, int]:
        """Return the epoch that starts and its first batch; the next one starts at its beginning."""
        started = self._epoch, self._first
        self._epoch, self._first = self._epoch + 1, 0
        return started

    def on_train_begin(self, logs: Any = None) -> None:
        """Forget an earlier fit."""
        self._begun = False

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Set the dataset to what Keras' epoch begins with."""
        if self._n_batches is None:
            raise ParameterError("This DataPosition belongs to no dataset. Give it to make_dataset(position=...) too.")
        # An endless dataset goes on by itself, and is ahead of Keras by what it has prefetched.
        if self._begun and self._repeat:
            return
        self._begun = True
        self._epoch, self._first = divmod(epoch * int(self.params["steps"]), self._n_batches)
