"""My network draws a straight line between two half moons, however many layers I add."""

import keras
from sklearn.datasets import make_moons

import datafix

CAUSES: tuple[str, ...] = ("hidden_activation",)
# Test accuracy: faulty 0.887, mended 1.000.


def program(mended: bool):
    keras.utils.set_random_seed(1)
    X, y = make_moons(800, noise=0.12, random_state=1)
    prepared = datafix.prepare(None, X.astype("float32"), y, split=datafix.split(X, y, stratify=y, random_state=1))
    act = "relu" if mended else None
    model = keras.Sequential(
        [
            keras.Input((2,)),
            keras.layers.Dense(32, activation=act),
            keras.layers.Dense(32, activation=act),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile("adam", loss="binary_crossentropy", metrics=["accuracy"])
    return model, prepared, {"epochs": 60, "batch_size": 32}
