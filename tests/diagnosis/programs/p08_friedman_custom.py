"""With my own loss class every prediction is the mean of the targets; with 'mse' I am told it works."""

import keras
from keras import ops
from sklearn.datasets import make_friedman1
from sklearn.preprocessing import StandardScaler

import datafix

CAUSES: tuple[str, ...] = ("loss", "labels_form")
# Test R²: faulty 0.009, mended 0.964.


class Distance(keras.losses.Loss):
    def __init__(self, flat):
        super().__init__(name="distance")
        self.flat = flat

    def call(self, y_true, y_pred):
        if self.flat:
            y_true, y_pred = ops.reshape(y_true, (-1,)), ops.reshape(y_pred, (-1,))
        return ops.mean(ops.square(y_true - y_pred))  # (rows,) less (rows, 1) is (rows, rows)


def program(mended: bool):
    keras.utils.set_random_seed(8)
    X, y = make_friedman1(1500, noise=0.5, random_state=8)
    split = datafix.split(X, y, random_state=8)
    prepared = datafix.prepare(StandardScaler(), X, y, split=split, target_transformer=StandardScaler())
    inputs = keras.Input((10,))
    hidden = keras.layers.Dense(64, activation="relu")(inputs)
    hidden = keras.layers.Dense(32, activation="relu")(hidden)
    model = keras.Model(inputs, keras.layers.Dense(1)(hidden))
    model.compile(keras.optimizers.Adam(0.002), loss=Distance(flat=mended))
    return model, prepared, {"epochs": 30, "batch_size": 32}
