"""I only swapped the optimizer by its name, and now nothing is learned."""

import keras
from sklearn.datasets import load_digits
from sklearn.preprocessing import OneHotEncoder

import datafix

CAUSES: tuple[str, ...] = ("optimizer", "learning_rate_low")
# Test accuracy: faulty 0.039, mended 0.961.


def program(mended: bool):
    keras.utils.set_random_seed(15)
    X, y = load_digits(return_X_y=True)
    X = (X / 16).astype("float32")
    split = datafix.split(X, y, stratify=y, random_state=15)
    prepared = datafix.prepare(None, X, y, split=split, target_transformer=OneHotEncoder(sparse_output=False))
    model = keras.Sequential(
        [
            keras.Input((64,)),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam" if mended else "adadelta", loss="categorical_crossentropy", metrics=["accuracy"])
    return model, prepared, {"epochs": 20, "batch_size": 32}
