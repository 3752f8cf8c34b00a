"""The loss rises from epoch to epoch, and one digit alone is ever predicted."""

import keras
import numpy as np
from keras import ops
from sklearn.datasets import load_digits

import datafix

CAUSES: tuple[str, ...] = ("row_order",)
# Test accuracy: faulty 0.100, mended 0.958.


class Squash(keras.layers.Layer):
    def call(self, x):
        return x / (1.0 + ops.abs(x))


def program(mended: bool):
    keras.utils.set_random_seed(27)
    X, y = load_digits(return_X_y=True)
    order = np.argsort(y, kind="stable")  # a folder a digit
    X, y = (X[order] / 16).astype("float32"), y[order]
    prepared = datafix.prepare(None, X, y, split=datafix.split(X, y, stratify=y, random_state=27))
    inputs = keras.Input((64,))
    hidden = Squash()(keras.layers.Dense(48)(inputs))
    model = keras.Model(inputs, keras.layers.Dense(10, activation="softmax")(hidden))
    optimizer = keras.optimizers.SGD(0.1, momentum=0.9)
    model.compile(optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, prepared, {"epochs": 10, "batch_size": 32, "shuffle": mended}
