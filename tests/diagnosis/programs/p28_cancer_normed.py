"""fit shows 98 %, evaluate on the very same rows 38 %."""

import keras
from sklearn.datasets import load_breast_cancer

import datafix

CAUSES: tuple[str, ...] = ("batch_normalisation",)
# Test accuracy: faulty 0.368, mended 0.947.


def program(mended: bool):
    keras.utils.set_random_seed(28)
    X, y = load_breast_cancer(return_X_y=True)
    prepared = datafix.prepare(None, X.astype("float32"), y, split=datafix.split(X, y, stratify=y, random_state=28))
    momentum = 0.9 if mended else 0.9995
    model = keras.Sequential(
        [
            keras.Input((30,)),
            keras.layers.BatchNormalization(momentum=momentum),
            keras.layers.Dense(32, use_bias=False),
            keras.layers.BatchNormalization(momentum=momentum),
            keras.layers.Activation("relu"),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile("adam", loss="binary_crossentropy", metrics=["accuracy"])
    return model, prepared, {"epochs": 30, "batch_size": 32}
