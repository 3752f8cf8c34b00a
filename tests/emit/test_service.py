"""Batches from the workers of a tf.data service, in processes of their own."""

import signal
import socket
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from scipy import sparse

from datafix.emit import service_dataset
from datafix.emit.service import _refuse_what_cannot_travel
from datafix.errors import ParameterError

ROWS = np.arange(3001)
WORKER = """
import sys, tensorflow as tf
service = tf.data.experimental.service
dispatcher, port = sys.argv[1:]
where = {"worker_address": f"localhost:{port}", "port": int(port)}
service.WorkerServer(service.WorkerConfig(dispatcher, heartbeat_interval_ms=100, **where)).join()
"""


@pytest.fixture(scope="module")
def dispatcher():
    config = tf.data.experimental.service.DispatcherConfig(worker_timeout_ms=1000)
    return tf.data.experimental.service.DispatchServer(config)


def free_ports(n):
    sockets = [socket.create_server(("localhost", 0)) for _ in range(n)]
    ports = [found.getsockname()[1] for found in sockets]
    for found in sockets:
        found.close()
    return ports


def worker(dispatcher, port):
    address = dispatcher.target.split("://")[1]
    return subprocess.Popen([sys.executable, "-c", WORKER, address, str(port)], stderr=subprocess.DEVNULL)


# Slow enough that a worker is killed in the middle of an epoch.
def slow(x, y, *, seeds):
    side = tf.cast(tf.size(x), tf.float32) * tf.ones([500, 500])
    work = tf.reduce_sum(side @ side)
    return x + 0 * tf.cast(work, x.dtype) + tf.cast(seeds % 7, x.dtype), y


def test_every_row_comes_once_though_a_worker_is_killed_and_replaced(dispatcher):
    ports = free_ports(2)
    workers = [worker(dispatcher, port) for port in ports]
    dataset = service_dataset(ROWS, ROWS, service=dispatcher.target, batch_size=8, shuffle=True, seed=3, augment=slow)
    epochs = []
    try:
        for epoch in range(2):
            seen = []
            for number, (x, y) in enumerate(dataset):
                seen += zip(y.numpy().tolist(), x.numpy().tolist(), strict=True)
                if epoch == 0 and number == 20:
                    workers[0].send_signal(signal.SIGKILL)
                    workers[0].wait()
                    workers[0] = worker(dispatcher, ports[0])
            epochs.append(seen)
    finally:
        for process in workers:
            process.kill()
            process.wait()

    assert [sorted(y for y, _ in seen) for seen in epochs] == [list(range(3001))] * 2
    assert epochs[0] != epochs[1]


def test_what_cannot_travel_is_refused():
    with pytest.raises(ParameterError, match="no sparse matrices"):
        service_dataset(sparse.eye(3), service="grpc://localhost:1")
    with pytest.raises(ParameterError, match=r"at most 1.5 GB to its workers, got 1.6 GB"):
        _refuse_what_cannot_travel((np.broadcast_to(np.float32(0), (400_000_000,)),))
