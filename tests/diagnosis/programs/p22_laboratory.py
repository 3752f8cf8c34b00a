"""The loss is an ordinary number, but it stays near 0.69 and the network says the same of every patient."""

import keras
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import datafix

CAUSES: tuple[str, ...] = ("inputs_missing",)
# Test accuracy: faulty 0.632, mended 0.991.


def program(mended: bool):
    keras.utils.set_random_seed(22)
    X, y = load_breast_cancer(return_X_y=True)
    X[np.random.default_rng(22).random(X.shape) < 0.03] = np.nan
    steps = make_pipeline(SimpleImputer(), StandardScaler()) if mended else StandardScaler()
    prepared = datafix.prepare(steps, X, y, split=datafix.split(X, y, stratify=y, random_state=22))
    model = keras.Sequential(
        [
            keras.Input((30,)),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(keras.optimizers.Nadam(), loss="binary_crossentropy", metrics=["accuracy"])
    return model, prepared, {"epochs": 25, "batch_size": 32}
