"""The difference of two camera frames shows nothing but snow, and the network sees no motion in it."""

import keras
import numpy as np

import datafix

CAUSES: tuple[str, ...] = ("wrapped_integers",)
# Test accuracy: faulty 0.742, mended 0.958.


def program(mended: bool):
    keras.utils.set_random_seed(37)
    rng = np.random.default_rng(37)
    y = rng.integers(0, 3, 1200)  # a patch that grew darker, stayed, or grew brighter
    first = rng.integers(70, 180, (1200, 10, 10, 1), dtype=np.uint8)
    second = (first + rng.normal(0, 12, first.shape)).round().clip(0, 255)
    for frame, kind in zip(second, y, strict=True):
        row, column = rng.integers(0, 7, 2)
        frame[row : row + 4, column : column + 4] += 14 * (kind - 1)
    second = second.clip(0, 255).astype(np.uint8)
    change = second.astype("int16") - first.astype("int16") if mended else second - first
    X = (change / 255.0).astype("float32")
    prepared = datafix.prepare(None, X, y, split=datafix.split(X, y, stratify=y, random_state=37))
    model = keras.Sequential(
        [
            keras.Input((10, 10, 1)),
            keras.layers.Conv2D(12, 4, activation="relu"),
            keras.layers.GlobalMaxPooling2D(),
            keras.layers.Dense(24, activation="relu"),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.01), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, prepared, {"epochs": 25, "batch_size": 32}
