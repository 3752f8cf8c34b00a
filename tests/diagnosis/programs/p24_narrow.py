"""Training and test accuracy are equally poor, and more epochs change nothing."""

import keras
from sklearn.datasets import load_digits

import datafix

CAUSES: tuple[str, ...] = ("capacity_small",)
# Test accuracy: faulty 0.390, mended 0.958.


def program(mended: bool):
    keras.utils.set_random_seed(24)
    X, y = load_digits(return_X_y=True)
    X = (X / 16).astype("float32")
    prepared = datafix.prepare(None, X, y, split=datafix.split(X, y, stratify=y, random_state=24))
    inputs = keras.Input((64,))
    hidden = keras.layers.Dense(32, activation="relu")(inputs)
    hidden = keras.layers.Dense(32 if mended else 1, activation="relu")(hidden)
    hidden = keras.layers.Dense(32, activation="relu")(hidden)
    model = keras.Model(inputs, keras.layers.Dense(10, activation="softmax")(hidden))
    model.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, prepared, {"epochs": 40, "batch_size": 32}
