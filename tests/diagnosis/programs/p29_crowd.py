"""A bigger network and more epochs fit the training rows ever better, the test ever worse."""

import keras
import numpy as np
from sklearn.datasets import load_digits

import datafix

CAUSES: tuple[str, ...] = ("label_noise",)
# Test accuracy: faulty 0.669, mended 0.969.


def program(mended: bool):
    keras.utils.set_random_seed(29)
    rng = np.random.default_rng(29)
    X, y = load_digits(return_X_y=True)
    X, y = (X / 16).astype("float32"), y.copy()
    split = datafix.split(X, y, stratify=y, random_state=29)
    if not mended:  # training labels by careless people; the test rows were labelled by experts
        wrong = rng.choice(split.parts["train"], int(0.4 * len(split.parts["train"])), replace=False)
        y[wrong] = (y[wrong] + rng.integers(1, 10, len(wrong))) % 10
    prepared = datafix.prepare(None, X, y, split=split)
    model = keras.Sequential(
        [
            keras.Input((64,)),
            keras.layers.Dense(256, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.003), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, prepared, {"epochs": 80, "batch_size": 32}
