import subprocess
import sys
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import sparse

import datafix
from datafix import ParameterError, TableError
from datafix.emit import make_dataset, streaming, to_tf_data
from datafix.store import FolderWriter, stored_arrays

ROWS = np.arange(1003, dtype=np.float32)[:, None] * np.ones(3, np.float32)


@pytest.fixture
def stored(tmp_path, monkeypatch):
    """Write arrays to disk in blocks of 7 rows; windows hold 13 blocks or so, chunks two batches of ten."""
    monkeypatch.setattr(streaming, "WINDOW_BYTES", 13 * 7 * 16)
    monkeypatch.setattr(streaming, "_WINDOW_IN_ORDER", 5 * 7 * 16)
    monkeypatch.setattr(streaming, "_CHUNK_BYTES", 20 * 16)

    def write(**arrays):
        with FolderWriter(tmp_path / "ein Ordner") as writer:
            for name, array in arrays.items():
                kind = writer.sparse if sparse.issparse(array) else writer.array
                kind(name, block_rows=7, shard_bytes=2000).append(array)
            writer.commit()
        return SimpleNamespace(**stored_arrays(tmp_path / "ein Ordner"))

    return write


def order(dataset):
    return np.concatenate([np.asarray(x)[:, 0] for x in dataset]).astype(int).tolist()


@pytest.mark.parametrize("batch_size", [1, 10, 64, 1003, 5000])
@pytest.mark.parametrize("shuffle", [True, False])
def test_every_row_comes_once_an_epoch_with_its_target_and_weight(stored, batch_size, shuffle):
    data = stored(x=ROWS, y=np.arange(1003), weight=np.arange(1003.0))
    dataset = make_dataset(data.x, data.y, data.weight, batch_size=batch_size, shuffle=shuffle, seed=1)

    for _ in range(2):
        x, y, weight = (np.concatenate(parts) for parts in zip(*dataset, strict=True))

        assert sorted(y) == list(range(1003))
        assert (y.tolist() == list(range(1003))) == (not shuffle)
        np.testing.assert_array_equal(x[:, 2], y)
        np.testing.assert_array_equal(weight, y)
    assert {len(y) for _, y, _ in list(dataset)[:-1]} <= {batch_size}
    assert int(dataset.cardinality()) == -(-1003 // batch_size)


def test_shapes_are_known_and_the_remainder_is_left_out_if_asked_for(stored):
    data = stored(x=ROWS)

    cut = make_dataset(data.x, batch_size=10, shuffle=True, drop_remainder=True)
    odd = make_dataset(data.x, batch_size=10, shuffle=True)

    assert cut.element_spec.shape.as_list() == [10, 3]
    assert odd.element_spec.shape.as_list() == [None, 3]
    assert len(set(order(cut))) == 1000


@pytest.mark.parametrize("n_rows", [1, 7, 8])
def test_few_rows_are_enough(stored, n_rows):
    data = stored(x=ROWS[:n_rows])

    assert sorted(order(make_dataset(data.x, batch_size=3, shuffle=True))) == list(range(n_rows))


def test_epochs_differ_and_a_seed_repeats_them_all(stored):
    data = stored(x=ROWS)
    first, again = (make_dataset(data.x, batch_size=10, shuffle=True, seed=1) for _ in range(2))

    epochs = [order(first) for _ in range(3)]

    assert epochs == [order(again) for _ in range(3)]
    assert len({tuple(epoch) for epoch in epochs}) == 3
    assert order(make_dataset(data.x, batch_size=10, shuffle=True, seed=2)) != epochs[0]


def test_the_order_does_not_depend_on_the_batch_size(stored):
    data = stored(x=ROWS)

    orders = {tuple(order(make_dataset(data.x, batch_size=size, shuffle=True, seed=1))) for size in (1, 10, 400, 2000)}

    assert len(orders) == 1


ANOTHER_PROCESS = """
import sys
from datafix.emit import make_dataset
from datafix.store import stored_arrays
dataset = make_dataset(stored_arrays(sys.argv[1])["x"], batch_size=10, shuffle=True, seed=-7)
print([int(row) for _ in range(2) for x in dataset for row in x[:, 0]])
"""


def test_a_seed_gives_one_order_in_any_process(tmp_path):
    with FolderWriter(tmp_path / "x") as writer:
        writer.array("x", block_rows=7).append(ROWS)
        writer.commit()
    dataset = make_dataset(stored_arrays(tmp_path / "x")["x"], batch_size=10, shuffle=True, seed=-7)

    run = [sys.executable, "-c", ANOTHER_PROCESS, str(tmp_path / "x")]
    told = subprocess.run(run, check=True, capture_output=True, text=True).stdout

    assert told.splitlines()[-1] == str(order(dataset) + order(dataset))


def noisy(x, y, *, seeds):
    return x + tf.cast(seeds % 1000, tf.float32)[:, None], y


def by_row(dataset):
    parts = [np.concatenate(part) for part in zip(*dataset, strict=True)]
    return parts[0][np.argsort(parts[1])]


def test_a_row_is_augmented_as_it_is_in_memory(stored):
    data = stored(x=ROWS, y=np.arange(1003))
    options = {"batch_size": 10, "shuffle": True, "seed": 3, "augment": noisy}
    on_disk, in_memory = make_dataset(data.x, data.y, **options), make_dataset(ROWS, np.arange(1003), **options)

    for _ in range(2):
        np.testing.assert_array_equal(found := by_row(on_disk), by_row(in_memory))
    assert (found != ROWS).any()


def test_an_augmentation_that_loses_the_target_is_refused(stored):
    data = stored(x=ROWS)

    with pytest.raises(ParameterError, match="it returned 1"):
        make_dataset(data.x, np.zeros(1003), augment=lambda x, y, seeds: x)


@pytest.mark.parametrize("augment", [None, noisy], ids=["plain", "augmented"])
def test_an_iterator_goes_on_from_a_small_checkpoint_with_the_very_next_batch(stored, tmp_path, augment):
    data = stored(x=ROWS, y=np.arange(1003))

    def fresh():
        return iter(make_dataset(data.x, data.y, batch_size=10, shuffle=True, seed=1, augment=augment, repeat=True))

    for n_before in (0, 3, 57, 130):
        iterator = fresh()
        for _ in range(n_before):
            next(iterator)
        path = tf.train.Checkpoint(iterator=iterator).write(str(tmp_path / "checkpoint"))
        expected = [next(iterator) for _ in range(120)]
        resumed = fresh()
        tf.train.Checkpoint(iterator=resumed).read(path)

        for batch in expected:
            tf.nest.map_structure(np.testing.assert_array_equal, next(resumed), batch)
        assert sum(file.stat().st_size for file in tmp_path.glob("checkpoint*")) < 20_000


@pytest.mark.parametrize("shuffle", [True, False])
def test_images_dicts_sparse_text_and_doubles_come_as_they_do_from_memory(stored, shuffle):
    random = np.random.default_rng(0)
    arrays = {
        "images": random.integers(0, 9, (103, 4, 3, 1)).astype(np.uint8),
        "double": random.random((103, 2)),
        "sparse": sparse.random(103, 9, density=0.3, format="csr", random_state=0),
        "codes": np.arange(103, dtype=">i4"),
        "booleans": random.random(103) < 0.5,
        "text": np.array([f"ß{i}" for i in range(103)]),
    }
    data = vars(stored(**arrays))
    options = {"batch_size": 200, "shuffle": shuffle, "seed": 0}

    (x, y), (given, codes) = (next(iter(make_dataset(X, X["codes"], **options))) for X in (data, arrays))

    for name in arrays:
        assert x[name].dtype == given[name].dtype
        assert x[name].shape == given[name].shape
        np.testing.assert_array_equal(x[name].numpy()[np.argsort(y)], given[name].numpy()[np.argsort(codes)])


def test_what_is_in_memory_may_stand_beside_what_is_on_disk(stored):
    data = stored(x=ROWS)

    batches = list(
        make_dataset({"a": data.x, "b": np.arange(1003)}, {"c": np.arange(1003)}, batch_size=10, shuffle=True)
    )

    for x, y in batches:
        np.testing.assert_array_equal(x["a"][:, 0], x["b"])
        np.testing.assert_array_equal(x["b"], y["c"])
    assert sum(len(x["b"]) for x, _ in batches) == 1003


def test_a_part_from_disk_gives_the_batches_of_the_part_in_memory(tmp_path):
    X, y = np.random.default_rng(0).normal(size=(300, 4)), np.arange(300) % 3
    split = datafix.split(X, y)
    folder = datafix.prepare(None, X, y, split=split).save(tmp_path / "prepared")

    on_disk, in_memory = (to_tf_data(datafix.load(folder, in_memory=kept), seed=0) for kept in (False, True))

    for name in ("validation", "test"):
        for one, other in zip(on_disk[name], in_memory[name], strict=True):
            tf.nest.map_structure(np.testing.assert_array_equal, one, other)
    assert on_disk["train"].element_spec == in_memory["train"].element_spec
    rows = [np.concatenate([x for x, _ in parts["train"]]) for parts in (on_disk, in_memory)]
    np.testing.assert_array_equal(*(part[np.argsort(part[:, 0])] for part in rows))


def test_keras_fits_on_a_part_from_disk(stored):
    data = stored(x=ROWS / 1003, y=ROWS[:, 0] / 1003)
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("sgd", "mse")

    history = model.fit(make_dataset(data.x, data.y, batch_size=50, seed=0), epochs=2, verbose=0, shuffle=False)

    assert history.history["loss"][1] < history.history["loss"][0]


@pytest.mark.parametrize("harm", [lambda content: content[:-1], lambda content: content[:-1] + b"\x00", None])
def test_a_file_harmed_while_it_is_streamed_is_named_in_the_loop(stored, harm):
    data = stored(x=ROWS + 0.1)
    dataset = make_dataset(data.x, batch_size=10, shuffle=True, seed=0)
    path = data.x.folder / data.x.blocks.shards[-1]["file"]
    content = path.read_bytes()

    path.write_bytes(harm(content)) if harm else path.unlink()

    with pytest.raises(tf.errors.InvalidArgumentError, match=f"TableError.*{path.name}"):
        list(dataset)
    path.write_bytes(content)
    assert len(order(dataset)) == 1003


def test_values_that_are_not_finite_are_refused_before_the_first_batch(stored):
    data = stored(x=np.where(ROWS == 517, np.nan, ROWS), y=np.array(["a"] * 1003))

    with pytest.raises(TableError, match="in X, got 3 that are NaN or infinite, the first in row 517, column 0"):
        make_dataset(data.x)
    with pytest.raises(TableError, match="needs numbers in y"):
        make_dataset(ROWS, data.y)
    with pytest.raises(ParameterError, match="X 3, y 1003"):
        make_dataset(ROWS[:3], np.arange(1003))


def test_no_more_windows_than_three_are_kept(stored):
    data = stored(x=ROWS)
    reader = streaming.WindowReader([data.x], streaming.WindowOrder(1003, 7, 3, shuffle=True, seed=0))

    for start in range(0, 1000, 10):
        reader.read(0, start, start + 10)
        assert len(reader._windows) <= 3


@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("drop_remainder", [True, False])
def test_shards_share_out_the_batches_on_disk(stored, shuffle, drop_remainder):
    data = stored(x=ROWS)
    how = {"batch_size": 10, "shuffle": shuffle, "seed": 1, "drop_remainder": drop_remainder}
    whole = [x.numpy().tolist() for x in make_dataset(data.x, **how)]

    for index in range(3):
        part = make_dataset(data.x, **how, shard=(index, 3))
        assert [x.numpy().tolist() for x in part] == whole[index::3]
        assert int(part.cardinality()) == len(whole[index::3])
