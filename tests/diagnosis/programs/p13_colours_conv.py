"""The accuracy falls to that of guessing within the first epoch and never comes back."""

import keras
import numpy as np

import datafix

CAUSES: tuple[str, ...] = ("learning_rate_high", "dead_units")
# Test accuracy: faulty 0.254, mended 0.954.


def program(mended: bool):
    keras.utils.set_random_seed(13)
    rng = np.random.default_rng(13)
    y = rng.integers(0, 4, 1200)
    images = rng.uniform(0, 0.6, (1200, 12, 12, 3)).astype("float32")
    for image, kind in zip(images, y, strict=True):  # a bar, upright or lying, red or blue
        at = rng.integers(1, 10)
        view = image if kind % 2 else image.transpose(1, 0, 2)
        view[at : at + 2, 2:10, 2 * (kind // 2)] += 0.4
    prepared = datafix.prepare(None, images, y, split=datafix.split(images, y, stratify=y, random_state=13))
    model = keras.Sequential(
        [
            keras.Input((12, 12, 3)),
            keras.layers.Conv2D(16, 3, activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Conv2D(24, 3, activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dense(4, activation="softmax"),
        ]
    )
    rate = 0.002 if mended else 0.2
    model.compile(keras.optimizers.Adam(rate), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, prepared, {"epochs": 15, "batch_size": 32}
