"""It learns in the first epoch, then the curves are flat as a table."""

import keras
from sklearn.datasets import make_classification
from sklearn.preprocessing import StandardScaler

import datafix

CAUSES: tuple[str, ...] = ("learning_rate_low",)
# Test accuracy: faulty 0.802, mended 0.932.


def program(mended: bool):
    keras.utils.set_random_seed(14)
    X, y = make_classification(
        2000,
        n_features=16,
        n_informative=10,
        n_classes=4,
        n_clusters_per_class=2,
        class_sep=1.6,
        flip_y=0,
        random_state=14,
    )
    prepared = datafix.prepare(StandardScaler(), X, y, split=datafix.split(X, y, stratify=y, random_state=14))
    model = keras.Sequential(
        [
            keras.Input((16,)),
            keras.layers.Dense(64, activation="elu"),
            keras.layers.Dense(64, activation="elu"),
            keras.layers.Dense(4, activation="softmax"),
        ]
    )
    schedule = keras.optimizers.schedules.ExponentialDecay(0.003, decay_steps=500 if mended else 5, decay_rate=0.7)
    model.compile(keras.optimizers.Adam(schedule), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, prepared, {"epochs": 30, "batch_size": 32}
