"""Does augmentation help? A small CNN on scikit-learn's digits and on 5,000 of MNIST's, with and without, five seeds.

Nothing was tuned: networks and strengths are as they were first written.
MNIST is not bundled: give an .npz of images and labels, ``quality_augment.py [path]``; without, digits alone.
"""

import sys

import keras
import numpy as np
from measuring import tell
from sklearn.datasets import load_digits

import datafix
from datafix.augment import Compose, Rotate, Shift, Zoom

SEEDS = range(5)
WAYS = {
    "none": None,
    "shift 0.1": Compose([Shift(0.1)]),
    "rotate 10, zoom 0.1, shift 0.1": Compose([Rotate(10), Zoom(0.1), Shift(0.1)]),
}


def digits():
    data = load_digits()
    return (data.images[..., None] / 16).astype("float32"), data.target, 40


def mnist(path):
    file = np.load(path)
    images, labels = (file[name] for name in sorted(file, key=lambda name: -file[name].ndim))
    return images.reshape(-1, 28, 28, 1).astype("float32") / 255, labels, 15


def network(shape):
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input(shape),
            layers.Conv2D(16, 3, activation="relu", padding="same"),
            layers.Conv2D(32, 3, activation="relu", padding="same"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(2e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def accuracy(images, labels, epochs, augment, seed):
    split = datafix.split(images, labels, test_size=0.5, validation_size=0, stratify=labels, random_state=seed)
    prepared = datafix.prepare(None, images, labels, split=split)
    parts = datafix.to_tf_data(prepared, batch_size=64, seed=seed, augment=augment)
    keras.utils.set_random_seed(seed)
    model = network(images.shape[1:])
    model.fit(parts["train"], epochs=epochs, verbose=0, shuffle=False)
    return model.evaluate(parts["test"], verbose=0)[1]


def main():
    data = {"digits": digits()} | ({"mnist 5k": mnist(sys.argv[1])} if len(sys.argv) > 1 else {})
    for name, (images, labels, epochs) in data.items():
        plain = np.array([accuracy(images, labels, epochs, None, seed) for seed in SEEDS])
        for way, augment in WAYS.items():
            found = plain
            if augment is not None:
                found = np.array([accuracy(images, labels, epochs, augment, seed) for seed in SEEDS])
            tell(
                "quality_augment",
                data=name,
                augment=way,
                accuracy=float(found.mean()),
                error_share_of_none=float((1 - found).mean() / (1 - plain).mean()),
                seeds_better=int((found > plain).sum()),
            )


if __name__ == "__main__":
    main()
