"""After a dozen epochs the loss has moved in the third digit only."""

import keras
from sklearn.datasets import load_digits

import datafix

CAUSES: tuple[str, ...] = ("learning_rate_low",)
# Test accuracy: faulty 0.058, mended 0.978.


def program(mended: bool):
    keras.utils.set_random_seed(12)
    images, y = load_digits().images[..., None].astype("float32") / 16, load_digits().target
    prepared = datafix.prepare(None, images, y, split=datafix.split(images, y, stratify=y, random_state=12))
    inputs = keras.Input((8, 8, 1))
    hidden = keras.layers.Conv2D(16, 3, padding="same", activation="relu")(inputs)
    hidden = keras.layers.MaxPooling2D()(hidden)
    hidden = keras.layers.Conv2D(32, 3, activation="relu")(hidden)
    hidden = keras.layers.Flatten()(hidden)
    model = keras.Model(inputs, keras.layers.Dense(10, activation="softmax")(hidden))
    optimizer = keras.optimizers.Adam(learning_rate=2e-3 if mended else 2e-6)
    model.compile(optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, prepared, {"epochs": 12, "batch_size": 32}
