"""97 % on the validation split, but of the rows of the test file all are called the same."""

import keras
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler

import datafix

CAUSES: tuple[str, ...] = ("skew_train_test",)
# Test accuracy: faulty 0.368, mended 0.947.


def program(mended: bool):
    keras.utils.set_random_seed(23)
    X, y = load_breast_cancer(return_X_y=True)
    split = datafix.split(X, y, stratify=y, random_state=23)
    scaler = StandardScaler().fit(X[split.parts["train"]])
    scaled = scaler.transform(X)
    if not mended:  # the second script forgot scaler.transform
        scaled[split.parts["test"]] = X[split.parts["test"]]
    prepared = datafix.prepare(None, scaled.astype("float32"), y, split=split)
    model = keras.Sequential(
        [
            keras.Input((30,)),
            keras.layers.Dense(16, activation="relu", kernel_regularizer=keras.regularizers.L2(1e-3)),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile("rmsprop", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, prepared, {"epochs": 30, "batch_size": 32}
