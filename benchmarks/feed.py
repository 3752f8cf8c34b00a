"""An epoch of rows against ``from_tensor_slices`` and ``np.take``, a small ``fit``, and memory."""

import subprocess
import sys
from functools import partial

import keras
import numpy as np
import psutil
import tensorflow as tf
from measuring import cpu_seconds, tell

import datafix

N, WIDTH = 1_000_000, 64


def epoch(dataset):
    for _ in dataset:
        pass


def taken(X, y, batch, random):
    order = random.permutation(len(X))
    for start in range(0, len(X), batch):
        rows = order[start : start + batch]
        X.take(rows, axis=0)
        y.take(rows)


def tell_rows(X, y):
    random = np.random.default_rng(1)
    for batch in (256, 1024, 8192, 32_768):
        slices = tf.data.Dataset.from_tensor_slices((X, y)).shuffle(N, seed=0).batch(batch).prefetch(2)
        gathered = datafix.make_dataset(X, y, batch_size=batch, shuffle=True, seed=0)
        theirs, ours = cpu_seconds(partial(epoch, slices), 2), cpu_seconds(partial(epoch, gathered), 4)
        take = cpu_seconds(partial(taken, X, y, batch, random), 4)
        tell(
            "feed",
            batch=batch,
            million_rows_a_cpu_s=N / ours / 1e6,
            times_from_tensor_slices=theirs / ours,
            share_of_np_take=take / ours,
        )


def small_model(steps_per_execution):
    model = keras.Sequential(
        [keras.Input((WIDTH,)), keras.layers.Dense(64, "relu"), keras.layers.Dense(1, activation="sigmoid")]
    )
    model.compile("adam", "binary_crossentropy", steps_per_execution=steps_per_execution)
    return model


def tell_fit(X, y):
    X, y = X[:200_000], y[:200_000]
    for batch in (256, 1024):
        dataset = datafix.make_dataset(X, y, batch_size=batch, shuffle=True, seed=0)
        usual = _fit_seconds(small_model(1), X, y, batch_size=batch)
        for steps in (1, 16):
            ours = _fit_seconds(small_model(steps), dataset, shuffle=False)
            arrays = _fit_seconds(small_model(steps), X, y, batch_size=batch)
            tell(
                "fit",
                batch=batch,
                steps_per_execution=steps,
                times_numpy_arrays=usual / ours,
                times_numpy_arrays_same_steps=arrays / ours,
            )


def _fit_seconds(model, *data, **how):
    model.fit(*data, verbose=0, **how)
    return cpu_seconds(partial(model.fit, *data, verbose=0, **how), 4)


MEMORY = """
import sys, numpy as np, tensorflow as tf, datafix

def peak():
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))

for _ in datafix.make_dataset(np.ones((5000, 64), np.float32), batch_size=1024, shuffle=True, seed=0): pass
X = np.ones((int(sys.argv[1]), 64), np.float32)
before, rows = peak(), 0
for batch in datafix.make_dataset(X, batch_size=1024, shuffle=True, seed=0):
    rows += len(batch)
assert rows == len(X)
print((peak() - before) / X.nbytes)
"""


def tell_memory():
    for n_rows in (1_000_000, 12_000_000):
        if psutil.virtual_memory().available < 3 * n_rows * WIDTH * 4:
            continue
        run = subprocess.run([sys.executable, "-c", MEMORY, str(n_rows)], capture_output=True, text=True, check=True)
        tell("feed_memory", gigabytes=n_rows * WIDTH * 4 / 1e9, times_the_data_beyond_the_data=float(run.stdout))


def main():
    random = np.random.default_rng(0)
    X = random.standard_normal((N, WIDTH), dtype="float32")
    y = random.integers(0, 2, N).astype("int32")
    tell_rows(X, y)
    tell_fit(X, y)
    tell_memory()


if __name__ == "__main__":
    main()
