"""Rows on disk, shuffled: an epoch of 2 M x 64 against TFRecord, ``Dataset.load`` and a generator over a memory map.

The files are in the page cache. The quality of the shuffle is that of rows sorted by label.
"""

import sys
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import tensorflow as tf
from measuring import cpu_seconds, tell

import datafix
from datafix.store import FolderWriter, stored_arrays

N, WIDTH, BATCH = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000_000, 64, 1024


def epoch(dataset):
    for _ in dataset:
        pass


def written(folder, X, y):
    with FolderWriter(folder) as writer:
        writer.array("x").append(X)
        writer.array("y").append(y)
        writer.commit()
    return stored_arrays(folder)


def tell_ours(name, folder, X, y):
    data = written(folder, X, y)
    dataset = datafix.make_dataset(data["x"], data["y"], batch_size=BATCH, shuffle=True, seed=0)
    ordered = datafix.make_dataset(data["x"], data["y"], batch_size=BATCH)
    shuffled, in_order = cpu_seconds(partial(epoch, dataset), 2), cpu_seconds(partial(epoch, ordered), 2)
    size = sum(file.stat().st_size for file in folder.rglob("*.*"))
    tell(
        "stream",
        data=name,
        packing=data["x"].packing,
        bytes_of_raw=size / (X.nbytes + y.nbytes),
        million_rows_a_cpu_s=N / shuffled / 1e6,
        in_order=N / in_order / 1e6,
    )
    return dataset, shuffled


def tell_peers(folder, X, y, ours):
    folder.mkdir()
    for name, dataset in {
        "TFRecord": records(folder / "rows.tfrecord", X, y),
        "Dataset.load": saved(folder / "saved", X, y),
        "memory map": mapped(folder / "rows.npy", X, y),
    }.items():
        theirs = cpu_seconds(partial(epoch, dataset), 1)
        tell(
            "stream_peer", peer=name, million_rows_a_cpu_s=PEER_ROWS / theirs / 1e6, times=theirs / PEER_ROWS * N / ours
        )


PEER_ROWS = 200_000


def records(path, X, y):
    def example(x, target):
        features = {
            "x": tf.train.Feature(float_list=tf.train.FloatList(value=x)),
            "y": tf.train.Feature(int64_list=tf.train.Int64List(value=[target])),
        }
        return tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()

    with tf.io.TFRecordWriter(str(path)) as writer:
        for x, target in zip(X[:PEER_ROWS], y[:PEER_ROWS], strict=True):
            writer.write(example(x, target))
    spec = {"x": tf.io.FixedLenFeature([WIDTH], tf.float32), "y": tf.io.FixedLenFeature([], tf.int64)}
    batches = tf.data.TFRecordDataset(str(path)).shuffle(100_000, seed=0).batch(BATCH)
    return batches.map(lambda texts: tf.io.parse_example(texts, spec), tf.data.AUTOTUNE).prefetch(2)


def saved(path, X, y):
    tf.data.Dataset.from_tensor_slices((X[:PEER_ROWS], y[:PEER_ROWS])).save(str(path))
    return tf.data.Dataset.load(str(path)).shuffle(100_000, seed=0).batch(BATCH).prefetch(2)


def mapped(path, X, y):
    np.save(path, X[:PEER_ROWS])
    rows = np.load(path, mmap_mode="r")

    def batches():
        order = np.random.default_rng(0).permutation(PEER_ROWS)
        for start in range(0, PEER_ROWS, BATCH):
            chosen = order[start : start + BATCH]
            yield rows[chosen], y[chosen]

    spec = (tf.TensorSpec([None, WIDTH], tf.float32), tf.TensorSpec([None], tf.int32))
    return tf.data.Dataset.from_generator(batches, output_signature=spec).prefetch(2)


def tell_quality(folder):
    """Sorted labels: how batches differ from those of an exact permutation."""
    for kind, y in {
        "sorted by label": np.sort(np.arange(N) % 10).astype(np.int32),
        "blocks of one label": (np.arange(N) // 256 * 2_654_435_761 % 2**32 % 10).astype(np.int32),
    }.items():
        position = np.arange(N, dtype=np.int32)
        X = np.zeros((N, WIDTH), np.float32)
        data = written(folder / kind.replace(" ", "_"), X, y)
        ids = written(folder / (kind.replace(" ", "_") + "_ids"), X, position)
        found = labels(datafix.make_dataset(data["x"], data["y"], batch_size=BATCH, shuffle=True, seed=0))
        order = labels(datafix.make_dataset(ids["x"], ids["y"], batch_size=BATCH, shuffle=True, seed=0))
        whole = found[: N // BATCH * BATCH].reshape(-1, BATCH)
        share = np.mean(y == 0)
        expected = share * (1 - share) / BATCH
        tell(
            "stream_shuffle",
            rows=kind,
            windows_hold=64 * 2**20 / (N * WIDTH * 4),
            correlation_with_position=float(np.corrcoef(order, np.arange(N))[0, 1]),
            variance_of_batches_to_a_permutations=float(np.var((whole == 0).mean(axis=1)) / expected),
        )


def labels(dataset):
    return np.concatenate([y.numpy() for _, y in dataset])


def main():
    random = np.random.default_rng(0)
    y = random.integers(0, 2, N).astype("int32")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        X = random.standard_normal((N, WIDTH), dtype="float32")
        _, ours = tell_ours("float32 noise", folder / "noise", X, y)
        tell_peers(folder / "peers", X, y, ours)
        onehot = np.zeros((N, WIDTH), np.float32)
        onehot[np.arange(N), random.integers(0, WIDTH, N)] = 1
        tell_ours("one-hot", folder / "onehot", onehot, y)
        tell_quality(folder)


if __name__ == "__main__":
    main()
