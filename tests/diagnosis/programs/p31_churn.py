"""Training and validation 100 %, and of next month's customers hardly one is found who leaves."""

import keras
import numpy as np
from sklearn.datasets import make_classification
from sklearn.preprocessing import StandardScaler

import datafix

CAUSES: tuple[str, ...] = ("leakage", "skew_train_test")
# Test accuracy: faulty 0.520, mended 0.963.


def program(mended: bool):
    keras.utils.set_random_seed(31)
    rng = np.random.default_rng(31)
    X, y = make_classification(1500, n_features=10, n_informative=5, class_sep=1.2, flip_y=0.05, random_state=31)
    split = datafix.split(X, y, stratify=y, random_state=31)
    calls = rng.poisson(0.3, len(y)) + rng.integers(4, 9, len(y)) * y  # calls that follow on a cancellation
    calls[split.parts["test"]] = rng.poisson(0.3, len(split.parts["test"]))  # not yet made when it is to be predicted
    if not mended:
        X = np.column_stack([X, calls])
    prepared = datafix.prepare(StandardScaler(), X, y, split=split)
    model = keras.Sequential(
        [
            keras.Input((X.shape[1],)),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dense(16, activation="relu"),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile("adam", loss="binary_crossentropy", metrics=["accuracy"])
    return model, prepared, {"epochs": 30, "batch_size": 32}
