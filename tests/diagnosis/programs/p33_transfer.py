"""Transfer learning as in the guide, with a base of my own, stays far below training from scratch."""

import keras
from sklearn.datasets import load_digits

import datafix

CAUSES: tuple[str, ...] = ("frozen_layers",)
# Test accuracy: faulty 0.462, mended 0.967.


def program(mended: bool):
    keras.utils.set_random_seed(33)
    images, y = load_digits().images[..., None].astype("float32") / 16, load_digits().target
    prepared = datafix.prepare(None, images, y, split=datafix.split(images, y, stratify=y, random_state=33))
    base = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Conv2D(8, 3, activation="relu"),
            keras.layers.Conv2D(12, 3, strides=2, activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(12, activation="relu"),
        ],
        name="base",
    )
    base.trainable = mended  # nobody ever loaded weights into it
    inputs = keras.Input((8, 8, 1))
    model = keras.Model(inputs, keras.layers.Dense(10, activation="softmax")(base(inputs)))
    model.compile(keras.optimizers.Adam(0.003), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, prepared, {"epochs": 25, "batch_size": 32}
