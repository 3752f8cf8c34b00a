"""I did all against overfitting, and now even the training accuracy is low."""

import keras
from sklearn.datasets import load_digits

import datafix

CAUSES: tuple[str, ...] = ("dropout_too_strong",)
# Test accuracy: faulty 0.819, mended 0.981.


def program(mended: bool):
    keras.utils.set_random_seed(25)
    images, y = load_digits().images[..., None].astype("float32") / 16, load_digits().target
    prepared = datafix.prepare(None, images, y, split=datafix.split(images, y, stratify=y, random_state=25))
    rate = 0.2 if mended else 0.9
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Conv2D(12, 3, activation="relu"),
            keras.layers.SpatialDropout2D(rate),
            keras.layers.Flatten(),
            keras.layers.Dense(48, activation="relu"),
            keras.layers.Dropout(rate),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, prepared, {"epochs": 20, "batch_size": 32, "validation_split": 0.1}
