"""I predict prices of houses and get ten thousand where a quarter of a million is right."""

import keras
from sklearn.datasets import make_friedman1
from sklearn.preprocessing import StandardScaler

import datafix

CAUSES: tuple[str, ...] = ("target_unscaled",)
# Test R²: faulty -18.648, mended 0.946.


def program(mended: bool):
    keras.utils.set_random_seed(21)
    X, y = make_friedman1(1200, noise=0.5, random_state=21)
    prices = y * 12_000.0 + 80_000.0
    split = datafix.split(X, prices, random_state=21)
    wanted = StandardScaler() if mended else None
    prepared = datafix.prepare(StandardScaler(), X, prices, split=split, target_transformer=wanted)
    inputs = keras.Input((10,))
    hidden = keras.layers.Dense(64, activation="relu")(inputs)
    hidden = keras.layers.Dense(32, activation="relu")(hidden)
    model = keras.Model(inputs, keras.layers.Dense(1)(hidden))
    model.compile("adam", loss="mean_squared_error", metrics=["mae"])
    return model, prepared, {"epochs": 40, "batch_size": 32}
