"""I ran the tutorial on my waves and it is hardly better than guessing."""

import keras
import numpy as np

import datafix

CAUSES: tuple[str, ...] = ("epochs_few",)
# Test accuracy: faulty 0.539, mended 1.000.


def program(mended: bool):
    keras.utils.set_random_seed(17)
    rng = np.random.default_rng(17)
    y = rng.integers(0, 3, 900)
    time = np.linspace(0, 6.28, 64)
    angle = rng.uniform(2, 4, (900, 1)) * time + rng.uniform(0, 6.28, (900, 1))
    shapes = np.stack([np.sin(angle), np.sign(np.sin(angle)) * 0.8, np.arcsin(np.sin(angle)) / 1.57])
    waves = shapes[y, np.arange(900)] + rng.normal(0, 0.15, (900, 64))
    X = waves[..., None].astype("float32")
    prepared = datafix.prepare(None, X, y, split=datafix.split(X, y, stratify=y, random_state=17))
    model = keras.Sequential(
        [
            keras.Input((64, 1)),
            keras.layers.Conv1D(16, 7, activation="relu"),
            keras.layers.MaxPooling1D(2),
            keras.layers.Conv1D(32, 5, activation="relu"),
            keras.layers.GlobalMaxPooling1D(),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.001), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, prepared, {"epochs": 60 if mended else 2, "batch_size": 32}
