"""Good on last year, useless on this year: it says 'dear' of every day."""

import keras
import numpy as np
from sklearn.preprocessing import StandardScaler

import datafix

CAUSES: tuple[str, ...] = ("drift",)
# Test accuracy: faulty 0.484, mended 0.872.


def program(mended: bool):
    keras.utils.set_random_seed(35)
    rng = np.random.default_rng(35)
    day = np.arange(1600)
    level = 50 + 0.03 * np.maximum(day - 900, 0)  # prices that had stood still began to rise
    prices = level[:, None] + rng.normal(0, 4, (1600, 6))
    y = (prices.mean(1) > level + rng.normal(0, 0.4, 1600)).astype(int)  # dear, as things stand on that day
    if mended:  # against what was usual in the fortnight before
        usual = np.array([prices[max(0, i - 14) : i].mean() if i else prices[0].mean() for i in day])
        prices -= usual[:, None]
    split = datafix.split(prices, y, time=day, random_state=35)
    prepared = datafix.prepare(StandardScaler(), prices, y, split=split)
    inputs = keras.Input((6,))
    hidden = keras.layers.Dense(32, activation="relu")(inputs)
    hidden = keras.layers.Dense(16, activation="relu")(hidden)
    model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(hidden))
    model.compile("adam", loss="binary_crossentropy", metrics=["accuracy"])
    return model, prepared, {"epochs": 30, "batch_size": 32}
