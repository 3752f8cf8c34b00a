"""The loss goes to minus infinity and everybody is predicted to be of the second class."""

import keras
from sklearn.datasets import make_classification

import datafix

CAUSES: tuple[str, ...] = ("labels_form",)
# Test accuracy: faulty 0.495, mended 0.930.


def program(mended: bool):
    keras.utils.set_random_seed(9)
    X, y = make_classification(1000, n_features=12, n_informative=6, class_sep=2.0, flip_y=0.01, random_state=9)
    X, y = X.astype("float32"), y if mended else y + 1  # the file says 1 and 2
    split = datafix.split(X, y, stratify=y, random_state=9)
    prepared = datafix.prepare(None, X, y, split=split, target_transformer=None)
    inputs = keras.Input((12,))
    hidden = keras.layers.BatchNormalization()(inputs)
    hidden = keras.layers.Dense(32, activation="relu")(hidden)
    score = keras.layers.Dense(1)(hidden)
    model = keras.Model(inputs, keras.layers.Lambda(keras.ops.sigmoid)(score))
    model.compile("adam", loss=keras.losses.BinaryCrossentropy(), metrics=["accuracy"])
    return model, prepared, {"epochs": 25, "batch_size": 32}
