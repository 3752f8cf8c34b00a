"""The error in training falls and falls, the longer I train; the one of the test rows grows all the while."""

import keras
from sklearn.datasets import load_diabetes
from sklearn.preprocessing import StandardScaler

import datafix

CAUSES: tuple[str, ...] = ("epochs_many", "regularisation_missing", "capacity_large", "too_few_rows")
# Test R²: faulty 0.193, mended 0.411.


def program(mended: bool):
    keras.utils.set_random_seed(19)
    X, y = load_diabetes(return_X_y=True)
    split = datafix.split(X, y, random_state=19)
    prepared = datafix.prepare(StandardScaler(), X, y, split=split, target_transformer=StandardScaler())
    model = keras.Sequential(
        [
            keras.Input((10,)),
            keras.layers.Dense(128, activation="relu"),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dense(1),
        ]
    )
    model.compile(keras.optimizers.Adam(0.002), loss="mse", metrics=["mae"])
    return model, prepared, {"epochs": 6 if mended else 250, "batch_size": 32}
