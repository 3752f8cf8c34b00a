"""A training that was killed goes on with the very next batch."""

import subprocess
import sys
from itertools import chain
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from datafix.emit import DataPosition, make_dataset
from datafix.errors import ParameterError

N, SIZE = 103, 10
ROWS = np.random.default_rng(0).standard_normal((N, 3)).astype(np.float32)


def noisy(x, y, *, seeds):
    return x + tf.cast(seeds % 1000, tf.float32)[:, None], y


def made(**arguments):
    return make_dataset(ROWS, np.arange(N), batch_size=SIZE, shuffle=True, seed=3, augment=noisy, **arguments)


def taken(iterator, n=None):
    n = 10**6 if n is None else n
    return [(x.numpy().tobytes(), y.numpy().tolist()) for _, (x, y) in zip(range(n), iterator, strict=False)]


def test_a_restored_iterator_goes_on_bit_for_bit_and_so_do_the_epochs_after_it(tmp_path):
    dataset = made()
    epochs = [taken(iter(dataset)) for _ in range(2)]
    iterator = iter(dataset)
    before = taken(iterator, 4)
    saved = tf.train.Checkpoint(iterator=iterator).save(str(tmp_path / "at"))
    expected = [taken(iterator), taken(iter(dataset)), taken(iter(dataset))]

    again = made()
    restored = iter(again)
    tf.train.Checkpoint(iterator=restored).restore(saved).assert_consumed()

    assert [taken(restored), taken(iter(again)), taken(iter(again))] == expected
    assert len({str(epoch) for epoch in [*epochs, before + expected[0], *expected[1:]]}) == 5


def test_a_checkpoint_is_small_however_large_the_data_and_the_batches(tmp_path):
    X = np.zeros((50_000, 40), np.float32)
    iterator = iter(make_dataset(X, batch_size=4096, shuffle=True, seed=0))
    next(iterator)

    tf.train.Checkpoint(iterator=iterator).save(str(tmp_path / "at"))

    # One batch on its way alone would take 655 kB.
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 10_000


def test_an_endless_dataset_is_epoch_after_epoch():
    endless = made(repeat=True)

    targets = [y for _, y in taken(iter(endless), 22)]

    assert int(endless.cardinality()) == tf.data.experimental.INFINITE_CARDINALITY
    first, second = ([*chain(*targets[start : start + 11])] for start in (0, 11))
    assert sorted(first) == sorted(second) == list(range(N))
    assert first != second


class Seen(keras.callbacks.Callback):
    """Stops, as a crash would, after so many batches."""

    def __init__(self, stop_after=None):
        super().__init__()
        self.left = stop_after

    def on_train_batch_end(self, batch, logs=None):
        if self.left is not None:
            self.left -= 1
            if not self.left:
                raise KeyboardInterrupt


def model_of(seed=0):
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, "relu"), keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.01), "mse")
    return model


def fitted(folder, *, stop_after=None, epochs, repeat=False, **fit):
    position = DataPosition()
    model = model_of()
    callbacks = [keras.callbacks.BackupAndRestore(folder), position, Seen(stop_after)]
    dataset = made(position=position, repeat=repeat)
    model.fit(dataset, epochs=epochs, callbacks=callbacks, verbose=0, shuffle=False, **fit)
    return [weights.tobytes() for weights in model.get_weights()]


@pytest.mark.parametrize(
    ("how", "stop_after"),
    [
        ({"epochs": 3}, 17),  # 11 batches an epoch: killed in the second
        # Epochs of 4 batches by Keras' count: backed up after 12 batches, inside the second epoch of the data.
        ({"epochs": 8, "steps_per_epoch": 4, "repeat": True}, 14),
    ],
    ids=["at an epoch", "inside an epoch"],
)
def test_a_fit_that_was_killed_ends_with_the_same_weights_to_the_bit(tmp_path, how, stop_after):
    whole = fitted(tmp_path / "whole", **how)
    with pytest.raises(KeyboardInterrupt):
        fitted(tmp_path / "killed", stop_after=stop_after, **how)

    assert fitted(tmp_path / "killed", **how) == whole


def test_the_number_of_the_epoch_alone_gives_its_order_and_its_noise():
    position, late = DataPosition(), DataPosition()
    early = made(position=position)
    first, second = taken(iter(early)), taken(iter(early))
    dataset = made(position=late)
    late.set_params({"steps": 11})
    late.on_train_begin()
    late.on_epoch_begin(1)

    assert taken(iter(dataset)) == second != first


def test_a_position_belongs_to_one_dataset():
    position = DataPosition()
    made(position=position)

    with pytest.raises(ParameterError, match="belongs to one dataset"):
        made(position=position)
    with pytest.raises(ParameterError, match="belongs to no dataset"):
        DataPosition().on_epoch_begin(0)


PROGRAM = """
import numpy as np, sys
from datafix.emit import make_dataset
rows = np.arange(1000)
for shuffled in (make_dataset(rows, batch_size=64, shuffle=True, seed=11) for _ in range(1)):
    for epoch in range(2):
        print(*(int(i) for batch in shuffled for i in batch))
"""


def test_another_process_sees_the_same_order():
    rows = np.arange(1000)
    dataset = make_dataset(rows, batch_size=64, shuffle=True, seed=11)
    here = [" ".join(str(int(i)) for batch in dataset for i in batch) for _ in range(2)]

    there = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, cwd=Path.cwd()
    ).stdout.splitlines()

    assert there == here
