"""The more layers I stack the worse it gets: ten classes, accuracy stuck near that of guessing."""

import keras
from sklearn.datasets import load_digits

import datafix

CAUSES: tuple[str, ...] = ("vanishing_gradients", "hidden_activation")
# Test accuracy: faulty 0.234, mended 0.928.


def program(mended: bool):
    keras.utils.set_random_seed(5)
    X, y = load_digits(return_X_y=True)
    X = (X / 16.0).astype("float32")
    prepared = datafix.prepare(None, X, y, split=datafix.split(X, y, stratify=y, random_state=5))
    act = "relu" if mended else "sigmoid"
    model = keras.Sequential([keras.Input((64,))])
    for _ in range(9):
        model.add(keras.layers.Dense(48, activation=act, kernel_initializer="he_normal"))
    model.add(keras.layers.Dense(10, activation="softmax"))
    model.compile(keras.optimizers.Adam(0.001), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, prepared, {"epochs": 25, "batch_size": 32}
