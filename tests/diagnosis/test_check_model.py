import keras
import numpy as np
import pytest
import tensorflow as tf

import datafix
from datafix import ParameterError, Split

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 4)).astype("float32")
CODES = np.arange(60) % 3


def network(activation=None, units=3, loss="sparse_categorical_crossentropy", n_features=4):
    model = keras.Sequential([keras.Input((n_features,)), keras.layers.Dense(units, activation=activation)])
    model.compile(loss=loss)
    return model


def dataset(X=X, y=CODES):
    return tf.data.Dataset.from_tensor_slices((X, y)).batch(16)


HEALTHY = {
    "softmax": (network("softmax"), dataset()),
    "logits": (network(None, loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True)), dataset()),
    "sigmoid": (network("sigmoid", 1, "binary_crossentropy"), dataset(y=CODES % 2)),
    "one-hot": (network("softmax", 3, "categorical_crossentropy"), dataset(y=np.eye(3)[CODES])),
    "regression": (network(None, 1, "mean_squared_error"), dataset(y=RNG.normal(size=60))),
    "softmax layer": (
        keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.Softmax()]),
        dataset(),
    ),
    "scaled inside": (
        keras.Sequential([keras.Input((4,)), keras.layers.Rescaling(1 / 255), keras.layers.Dense(3, "softmax")]),
        dataset(X * 255),
    ),
}
for model, _ in HEALTHY.values():
    if not model.compiled:
        model.compile(loss="sparse_categorical_crossentropy")
FAULTY = {
    "softmax over one": (network("softmax", 1, "binary_crossentropy"), dataset(y=CODES % 2), "softmax over one output"),
    "no from_logits": (network(None), dataset(), "expects probabilities and the last layer is linear"),
    "logits of softmax": (
        network("softmax", loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True)),
        dataset(),
        "expects logits",
    ),
    "relu head": (network("relu"), dataset(), "the last layer is relu"),
    "labels from 1": (network("softmax"), dataset(y=CODES + 1), "Labels go from 1 to 3"),
    "binary of 0 and 2": (network("sigmoid", 1, "binary_crossentropy"), dataset(y=CODES % 2 * 2), "0 to 2"),
    "codes for one-hot": (network("softmax", 3, "categorical_crossentropy"), dataset(), "one column a class"),
    "squares of codes": (network("softmax", 3, "mean_squared_error"), dataset(), "one class number"),
    "unscaled": (network("softmax"), dataset(X * 255), "no layer scales it"),
    "missing": (network("softmax"), dataset(np.where(X > 2, np.nan, X)), "missing or infinite"),
    "other width": (network("softmax", n_features=5), dataset(), "takes rows of shape"),
}


@pytest.mark.parametrize("name", HEALTHY)
def test_healthy_networks_raise_no_alarm(name):
    model, data = HEALTHY[name]
    assert datafix.check_model(model, data).issues == ()


@pytest.mark.parametrize("name", FAULTY)
def test_faults_are_told_before_training(name):
    model, data, told = FAULTY[name]
    assert any(told in issue.message for issue in datafix.check_model(model, data).issues)


def test_prepared_data_are_taken_and_the_model_is_left_alone():
    prepared = datafix.prepare(None, X, CODES, split=Split(train=np.arange(50), test=np.arange(50, 60)))
    model = network("softmax")
    before = [weight.copy() for weight in model.get_weights()]
    assert datafix.check_model(model, prepared).issues == ()
    for one, two in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize(
    ("model", "data", "told"),
    [
        (keras.Sequential([keras.layers.Dense(1)]), dataset(), "built model"),
        (keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)]), dataset(), "compiled model"),
        (network("softmax"), [1, 2], "got list"),
        (network("softmax"), dataset().take(0), "empty"),
    ],
)
def test_what_cannot_be_checked_is_refused(model, data, told):
    with pytest.raises(ParameterError, match=told):
        datafix.check_model(model, data)
