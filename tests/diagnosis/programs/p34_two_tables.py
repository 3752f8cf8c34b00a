"""I joined the measurements and the diagnoses, and on the test rows the network is no better than a coin."""

import keras
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler

import datafix

CAUSES: tuple[str, ...] = ("rows_misaligned",)
# Test accuracy: faulty 0.474, mended 0.974.


def program(mended: bool):
    keras.utils.set_random_seed(34)
    X, y = load_breast_cancer(return_X_y=True)
    order = np.random.default_rng(34).permutation(len(y))
    X, y = X[order], y[order] if mended else y  # one table was shuffled, the other was not
    prepared = datafix.prepare(StandardScaler(), X, y, split=datafix.split(X, y, stratify=y, random_state=34))
    model = keras.Sequential(
        [
            keras.Input((30,)),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile("adam", loss="binary_crossentropy", metrics=["accuracy"])
    return model, prepared, {"epochs": 40, "batch_size": 32}
