"""The whole way: raw frame, prepare, dataset, exported model."""

import keras
import numpy as np
import pandas as pd
import pytest

from datafix import prepare, split
from datafix.emit import keras_inputs, to_keras, to_tf_data, with_preprocessing
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
