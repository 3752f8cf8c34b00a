"""Each call of predict gives other classes for the same pictures."""

import keras
from sklearn.datasets import load_digits

import datafix

CAUSES: tuple[str, ...] = ("random_inference",)
# Test accuracy: faulty 0.627, mended 0.930.


class Jitter(keras.layers.Layer):
    def __init__(self, size, always):
        super().__init__()
        self.size, self.always = size, always
        self.seed = keras.random.SeedGenerator(32)

    def call(self, x, training=None):
        if training or self.always:
            x = x + self.size * keras.random.normal(keras.ops.shape(x), seed=self.seed)
        return x


def program(mended: bool):
    keras.utils.set_random_seed(32)
    X, y = load_digits(return_X_y=True)
    X = (X / 16).astype("float32")
    prepared = datafix.prepare(None, X, y, split=datafix.split(X, y, stratify=y, random_state=32))
    inputs = keras.Input((64,))
    hidden = Jitter(0.6, always=not mended)(inputs)
    hidden = keras.layers.Dense(96, activation="relu")(hidden)
    model = keras.Model(inputs, keras.layers.Dense(10, activation="softmax")(hidden))
    model.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, prepared, {"epochs": 25, "batch_size": 32}
