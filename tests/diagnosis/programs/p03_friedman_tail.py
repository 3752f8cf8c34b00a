"""The regression never goes below zero, half of the targets are missed."""

import keras
from sklearn.datasets import make_friedman1
from sklearn.preprocessing import StandardScaler

import datafix

CAUSES: tuple[str, ...] = ("head_activation",)
# Test R²: faulty 0.563, mended 0.953.


def program(mended: bool):
    keras.utils.set_random_seed(3)
    X, y = make_friedman1(1500, noise=0.5, random_state=3)
    split = datafix.split(X, y, random_state=3)
    prepared = datafix.prepare(StandardScaler(), X, y, split=split, target_transformer=StandardScaler())
    inputs = keras.Input((10,))
    wide = keras.layers.Dense(64, activation="relu")(inputs)
    deep = keras.layers.Dense(32, activation="relu")(wide)
    both = keras.layers.Concatenate()([wide, deep])
    outputs = keras.layers.Dense(1, activation=None if mended else "relu")(both)
    model = keras.Model(inputs, outputs)
    model.compile("adam", loss="mse", metrics=["mae"])
    return model, prepared, {"epochs": 40, "batch_size": 32, "validation_split": 0.1}
