"""Three kinds of wine, and the network tells apart at most two."""

import keras
from keras import ops
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler

import datafix

CAUSES: tuple[str, ...] = ("inputs_unscaled",)
# Test accuracy: faulty 0.389, mended 0.944.


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.stem = keras.Sequential(
            [keras.layers.Dense(24, activation="tanh"), keras.layers.Dense(16, activation="tanh")]
        )
        self.head = keras.layers.Dense(3)
        self.share = keras.layers.Softmax()

    def call(self, x):
        return self.share(self.head(self.stem(x)))


def program(mended: bool):
    keras.utils.set_random_seed(20)
    X, y = load_wine(return_X_y=True)
    split = datafix.split(X, y, stratify=y, random_state=20)
    prepared = datafix.prepare(StandardScaler() if mended else None, X.astype("float32"), y, split=split)
    model = Net()
    model(ops.zeros((1, 13)))
    model.compile(keras.optimizers.Adam(0.002), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, prepared, {"epochs": 60, "batch_size": 16}
