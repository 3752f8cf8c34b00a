"""My own Model class learns next to nothing, while logistic regression gets nearly all of it right."""

import keras
from keras import ops
from sklearn.datasets import make_classification
from sklearn.preprocessing import StandardScaler

import datafix

CAUSES: tuple[str, ...] = ("hidden_activation",)
# Test accuracy: faulty 0.755, mended 0.943.


class Net(keras.Model):
    def __init__(self, act):
        super().__init__()
        self.first = keras.layers.Dense(128, activation=act)
        self.second = keras.layers.Dense(64, activation=act)
        self.last = keras.layers.Dense(5, activation="softmax")

    def call(self, x):
        return self.last(self.second(self.first(x)))


def program(mended: bool):
    keras.utils.set_random_seed(6)
    X, y = make_classification(
        2000,
        n_features=20,
        n_informative=12,
        n_classes=5,
        n_clusters_per_class=1,
        class_sep=1.5,
        flip_y=0,
        random_state=6,
    )
    prepared = datafix.prepare(StandardScaler(), X, y, split=datafix.split(X, y, stratify=y, random_state=6))
    model = Net("relu" if mended else "softmax")
    model(ops.zeros((1, 20)))
    model.compile(keras.optimizers.Adam(), loss=keras.losses.SparseCategoricalCrossentropy(), metrics=["accuracy"])
    return model, prepared, {"epochs": 12, "batch_size": 64}
