"""Images the same way: audit, find injected label noise, augment the training part, train a small network.

scikit-learn's digits (1,797 images of 8 x 8, UCI, CC BY 4.0). MNIST is not bundled: its licence (CC BY-SA 3.0) is
not one that this project ships; ``--mnist mnist.npz`` takes a local copy with ``images`` and ``labels``.

Run it with ``python examples/20_digits_images.py [--epochs N] [--mnist FILE]``.
"""

import argparse

import keras
import numpy as np
from sklearn.datasets import load_digits

import datafix
from datafix import augment

NOISE = 0.1


def images_and_labels(mnist):
    """Return uint8 or float images of shape (n, height, width, 1), scaled to [0, 1], and their labels."""
    if mnist is None:
        digits = load_digits()
        return (digits.images[..., None] / 16).astype("float32"), digits.target
    with np.load(mnist) as file:
        return (file["images"][..., None] / 255).astype("float32"), file["labels"].astype(int)


def with_noise(y, rows, random):
    """Return y with another label on a share of the given rows, and these rows."""
    wrong = random.choice(rows, int(NOISE * len(rows)), replace=False)
    noisy = y.copy()
    noisy[wrong] = (y[wrong] + random.integers(1, 10, len(wrong))) % 10
    return noisy, np.sort(wrong)


def network(shape):
    """Return a small convolutional network."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input(shape),
            keras.layers.Conv2D(16, 3, padding="same", activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Conv2D(32, 3, padding="same", activation="relu"),
            keras.layers.GlobalMaxPooling2D(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def accuracy(images, y, split, epochs, *, row_steps=(), operations=None):
    """Prepare, feed, train, and return the accuracy on the test part."""
    prepared = datafix.prepare(None, images, y, split=split, row_steps=row_steps)
    parts = datafix.to_tf_data(prepared, batch_size=64, seed=0, augment=operations)
    model = network(images.shape[1:])
    datafix.check_model(model, prepared).raise_if("error")
    model.fit(parts["train"], epochs=epochs, shuffle=False, verbose=0)  # the dataset shuffles by itself
    return model.evaluate(parts["test"], verbose=0, return_dict=True)["accuracy"]


def main(epochs, mnist):
    """Do the job and print what came out."""
    images, y = images_and_labels(mnist)
    split = datafix.split(images, y, stratify=True, test_size=0.25, validation_size=0, random_state=0)
    noisy, wrong = with_noise(y, split.train, np.random.default_rng(0))

    print(datafix.audit(images[split.train], target=noisy[split.train]), end="\n\n")

    detector = datafix.MislabelDetector(action="drop", random_state=0).fit(images[split.train], noisy[split.train])
    found = split.train[detector.is_issue_]
    hits = np.isin(found, wrong).sum()
    print(f"{len(wrong)} labels were made wrong; {len(found)} were found, {hits} of them rightly.", end="\n\n")

    operations = augment.Compose([augment.Rotate(10), augment.Zoom(0.1), augment.Shift(0.1)], seed=0)
    print(f"Test accuracy, noisy labels as they are:        {accuracy(images, noisy, split, epochs):.4f}")
    dropped = accuracy(images, noisy, split, epochs, row_steps=[detector])
    print(f"Test accuracy, suspicious labels dropped:       {dropped:.4f}")
    both = accuracy(images, noisy, split, epochs, row_steps=[detector], operations=operations)
    print(f"Test accuracy, dropped, and images augmented:   {both:.4f}")
    print(f"Test accuracy, with the true labels:            {accuracy(images, y, split, epochs):.4f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=25)
    parser.add_argument("--mnist", default=None, help="an .npz file with images and labels, instead of the digits")
    options = parser.parse_args()
    main(options.epochs, options.mnist)
