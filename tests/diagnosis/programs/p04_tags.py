"""A row may bear several tags, but my model never finds more than one of them."""

from dataclasses import replace

import keras
from sklearn.datasets import make_multilabel_classification
from sklearn.preprocessing import StandardScaler

import datafix

CAUSES: tuple[str, ...] = ("head_activation",)
# Test F1: faulty 0.378, mended 0.747.


def program(mended: bool):
    keras.utils.set_random_seed(4)
    X, tags = make_multilabel_classification(2000, n_features=30, n_classes=6, n_labels=3, random_state=4)
    prepared = datafix.prepare(StandardScaler(), X, split=datafix.split(X, random_state=4))
    parts = {name: replace(part, target=tags[part.index].astype("float32")) for name, part in prepared.parts.items()}
    prepared = replace(prepared, **parts)
    model = keras.Sequential(
        [
            keras.Input((30,)),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(6, activation="sigmoid" if mended else "softmax"),
        ]
    )
    model.compile("adam", loss="binary_crossentropy", metrics=["binary_accuracy"])
    return model, prepared, {"epochs": 20, "batch_size": 32}
