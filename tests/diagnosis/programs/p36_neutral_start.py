"""The loss stays at 1.39 whatever I do, though nothing is wrong with data, rate or loss."""

import keras
from sklearn.datasets import make_classification
from sklearn.preprocessing import StandardScaler

import datafix

CAUSES: tuple[str, ...] = ("initial_weights",)
# Test accuracy: faulty 0.250, mended 0.970.


def program(mended: bool):
    keras.utils.set_random_seed(36)
    X, y = make_classification(
        1500,
        n_features=15,
        n_informative=8,
        n_classes=4,
        n_clusters_per_class=1,
        class_sep=1.5,
        flip_y=0,
        random_state=36,
    )
    prepared = datafix.prepare(StandardScaler(), X, y, split=datafix.split(X, y, stratify=y, random_state=36))
    start = "he_normal" if mended else keras.initializers.Constant(0.0)
    inputs = keras.Input((15,))
    hidden = keras.layers.Dense(48, activation="relu", kernel_initializer=start)(inputs)
    hidden = keras.layers.Dense(24, activation="relu", kernel_initializer=start)(hidden)
    model = keras.Model(inputs, keras.layers.Dense(4, activation="softmax", kernel_initializer=start)(hidden))
    model.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, prepared, {"epochs": 25, "batch_size": 32}
