"""Small networks and the data they are checked on."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from sklearn.datasets import load_breast_cancer, load_digits, make_friedman1

CANCER = load_breast_cancer()
TABLE = ((CANCER.data - CANCER.data.mean(axis=0)) / CANCER.data.std(axis=0)).astype("float32")
LABELS = CANCER.target
DIGITS = (load_digits().images[:, :, :, None] / 16).astype("float32")
DIGIT = load_digits().target
SIGNAL, AMOUNT = make_friedman1(800, 10, noise=0.5, random_state=0)
SIGNAL = ((SIGNAL - 0.5) * 3).astype("float32")
AMOUNT = ((AMOUNT - AMOUNT.mean()) / AMOUNT.std()).astype("float32")


def dense(
    head="sigmoid",
    units=1,
    loss="binary_crossentropy",
    *,
    n_features=30,
    hidden=(32, 16),
    activation="relu",
    optimizer="adam",
    metrics=None,
    **how,
):
    """Return a dense network; ``how`` goes to the hidden layers."""
    keras.utils.set_random_seed(0)
    inner = [layers.Dense(width, activation=activation, **how) for width in hidden]
    model = keras.Sequential([keras.Input((n_features,)), *inner, layers.Dense(units, activation=head)])
    model.compile(optimizer=optimizer, loss=loss, metrics=metrics)
    return model


def convolving(head="softmax", loss="sparse_categorical_crossentropy", *, optimizer="adam", extra=(), units=10):
    """Return a convolutional network for the digits."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(16, 3, padding="same", activation="relu"),
            *extra,
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(units, activation=head),
        ]
    )
    model.compile(optimizer=optimizer, loss=loss)
    return model


def custom(*inner, loss="sparse_categorical_crossentropy", n_features=30):
    """Return a network of the given layers."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((n_features,)), *inner])
    model.compile(optimizer="adam", loss=loss)
    return model


def batched(X, y, size=32, *, shuffled=True, sample_weight=None):
    """Return a dataset of batches."""
    data = tf.data.Dataset.from_tensor_slices((X, y) if sample_weight is None else (X, y, sample_weight))
    return (data.shuffle(len(X), seed=0) if shuffled else data).batch(size)


class AlwaysDropping(layers.Dropout):
    """Dropout that is on at inference."""

    def call(self, inputs, training=None):
        """Drop."""
        return super().call(inputs, training=True)


class AlwaysOfTheBatch(layers.BatchNormalization):
    """Batch normalisation that uses the batch at inference."""

    def call(self, inputs, training=None):
        """Normalise."""
        return super().call(inputs, training=True)


def patches():
    """Return uint8 images cut from a photograph, and whether they come from its right half."""
    from sklearn.datasets import load_sample_image

    photo = load_sample_image("china.jpg")
    cut = [photo[16 * i : 16 * i + 16, 16 * j : 16 * j + 16] for i in range(24) for j in range(38)]
    return np.stack(cut), (np.arange(24 * 38) % 38 > 18).astype(int)
