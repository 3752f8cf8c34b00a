"""The loss falls nicely, yet my binary classifier says 1 for every patient and the accuracy never moves."""

import keras
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler

import datafix

CAUSES: tuple[str, ...] = ("head_activation",)
# Test accuracy: faulty 0.623, mended 0.982.


def program(mended: bool):
    keras.utils.set_random_seed(2)
    X, y = load_breast_cancer(return_X_y=True)
    prepared = datafix.prepare(StandardScaler(), X, y, split=datafix.split(X, y, stratify=y, random_state=2))
    inputs = keras.Input((30,))
    hidden = keras.layers.Dense(16, activation="relu")(inputs)
    hidden = keras.layers.Dropout(0.1)(hidden)
    score = keras.layers.Dense(1)(hidden)
    outputs = keras.layers.Activation("sigmoid" if mended else "softmax")(score)
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.RMSprop(0.002), loss=keras.losses.BinaryCrossentropy(), metrics=["accuracy"])
    return model, prepared, {"epochs": 30, "batch_size": 32}
