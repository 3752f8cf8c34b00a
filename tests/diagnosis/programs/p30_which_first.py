"""My text network cannot tell which of two words came first: no better than a coin."""

import keras
import numpy as np

import datafix

CAUSES: tuple[str, ...] = ("network_kind",)
# Test accuracy: faulty 0.475, mended 1.000.


def program(mended: bool):
    keras.utils.set_random_seed(30)
    rng = np.random.default_rng(30)
    words = rng.integers(3, 40, (1600, 12))
    y = rng.integers(0, 2, 1600)
    for row, second in zip(words, y, strict=True):
        at = np.sort(rng.choice(12, 2, replace=False))
        row[at] = (2, 1) if second else (1, 2)
    prepared = datafix.prepare(None, words, y, split=datafix.split(words, y, stratify=y, random_state=30))
    inputs = keras.Input((12,), dtype="int32")
    hidden = keras.layers.Embedding(40, 16)(inputs)
    hidden = keras.layers.GRU(24)(hidden) if mended else keras.layers.GlobalAveragePooling1D()(hidden)
    hidden = keras.layers.Dense(24, activation="relu")(hidden)
    model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(hidden))
    model.compile(keras.optimizers.Adam(0.005), loss="binary_crossentropy", metrics=["accuracy"])
    return model, prepared, {"epochs": 12, "batch_size": 32}
