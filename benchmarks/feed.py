"""One gather a batch against ``from_tensor_slices(...).shuffle(n).batch(b)``: an epoch of 1 M x 64 float32."""

import numpy as np
import tensorflow as tf
from measuring import cpu_seconds, tell

import datafix

N, WIDTH, BATCH = 1_000_000, 64, 1024


def epoch(dataset):
    for _ in dataset:
        pass


def main():
    random = np.random.default_rng(0)
    X = random.standard_normal((N, WIDTH), dtype="float32")
    y = random.integers(0, 2, N).astype("int32")
    slices = tf.data.Dataset.from_tensor_slices((X, y)).shuffle(N, seed=0).batch(BATCH).prefetch(2)
    gathered = datafix.make_dataset(X, y, batch_size=BATCH, shuffle=True, seed=0)
    theirs, ours = cpu_seconds(lambda: epoch(slices), 2), cpu_seconds(lambda: epoch(gathered), 2)
    tell("feed", rows=N, datafix_cpu_s=ours, from_tensor_slices_cpu_s=theirs, times_faster=theirs / ours)


if __name__ == "__main__":
    main()
