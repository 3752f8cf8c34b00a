"""The loss is nan after a few batches of plain SGD."""

import keras
from sklearn.datasets import make_friedman1
from sklearn.preprocessing import StandardScaler

import datafix

CAUSES: tuple[str, ...] = ("learning_rate_high",)
# Test R²: faulty all NaN, mended 0.938.


def program(mended: bool):
    keras.utils.set_random_seed(16)
    X, y = make_friedman1(1200, noise=0.5, random_state=16)
    split = datafix.split(X, y, random_state=16)
    prepared = datafix.prepare(StandardScaler(), X, y, split=split, target_transformer=StandardScaler())
    model = keras.Sequential(
        [
            keras.Input((10,)),
            keras.layers.Dense(64),
            keras.layers.LeakyReLU(),
            keras.layers.Dense(64),
            keras.layers.LeakyReLU(),
            keras.layers.Dense(1),
        ]
    )
    model.compile(keras.optimizers.SGD(0.01 if mended else 0.6, momentum=0.9), loss=lambda t, p: (t - p) ** 2)
    return model, prepared, {"epochs": 25, "batch_size": 32}
