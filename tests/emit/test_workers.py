"""Several processes that share the batches of an epoch, one of them killed and replaced."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from datafix.emit import make_dataset
from datafix.errors import ParameterError

ROWS = np.arange(1003)


def ids(dataset):
    return [[int(i) for i in batch] for batch in dataset]


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("drop_remainder", [False, True])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_shards_share_out_the_batches_of_every_epoch(shuffle, drop_remainder, count):
    how = {"batch_size": 32, "shuffle": shuffle, "seed": 7, "drop_remainder": drop_remainder}
    whole = make_dataset(ROWS, **how)
    shards = [make_dataset(ROWS, **how, shard=(index, count)) for index in range(count)]

    for _ in range(2):
        batches = ids(whole)
        for index, shard in enumerate(shards):
            assert ids(shard) == batches[index::count]
            assert int(shard.cardinality()) == len(batches[index::count])


def test_shards_that_cannot_be_meant_are_refused():
    for shard in [(2, 2), (-1, 2), (0,), 3, (0.0, 2)]:
        with pytest.raises(ParameterError, match=r"shard=\(index, count\)"):
            make_dataset(ROWS, shard=shard)
    with pytest.raises(ParameterError, match="seed where shard is given"):
        make_dataset(ROWS, shuffle=True, shard=(0, 2))
    with pytest.raises(ParameterError, match="one batch for each of 5 shards, got 4"):
        make_dataset(ROWS, batch_size=256, shard=(0, 5))


WORKER = """
import os, signal, sys
from pathlib import Path
import numpy as np, tensorflow as tf
from datafix.emit import make_dataset

index, folder, dies_at = int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
iterator = iter(make_dataset(np.arange(1003), batch_size=16, shuffle=True, seed=7, shard=(index, 2)))
step = tf.Variable(0, dtype=tf.int64)
saved = tf.train.CheckpointManager(tf.train.Checkpoint(iterator=iterator, step=step), folder / "saved", max_to_keep=1)
saved.restore_or_initialize()
for batch in iterator:
    (folder / f"{int(step):03}.txt").write_text(" ".join(map(str, batch.numpy())))
    step.assign_add(1)
    if int(step) % 5 == 0:
        saved.save()
    if int(step) == dies_at:
        os.kill(os.getpid(), signal.SIGKILL)
"""


def start(index, folder, dies_at=-1):
    folder.mkdir(exist_ok=True)
    arguments = [sys.executable, "-c", WORKER, str(index), str(folder), str(dies_at)]
    return subprocess.Popen(arguments, cwd=Path.cwd(), stderr=subprocess.PIPE, text=True)


def test_two_workers_see_every_row_once_though_one_is_killed_and_replaced(tmp_path):
    workers = [start(0, tmp_path / "0", dies_at=13), start(1, tmp_path / "1")]
    errors = [worker.communicate()[1] for worker in workers]
    assert workers[0].returncode == -signal.SIGKILL, errors[0]
    assert workers[1].returncode == 0, errors[1]
    before = {path.name: path.read_text() for path in (tmp_path / "0").glob("*.txt")}

    replaced = start(0, tmp_path / "0")
    assert not replaced.communicate()[1] or replaced.returncode == 0

    after = {path.name: path.read_text() for path in (tmp_path / "0").glob("*.txt")}
    assert len(before) == 13
    assert len(after) == 32
    # Batches 10 to 12 were seen after the last checkpoint, and are seen again as they were.
    assert {name: after[name] for name in before} == before
    seen = [int(i) for path in tmp_path.glob("*/*.txt") for i in path.read_text().split()]
    assert sorted(seen) == list(range(1003))


TOGETHER = """
import json, os, sys
import numpy as np, tensorflow as tf
from datafix.emit import make_dataset

strategy = tf.distribute.MultiWorkerMirroredStrategy()
dataset = make_dataset(np.arange(200), batch_size=16, shuffle=True, seed=7)
seen = []
for _ in range(2):
    for batch in strategy.experimental_distribute_dataset(dataset):
        for part in strategy.experimental_local_results(batch):
            seen.append([int(i) for i in part])
print(json.dumps(seen))
"""


def free_ports(n):
    sockets = [socket.create_server(("localhost", 0)) for _ in range(n)]
    ports = [found.getsockname()[1] for found in sockets]
    for found in sockets:
        found.close()
    return ports


def test_tensorflows_workers_share_out_every_batch_by_auto_sharding():
    cluster = {"worker": [f"localhost:{port}" for port in free_ports(2)]}
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", TOGETHER],
            env={**os.environ, "TF_CONFIG": json.dumps({"cluster": cluster, "task": {"type": "worker", "index": at}})},
            cwd=Path.cwd(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for at in range(2)
    ]

    outputs = [worker.communicate(timeout=180) for worker in workers]

    assert [worker.returncode for worker in workers] == [0, 0], [errors[-2000:] for _, errors in outputs]
    batches = [json.loads(printed.splitlines()[-1]) for printed, _ in outputs]
    half = len(batches[0]) // 2
    for epoch in (slice(0, half), slice(half, None)):
        rows = [i for seen in batches for batch in seen[epoch] for i in batch]
        assert sorted(rows) == list(range(200))


JAX = """
import keras, numpy as np
assert keras.backend.backend() == "jax"
import datafix
from sklearn.preprocessing import StandardScaler
X = np.random.default_rng(0).normal(size=(300, 4))
y = (X[:, 0] > 0).astype(int)
position = datafix.DataPosition()
prepared = datafix.prepare(StandardScaler(), X, y, split=datafix.split(X, y, random_state=0))
jitter = datafix.augment.GaussianJitter(0.01)
parts = datafix.to_tf_data(prepared, batch_size=32, seed=0, position=position, augment=jitter)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile(keras.optimizers.Adam(0.1), "binary_crossentropy", metrics=["accuracy"])
how = {"verbose": 0, "shuffle": False, "callbacks": [position]}
model.fit(parts["train"], validation_data=parts["validation"], epochs=10, **how)
print(model.evaluate(parts["test"], verbose=0)[1])
try:
    datafix.to_tf_data(prepared, transform="graph", X=X)
except datafix.ParameterError as error:
    print(error)
"""


def test_keras_on_jax_takes_the_datasets():
    run = subprocess.run(
        [sys.executable, "-c", JAX],
        env={**os.environ, "KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
        check=False,
        cwd=Path.cwd(),
    )

    assert run.returncode == 0, run.stderr[-3000:]
    accuracy, refusal = run.stdout.splitlines()
    assert float(accuracy) > 0.9
    assert "needs Keras' tensorflow backend, got 'jax'" in refusal
