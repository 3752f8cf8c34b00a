"""My training is wonderfully fast, ten epochs take a second, but the model is bad."""

import keras
from sklearn.datasets import load_digits

import datafix

CAUSES: tuple[str, ...] = ("batch_size", "epochs_few")
# Test accuracy: faulty 0.337, mended 0.947.


def program(mended: bool):
    keras.utils.set_random_seed(18)
    X, y = load_digits(return_X_y=True)
    X = (X / 16).astype("float32")
    prepared = datafix.prepare(None, X, y, split=datafix.split(X, y, stratify=y, random_state=18))
    inputs = keras.Input((64,))
    hidden = keras.layers.Dense(64, activation="relu")(inputs)
    hidden = keras.layers.Dense(64, activation="relu")(hidden)
    outputs = keras.layers.Softmax()(keras.layers.Dense(10)(hidden))
    model = keras.Model(inputs, outputs)
    model.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, prepared, {"epochs": 10, "batch_size": 32 if mended else 2048}
