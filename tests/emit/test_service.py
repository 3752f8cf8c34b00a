"""Batches from the workers of a tf.data service, in processes of their own."""

import contextlib
import socket
import subprocess
import sys
import threading
import warnings

import numpy as np
import pytest
import tensorflow as tf
from scipy import sparse

import datafix
from datafix.emit import arrivals, service_dataset
from datafix.emit import service as service_module
from datafix.emit.service import _refuse_what_cannot_travel
from datafix.errors import DatafixWarning, ParameterError
from datafix.store import StoredArray

ROWS = np.arange(3001)
WORKER = """
import sys, tensorflow as tf
service = tf.data.experimental.service
dispatcher, port = sys.argv[1:]
where = {"worker_address": f"localhost:{port}", "port": int(port)}
worker = service.WorkerServer(service.WorkerConfig(dispatcher, heartbeat_interval_ms=100, **where))
print("ready", flush=True)
worker.join()
"""


# To the end: what still waits for a worker that is gone asks it, and complains of its absence.
@pytest.fixture(scope="session")
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
    command = [sys.executable, "-c", WORKER, address, str(port)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


# Slow enough that a worker is killed in the middle of an epoch.
def slow(x, y, *, seeds):
    side = tf.cast(tf.size(x), tf.float32) * tf.ones([500, 500])
    work = tf.reduce_sum(side @ side)
    return x + 0 * tf.cast(work, x.dtype) + tf.cast(seeds % 7, x.dtype), y


def stop(process):
    process.kill()
    process.wait()
    process.stdout.close()


def two_epochs(dispatcher, dataset, monkeypatch, *, replaced):
    """Return the batches of two epochs of two workers, of which one is killed in the first, the other in the second.

    Where they are replaced, others take their addresses. Patience ends when the first is killed.
    """
    monkeypatch.setattr(arrivals, "PATIENCE_SECONDS", 60.0)
    ports = free_ports(2)
    workers = [worker(dispatcher, port) for port in ports]
    epochs = []
    with contextlib.ExitStack() as stack:
        stack.callback(lambda: [stop(process) for process in workers])
        told = stack.enter_context(warnings.catch_warnings(record=True))
        warnings.simplefilter("always")
        for process in workers:
            assert process.stdout.readline() == b"ready\n"
        for epoch in range(2):
            epochs.append([])
            for number, (x, y) in enumerate(dataset):
                epochs[-1].append((x.numpy(), y.numpy()))
                if number == 20 and (epoch == 0 or not replaced):
                    assert epoch or not told, "batches were not made by the workers"
                    monkeypatch.setattr(arrivals, "PATIENCE_SECONDS", 1.0)
                    stop(workers[epoch])
                    if replaced:
                        workers[epoch] = worker(dispatcher, ports[epoch])
    return epochs


@pytest.mark.long
def test_every_row_comes_once_though_workers_are_killed_and_replaced(dispatcher, monkeypatch):
    dataset = service_dataset(ROWS, ROWS, service=dispatcher.target, batch_size=8, shuffle=True, seed=3, augment=slow)
    made = two_epochs(dispatcher, dataset, monkeypatch, replaced=True)
    epochs = [[y for _, batch in epoch for y in batch.tolist()] for epoch in made]
    assert [sorted(seen) for seen in epochs] == [list(range(3001))] * 2
    assert epochs[0] != epochs[1]


def test_without_a_dispatcher_batches_are_made_here(monkeypatch):
    monkeypatch.setattr(arrivals, "PATIENCE_SECONDS", 0.5)
    (port,) = free_ports(1)
    dataset = service_dataset(ROWS, service=f"grpc://localhost:{port}", batch_size=500)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        found = [row for batch in dataset for row in batch.numpy().tolist()]
    assert sorted(found) == ROWS.tolist()
    assert "handed out nothing for 0.5 seconds" in str(told[0].message)


def test_what_fails_while_it_is_listened_to_is_raised():
    def broken():
        yield 1
        raise KeyError("broken")

    with pytest.raises(KeyError, match="broken"):
        list(arrivals.arriving(broken))


def test_an_element_ends_a_silence(monkeypatch):
    monkeypatch.setattr(arrivals, "PATIENCE_SECONDS", 0.2)
    go_on = threading.Event()

    def halting():
        yield 1
        go_on.wait()
        yield 2

    found = arrivals.arriving(halting)
    assert next(found) == 1
    with pytest.warns(DatafixWarning, match="handed out nothing for 0.2 seconds"):
        assert next(found) is None
    assert next(found) is None
    go_on.set()
    assert [one for one in found if one is not None] == [2]


def test_a_listener_that_is_left_stops():
    taken = []

    def endless():
        for number in range(10**9):
            taken.append(number)
            yield number

    found = arrivals.arriving(endless)
    assert next(found) == 0
    found.close()
    n_taken = len(taken)
    for thread in threading.enumerate():
        if "_listen" in thread.name:
            thread.join(10)
    assert len(taken) <= n_taken + 2


def test_what_cannot_travel_is_refused():
    with pytest.raises(ParameterError, match="no sparse matrices"):
        service_dataset(sparse.eye(3), service="grpc://localhost:1")
    with pytest.raises(ParameterError, match=r"at most 1.5 GB to its workers, got 1.6 GB"):
        _refuse_what_cannot_travel((np.broadcast_to(np.float32(0), (400_000_000,)),))


def shift(x, y, *, seeds):
    return x + tf.cast(seeds % 7, x.dtype)[:, None], y


def saved(folder, **how):
    numbers = np.stack([np.arange(9001.0), np.arange(9001.0) % 13], axis=1)
    prepared = datafix.prepare(None, numbers, ROWS_ON_DISK, split=datafix.Split(range(9001)))
    return datafix.load(prepared.save(folder, **how), in_memory=False).train


ROWS_ON_DISK = np.arange(9001) * 0.5


@pytest.mark.long
@pytest.mark.parametrize("shuffle", [False, True])
def test_workers_read_files_and_every_row_comes_once_though_they_are_killed(dispatcher, shuffle, tmp_path, monkeypatch):
    monkeypatch.setattr(service_module, "WINDOW_BYTES", 20_000)
    part = saved(tmp_path / "made", pack=False)
    dataset = service_dataset(
        part.features, part.target, service=dispatcher.target, batch_size=32, shuffle=shuffle, seed=3, augment=shift
    )
    epochs = two_epochs(dispatcher, dataset, monkeypatch, replaced=shuffle)
    assert [len(epoch) for epoch in epochs] == [len(dataset)] * 2
    for x, y in epochs[0] + epochs[1]:
        moved = x - np.stack([y * 2, y * 2 % 13], axis=1)
        assert (moved[:, 0] == moved[:, 1]).all()
    found = [[value for _, y in epoch for value in y.tolist()] for epoch in epochs]
    assert [sorted(seen) for seen in found] == [ROWS_ON_DISK.tolist()] * 2
    assert not shuffle or found[0] != found[1]


def test_weights_on_disk_are_read_by_workers_too(tmp_path, monkeypatch):
    monkeypatch.setattr(arrivals, "PATIENCE_SECONDS", 0.5)  # without a dispatcher the same is read here
    rows = np.arange(3000.0)
    prepared = datafix.prepare(None, rows[:, None], rows, split=datafix.Split(range(3000)), sample_weight=rows / 4)
    part = datafix.load(prepared.save(tmp_path / "made", pack=False), in_memory=False).train
    monkeypatch.setattr(StoredArray, "__array__", None)  # nothing is read whole
    (port,) = free_ports(1)
    dataset = service_dataset(
        part.features, part.target, part.sample_weight, service=f"grpc://localhost:{port}", batch_size=500
    )
    with pytest.warns(DatafixWarning, match="handed out nothing"):
        found = [np.concatenate(parts) for parts in zip(*dataset.as_numpy_iterator(), strict=True)]
    x, y, weight = found
    assert sorted(y) == rows.tolist()
    np.testing.assert_array_equal(x[:, 0], y)
    np.testing.assert_array_equal(weight, y / 4)
    assert weight.dtype == np.float32


def test_files_that_workers_cannot_read_are_refused(tmp_path):
    part = saved(tmp_path / "made")
    packed = part.features if part.features.packing != "npy" else part.target
    assert packed.packing != "npy"
    with pytest.raises(ParameterError, match=r"not packed.*save\(folder, pack=False\)"):
        service_dataset(packed, service="grpc://localhost:1")
    with pytest.raises(ParameterError, match="all of them dense and on disk"):
        service_dataset(saved(tmp_path / "plain", pack=False).features, ROWS_ON_DISK, service="grpc://localhost:1")
