"""The whole way: raw frame, prepare, dataset, exported model."""

from dataclasses import replace

import keras
import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.naive_bayes import GaussianNB

import datafix
from datafix import prepare, split
from datafix.emit import keras_inputs, to_keras, to_tf_data, with_preprocessing
from datafix.errors import ParameterError, TableError
from datafix.preprocess import TablePreprocessor

N = 240


@pytest.fixture(scope="module")
def raw():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "age": rng.integers(18, 90, N).astype(float),
            "income": np.where(rng.random(N) < 0.2, np.nan, np.exp(rng.normal(8, 1, N))),
            "town": rng.choice(np.array(["Bonn", "bonn ", "Ulm", "?", None], dtype=object), N),
            "member": rng.random(N) < 0.5,
            "seen": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 10**7, N), unit="s"),
        }
    )
    frame.loc[::9, "seen"] = pd.NaT
    return frame, np.where(frame["age"] > 50, "old", "young")


@pytest.fixture(scope="module")
def prepared(raw):
    X, y = raw
    return prepare(TablePreprocessor(), X, y, split=split(X, y, random_state=0))


@pytest.mark.parametrize("part", ["train", "validation", "test"])
def test_the_exported_model_gives_the_features_of_every_part(raw, prepared, part):
    rows = getattr(prepared, part)

    features = to_keras(prepared)(keras_inputs(raw[0].iloc[rows.index], prepared))

    np.testing.assert_allclose(features, np.asarray(rows.features), atol=5e-6)


def features_by_target(dataset):
    return [np.concatenate([np.asarray(part) for part in parts]) for parts in zip(*dataset, strict=True)]


def test_raw_rows_become_the_same_features_inside_the_dataset(raw, prepared):
    X, _ = raw

    done = to_tf_data(prepared, batch_size=32, seed=4)
    graph = to_tf_data(prepared, batch_size=32, seed=4, transform="graph", X=X)
    kept = to_tf_data(prepared, batch_size=32, seed=4, transform="graph")  # the split has the table

    np.testing.assert_array_equal(*(features_by_target(parts["test"])[0] for parts in (graph, kept)))
    assert list(graph) == list(done)
    for name, dataset in graph.items():
        assert int(dataset.cardinality()) == int(done[name].cardinality())
        features, codes = features_by_target(dataset)
        expected, expected_codes = features_by_target(done[name])
        np.testing.assert_allclose(features, expected, atol=5e-6)
        np.testing.assert_array_equal(codes, expected_codes)


def test_augmentation_comes_after_the_graph(raw, prepared):
    add = lambda x, y, seeds: (x + 1, y)  # noqa: E731

    plain = to_tf_data(prepared, seed=4, transform="graph", X=raw[0])
    more = to_tf_data(prepared, seed=4, transform="graph", X=raw[0], augment=add)

    sums = [float(np.sum(features_by_target(parts["train"])[0])) for parts in (plain, more)]
    assert sums[1] - sums[0] == pytest.approx(prepared.train.features.size, rel=1e-4)
    np.testing.assert_array_equal(*(features_by_target(parts["test"])[0] for parts in (plain, more)))


def test_what_the_graph_cannot_be_given_is_refused(raw, prepared):
    X, _ = raw
    loaded = replace(prepared, split=prepared.split.without_table())
    with pytest.raises(ParameterError, match="needs the table that was prepared"):
        to_tf_data(loaded, transform="graph")
    with pytest.raises(ParameterError, match="got one of 10 rows"):
        to_tf_data(prepared, transform="graph", X=X.head(10))
    with pytest.raises(TableError, match="needs the columns"):
        to_tf_data(prepared, transform="graph", X=X.drop(columns="town"))
    made = replace(prepared, train=replace(prepared.train, index=prepared.train.index - 10**6))
    with pytest.raises(ParameterError, match="a row step made"):
        to_tf_data(made, transform="graph", X=X)


def test_a_network_trained_on_prepared_data_is_served_on_raw_columns(raw, prepared):
    X, _ = raw
    parts = to_tf_data(prepared, batch_size=32, seed=0)
    model = keras.Sequential([keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1, activation="sigmoid")])
    model.compile(optimizer=keras.optimizers.Adam(0.05), loss="binary_crossentropy")
    model.fit(parts["train"], validation_data=parts["validation"], epochs=5, verbose=0, shuffle=False)

    served = with_preprocessing(model, prepared)
    named = with_preprocessing(model, prepared, decode=True)

    test = X.iloc[prepared.test.index]
    expected = model.predict(prepared.test.features, verbose=0)
    np.testing.assert_allclose(served(keras_inputs(test, prepared.kinds)), expected, atol=1e-5)
    names = named(keras_inputs(test, prepared.kinds)).numpy().ravel().astype(str)
    np.testing.assert_array_equal(names, prepared.classes_[(expected[:, 0] > 0.5).astype(int)])


def test_what_was_fitted_on_a_lazy_frame_is_exported_too(raw):
    table = pl.from_pandas(raw[0].drop(columns="seen")).with_columns(bought=pl.Series(["no", "yes"] * (N // 2)))
    lazy = prepare(TablePreprocessor(), split=split(table.lazy(), "bought", assign="hash"))
    X = table.drop("bought")
    features = to_keras(lazy)(keras_inputs(X, lazy))
    np.testing.assert_allclose(features, lazy.pipeline.transform(X), rtol=1e-5, atol=1e-6)
    model = keras.Sequential([keras.Input((features.shape[1],)), keras.layers.Dense(2, activation="softmax")])
    served = with_preprocessing(model, lazy, decode=True)(keras_inputs(X, lazy)).numpy()
    assert set(np.ravel(served).tolist()) <= {b"no", b"yes"}


def test_the_weights_of_suspicious_labels_reach_keras():
    random = np.random.default_rng(0)
    y = np.repeat(["left", "right"], 150)
    features = random.normal(size=(300, 3)) + np.where(y == "left", -2, 2)[:, None]
    y[:10] = "right"
    step = datafix.MislabelDetector(GaussianNB(), action="reweight", random_state=0)
    split = datafix.split(features, y, stratify=True, random_state=0)
    prepared = datafix.prepare(None, features, y, split=split, row_steps=[step])
    weights = np.concatenate(
        [weight for _, _, weight in datafix.to_tf_data(prepared, batch_size=32, shuffle=False)["train"]]
    )
    np.testing.assert_allclose(weights, prepared.train.sample_weight, rtol=1e-6)
    wrong = np.isin(split.train, np.arange(10))
    assert weights[wrong].max() < 0.1
    assert np.median(weights[~wrong]) == 1
