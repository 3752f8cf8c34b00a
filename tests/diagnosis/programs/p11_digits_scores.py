"""The loss jumps about and turns into a constant; I took the loss from the tutorial for whole number labels."""

import keras
from sklearn.datasets import load_digits

import datafix

CAUSES: tuple[str, ...] = ("loss", "head_activation")
# Test accuracy: faulty 0.462, mended 0.967.


def program(mended: bool):
    keras.utils.set_random_seed(11)
    X, y = load_digits(return_X_y=True)
    X = (X / 16).astype("float32")
    prepared = datafix.prepare(None, X, y, split=datafix.split(X, y, stratify=y, random_state=11))
    model = keras.Sequential(
        [
            keras.Input((64,)),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(10),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=mended)
    model.compile("adam", loss=loss, metrics=["accuracy"])
    return model, prepared, {"epochs": 20, "batch_size": 32}
