"""The loss is 0.0000 from the first batch on, and in the end everybody is of class 0."""

from dataclasses import replace

import keras
from sklearn.datasets import make_classification
from sklearn.preprocessing import StandardScaler

import datafix

CAUSES: tuple[str, ...] = ("loss",)
# Test accuracy: faulty 0.500, mended 0.980.


def program(mended: bool):
    keras.utils.set_random_seed(7)
    X, y = make_classification(1500, n_features=12, n_informative=6, class_sep=2.0, flip_y=0.02, random_state=7)
    prepared = datafix.prepare(StandardScaler(), X, y, split=datafix.split(X, y, stratify=y, random_state=7))
    parts = {name: replace(part, target=part.target.reshape(-1, 1)) for name, part in prepared.parts.items()}
    prepared = replace(prepared, **parts)
    model = keras.Sequential(
        [
            keras.Input((12,)),
            keras.layers.Dense(24, activation="relu"),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile("adam", loss="binary_crossentropy" if mended else "categorical_crossentropy", metrics=["accuracy"])
    return model, prepared, {"epochs": 40, "batch_size": 32}
