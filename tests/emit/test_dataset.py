import gc
from types import SimpleNamespace

import keras
import numpy as np
import pandas as pd
import polars as pl
import pytest
import tensorflow as tf
from scipy import sparse

from datafix.emit import make_dataset, to_tf_data
from datafix.emit.dataset import _PermutedBatch
from datafix.emit.sources import source_of
from datafix.errors import ParameterError, TableError

ROWS = np.arange(103, dtype=np.float32)[:, None] * np.ones(3, np.float32)


def order(dataset):
    return np.concatenate([np.asarray(x)[:, 0] for x in dataset]).astype(int).tolist()


def test_every_row_comes_once_an_epoch_with_its_target_and_weight():
    dataset = make_dataset(ROWS, np.arange(103), np.arange(103.0), batch_size=10, shuffle=True, seed=1)

    x, y, weight = (np.concatenate(parts) for parts in zip(*dataset, strict=True))

    assert sorted(y) == list(range(103))
    np.testing.assert_array_equal(x[:, 2], y)
    np.testing.assert_array_equal(weight, y)


def test_each_epoch_has_an_order_of_its_own_and_a_seed_repeats_them_all():
    first = make_dataset(ROWS, batch_size=10, shuffle=True, seed=1)
    again = make_dataset(ROWS, batch_size=10, shuffle=True, seed=1)
    other = make_dataset(ROWS, batch_size=10, shuffle=True, seed=2)

    epochs = [order(first) for _ in range(3)]

    assert epochs == [order(again) for _ in range(3)]
    assert len({tuple(epoch) for epoch in epochs}) == 3
    assert order(other) != epochs[0] != list(range(103))


def test_the_order_of_a_seed_is_written_down_so_that_it_holds_in_any_process():
    tf.random.set_seed(5)  # which other libraries do, and must not show

    dataset = make_dataset(ROWS[:8], batch_size=8, shuffle=True, seed=1)

    assert [order(dataset), order(dataset)] == WRITTEN_ORDER


WRITTEN_ORDER = [[4, 1, 7, 5, 0, 6, 3, 2], [2, 4, 3, 5, 0, 1, 6, 7]]


@pytest.mark.long
def test_no_row_favours_a_place_in_the_epoch():
    dataset = make_dataset(ROWS[:20], batch_size=20, shuffle=True, seed=0)

    places = np.array([order(dataset) for _ in range(400)])

    # The mean of 400 places has a standard error of 0.29.
    assert np.abs(np.argsort(places, axis=1).mean(axis=0) - 9.5).max() < 1.5


@pytest.mark.parametrize("shuffle", [False, True])
def test_length_and_shapes_are_known_beforehand(shuffle):
    dataset = make_dataset(ROWS[:100], np.arange(100), batch_size=10, shuffle=shuffle)
    odd = make_dataset(ROWS, batch_size=10, shuffle=shuffle)
    cut = make_dataset(ROWS, batch_size=10, shuffle=shuffle, drop_remainder=True)

    assert dataset.element_spec[0].shape == (10, 3)
    assert dataset.element_spec[1].shape == (10,)
    assert odd.element_spec.shape.as_list() == [None, 3]
    assert [int(d.cardinality()) for d in (dataset, odd, cut)] == [10, 11, 10]
    assert [len(list(d)) for d in (dataset, odd, cut)] == [10, 11, 10]


def test_rows_keep_their_order_unless_they_are_shuffled():
    assert order(make_dataset(ROWS, batch_size=7)) == list(range(103))


def test_frames_dicts_images_and_sparse_matrices_become_tensors():
    table = pd.DataFrame({"a": [1, 2, 3], "b": [True, False, True]})
    images = np.arange(3 * 4 * 4 * 1, dtype=np.uint8).reshape(3, 4, 4, 1)
    matrix = sparse.random(3, 5, density=0.5, format="coo", random_state=0)

    def only(X):
        return next(iter(make_dataset(X, batch_size=3)))

    np.testing.assert_array_equal(only(table), [[1, 1], [2, 0], [3, 1]])
    np.testing.assert_array_equal(only(pl.from_pandas(table)), only(table))
    assert only(table).dtype == tf.float32
    assert only(images).dtype == tf.uint8
    np.testing.assert_array_equal(only({"i": images, "t": table})["i"], images)
    np.testing.assert_array_equal(only(matrix), matrix.toarray().astype(np.float32))
    assert make_dataset(matrix).element_spec.shape.as_list() == [None, 5]


TEXTS = ["a", "bc", None, "Zürich", ""]


@pytest.mark.parametrize("shuffle", [False, True])
def test_text_comes_as_strings(shuffle):
    X = pd.Series(TEXTS, dtype="str")

    dataset = make_dataset(X, np.arange(5), batch_size=2, shuffle=shuffle, seed=0)

    seen = {int(i): text.decode() for x, y in dataset for text, i in zip(x.numpy(), y, strict=True)}
    assert seen == {0: "a", 1: "bc", 2: "", 3: "Zürich", 4: ""}
    assert dataset.element_spec[0].dtype == tf.string


def test_text_and_numbers_feed_a_model_of_several_inputs():
    table = {"text": np.array(["good film", "bad film", "good"] * 20), "age": np.arange(60.0)}
    y = np.array([1, 0, 1] * 20)
    vectorise = keras.layers.TextVectorization(max_tokens=10, output_mode="multi_hot")
    vectorise.adapt(table["text"])
    text, age = keras.Input((), dtype="string", name="text"), keras.Input((), name="age")
    out = keras.layers.Dense(1, activation="sigmoid")(vectorise(text))
    model = keras.Model({"text": text, "age": age}, out)
    model.compile(keras.optimizers.Adam(0.1), "binary_crossentropy", metrics=["accuracy"])

    model.fit(make_dataset(table, y, shuffle=True, seed=0, batch_size=8), epochs=5, verbose=0, shuffle=False)

    assert model.evaluate(make_dataset(table, y), verbose=0)[1] == 1.0


SEQUENCES = [[1, 2, 3], [], [4], [5, 6]]


@pytest.mark.parametrize(
    "X",
    [
        SEQUENCES,
        pd.Series(SEQUENCES),
        tf.ragged.constant(SEQUENCES),
        [np.array(row, dtype=int) for row in SEQUENCES],
        pl.Series(SEQUENCES),
    ],
    ids=["lists", "Series", "RaggedTensor", "arrays", "polars"],
)
@pytest.mark.parametrize("shuffle", [False, True])
def test_sequences_are_padded_to_the_longest_of_their_batch(X, shuffle):
    dataset = make_dataset(X, np.arange(4), batch_size=2, shuffle=shuffle, seed=4)

    for x, y in dataset:
        rows = [SEQUENCES[int(i)] for i in y]
        longest = max(map(len, rows))
        assert x.numpy().tolist() == [row + [0] * (longest - len(row)) for row in rows]


def test_sequences_that_are_not_numbers_are_refused_by_row():
    with pytest.raises(TableError, match=r"sequences of numbers in X, got \['a'\] in row 1"):
        make_dataset([[1, 2], ["a"]])
    with pytest.raises(TableError, match=r"in X, got 1 .* first in row 2, column 1"):
        make_dataset([[1.0], [], [2.0, np.nan, 1.0]])
    with pytest.raises(TableError, match=r"sequences of numbers in X, got \[\[1\], \[2, 3\]\] in row 0"):
        make_dataset([[[1], [2, 3]], [[4]]])


def test_the_dataset_outlives_what_it_was_made_from():
    dataset = make_dataset(ROWS.copy(), batch_size=50, shuffle=True, seed=1)
    gc.collect()

    assert sorted(order(dataset)) == list(range(103))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint8, bool])
@pytest.mark.parametrize("shuffle", [False, True])
def test_what_is_done_to_an_array_later_does_not_reach_the_dataset(dtype, shuffle):
    X = np.ones((100, 3), dtype)
    dataset = make_dataset(X, batch_size=30, shuffle=shuffle)

    X[:] = 0

    assert all(np.all(batch) for batch in dataset)


def test_rows_of_more_than_two_thousand_million_values_are_numbered_by_longer_integers(monkeypatch):
    # TensorFlow refuses 2**31 values and shorter ones; here the bound is lowered, for want of 4 GB.
    asked = []
    monkeypatch.setattr("datafix.emit.sources._MOST_BY_INT32", 308)
    monkeypatch.setattr(tf, "gather_nd", lambda tensor, rows: asked.append(rows.dtype) or tf.gather(tensor, rows[:, 0]))

    for n in (102, 103):
        assert len(set(order(make_dataset(ROWS[:n], batch_size=10, shuffle=True)))) == n

    assert asked == [tf.int32, tf.int64]


def test_arrays_stay_out_of_the_graph():
    X = np.random.default_rng(0).standard_normal((20_000, 16)).astype(np.float32)

    batch = _PermutedBatch((source_of(X),), None)

    graph = tf.function(batch).get_concrete_function(tf.TensorSpec((100, 1), tf.int32)).graph
    # X is 1.3 MB; a graph that held it could hold no array over 2 GB.
    assert graph.as_graph_def().ByteSize() < 20_000


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e300])
def test_values_that_are_not_finite_are_refused_by_row_and_column(bad):
    X = np.zeros((5, 3))
    X[2:, 1] = bad

    with pytest.raises(TableError, match=r"finite float32 values in X, got 3 .* first in row 2, column 1"):
        make_dataset(X)
    with pytest.raises(TableError, match=r"in y, got 3 .* first in row 2\."):
        make_dataset(np.zeros((5, 3)), X[:, 1])
    with pytest.raises(TableError, match=r"in X, got 3 .* first in row 2, column 1"):
        make_dataset(sparse.csr_matrix(X))


def test_what_cannot_be_meant_is_refused_in_plain_words():
    with pytest.raises(ParameterError, match="X 103, y 102"):
        make_dataset(ROWS, np.zeros(102))
    with pytest.raises(ParameterError, match=r"X\['a'\] 103, X\['b'\] 3"):
        make_dataset({"a": ROWS, "b": ROWS[:3]})
    with pytest.raises(ParameterError, match="at least one row"):
        make_dataset(ROWS[:0])
    with pytest.raises(ParameterError, match="at least one value a row, got none in X"):
        make_dataset(np.zeros((3, 0)))
    with pytest.raises(ParameterError, match=r"below 2\*\*62"):
        make_dataset(ROWS, seed=2**70)
    with pytest.raises(ParameterError, match="batch_size of 1 or more, got 0"):
        make_dataset(ROWS, batch_size=0)
    with pytest.raises(ParameterError, match="at least one full batch"):
        make_dataset(ROWS, batch_size=500, drop_remainder=True)
    with pytest.raises(ParameterError, match="needs y where sample_weight"):
        make_dataset(ROWS, sample_weight=np.ones(103))
    with pytest.raises(ParameterError, match=r"0 or more, got 1 .* row 7"):
        make_dataset(ROWS, np.ones(103), np.where(np.arange(103) == 7, -1, 1))
    with pytest.raises(TableError, match="needs numbers in y"):
        make_dataset(ROWS, np.array(["a"] * 103, dtype=object))
    with pytest.raises(TableError, match=r"got \{'c': 'text'\}"):
        make_dataset(pd.DataFrame({"a": [1.0], "c": ["x"]}))
    with pytest.raises(ParameterError, match="callable augment"):
        make_dataset(ROWS, augment=3)
    with pytest.raises(TableError, match=r"an array, a frame or a dict of them in X, got 3\."):
        make_dataset(3)
    with pytest.raises(TableError, match="give its features, target and sample_weight"):
        make_dataset(SimpleNamespace(features=ROWS))


def noisy(x, y, *, seeds):
    return x + tf.cast(seeds % 1000, tf.float32)[:, None], y


def by_row(dataset):
    parts = [np.concatenate(part) for part in zip(*dataset, strict=True)]
    return parts[0][np.argsort(parts[1])]


def test_a_row_is_augmented_alike_in_any_batch_and_order_but_anew_each_epoch():
    y = np.arange(103)
    small = make_dataset(ROWS, y, batch_size=7, shuffle=True, seed=3, augment=noisy)
    large = make_dataset(ROWS, y, batch_size=50, seed=3, augment=noisy)

    first, second = by_row(small), by_row(small)

    np.testing.assert_array_equal(first, by_row(large))
    assert (first != second).any()


def test_an_augmentation_that_loses_the_target_is_refused():
    with pytest.raises(ParameterError, match=r"here 2 \(x, y\); it returned 1"):
        make_dataset(ROWS, np.ones(103), augment=lambda x, y, seeds: x)


def part(n):
    return SimpleNamespace(features=ROWS[:n], target=np.arange(n), sample_weight=None, index=np.arange(n))


def test_held_out_parts_come_whole_in_order_and_unaugmented():
    prepared = SimpleNamespace(train=part(103), validation=part(23), test=part(17))

    datasets = to_tf_data(prepared, batch_size=10, seed=0, augment=noisy, drop_remainder=True)

    assert {name: int(d.cardinality()) for name, d in datasets.items()} == {"train": 10, "validation": 3, "test": 2}
    np.testing.assert_array_equal(by_row(datasets["validation"]), ROWS[:23])
    assert [int(i) for _, y in datasets["test"] for i in y] == list(range(17))
    assert [int(i) for _, y in datasets["train"] for i in y] != list(range(100))


def test_parts_that_do_not_exist_give_no_dataset():
    prepared = SimpleNamespace(train=part(5), validation=None, test=None)

    assert list(to_tf_data(prepared)) == ["train"]
    with pytest.raises(ParameterError, match='transform "done" or "graph", got \'lazy\''):
        to_tf_data(prepared, transform="lazy")
    with pytest.raises(ParameterError, match='X only with transform="graph"'):
        to_tf_data(prepared, X=ROWS)
    with pytest.raises(ParameterError, match="all None"):
        to_tf_data(SimpleNamespace(train=None, validation=None, test=None))
