import json
import random
import re
from dataclasses import replace

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from keras import layers
from sklearn.preprocessing import StandardScaler

import datafix
from datafix import ParameterError, Split
from datafix.diagnosis.before import one_batch
from datafix.diagnosis.cost import cost_of
from datafix.diagnosis.sampling import subject_of
from datafix.diagnosis.trial import Trial
from tests.diagnosis.networks import (
    AMOUNT,
    DIGIT,
    DIGITS,
    LABELS,
    SIGNAL,
    TABLE,
    AlwaysDropping,
    AlwaysOfTheBatch,
    batched,
    convolving,
    custom,
    dense,
    patches,
)

RNG = np.random.default_rng(0)
LOGITS = keras.losses.BinaryCrossentropy(from_logits=True)
SPARSE_LOGITS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
Adam, SGD = keras.optimizers.Adam, keras.optimizers.SGD
CANCER, IMAGES, QUANTITY = (TABLE, LABELS), (DIGITS, DIGIT), (SIGNAL, AMOUNT)
FEW = np.r_[np.flatnonzero(LABELS == 1), np.flatnonzero(LABELS == 0)[:12]]
CANCER_OF_FEW = TABLE[FEW], LABELS[FEW]
ONE_HOT = np.eye(10, dtype="float32")[DIGIT]
SPOILT = np.where(np.arange(len(TABLE))[:, None] == 7, np.nan, TABLE).astype("float32")
PERMUTED = TABLE[:, np.random.default_rng(3).permutation(30)]


def of_a_quantity(head=None, **how):
    return dense(head, 1, how.pop("loss", "mse"), n_features=10, **how)


def photographs(factor=1, plus=0):
    images, labels = patches()
    return (images * np.uint8(factor) + np.uint8(plus)).astype("float32") / 255, labels


def on_photographs():
    return custom_images(layers.Conv2D(8, 3, activation="relu"), layers.Flatten(), layers.Dense(1, "sigmoid"))


def custom_images(*inner, shape=(16, 16, 3)):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input(shape), *inner])
    model.compile(optimizer="adam", loss="binary_crossentropy")
    return model


WORDS = RNG.permuted(np.tile(np.arange(1, 400), (300, 1)), axis=1)[:, :130].astype("int64")


def reading():
    keras.utils.set_random_seed(0)
    inner = [layers.Embedding(400, 8), layers.GlobalMaxPooling1D(), layers.Dense(1, "sigmoid")]
    model = keras.Sequential([keras.Input((130,), dtype="int64"), *inner])
    model.compile("adam", "binary_crossentropy")
    return model


class Stumbling(keras.Model):
    """Runs on the rows with which it is built, and on none later."""

    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(1, "sigmoid")
        self.dense.build((None, 30))
        self.built = True
        self.compile(loss="binary_crossentropy")

    def call(self, x):
        if x.shape[0] != 3:
            raise ValueError("Only even numbers of rows.")
        return self.dense(x)


def flat():
    return batched(DIGITS.reshape(-1, 64), DIGIT)


def own_logits(y_true, y_pred):
    return keras.losses.binary_crossentropy(keras.ops.cast(y_true, y_pred.dtype), y_pred, from_logits=True)


HEALTHY = {
    "binary": lambda: (dense(), batched(*CANCER)),
    "logits": lambda: (dense(None, loss=LOGITS), batched(*CANCER)),
    "two outputs": lambda: (dense("softmax", 2, "sparse_categorical_crossentropy"), batched(*CANCER)),
    "logistic": lambda: (dense(hidden=()), batched(*CANCER)),
    "sigmoid hidden": lambda: (dense(activation="sigmoid"), batched(*CANCER)),
    "slow": lambda: (dense(optimizer=SGD(0.01)), batched(*CANCER)),
    "schedule": lambda: (
        dense(optimizer=Adam(keras.optimizers.schedules.ExponentialDecay(1e-3, 10, 0.9))),
        batched(*CANCER),
    ),
    "images": lambda: (convolving(), batched(*IMAGES)),
    "normalised": lambda: (convolving(extra=[layers.BatchNormalization(), layers.Dropout(0.3)]), batched(*IMAGES)),
    "one-hot": lambda: (convolving(loss="categorical_crossentropy"), batched(DIGITS, ONE_HOT)),
    "pixels as columns": lambda: (
        dense("softmax", 10, "sparse_categorical_crossentropy", n_features=64),
        batched(DIGITS.reshape(-1, 64), DIGIT),
    ),
    "quantity": lambda: (of_a_quantity(metrics=["mae"]), batched(*QUANTITY)),
    "quantity in a column": lambda: (of_a_quantity(loss="huber"), batched(SIGNAL, AMOUNT[:, None])),
    "scaled inside": lambda: (
        custom(layers.BatchNormalization(), layers.Dense(16, "relu"), layers.Dense(2, "softmax")),
        batched(TABLE * 255, LABELS),
    ),
    "bytes scaled inside": lambda: (
        custom_images(
            layers.Rescaling(1 / 255),
            layers.Conv2D(8, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(1, "sigmoid"),
        ),
        batched(*patches()),
    ),
    "weighted": lambda: (dense(), batched(*CANCER, sample_weight=np.where(LABELS, 1.0, 2.0))),
    "photographs": lambda: (on_photographs(), batched(*photographs())),
    "a usual penalty": lambda: (dense(kernel_regularizer=keras.regularizers.L2(0.01)), batched(*CANCER)),
}
FAULTY = {
    "softmax over one": (lambda: (dense("softmax"), batched(*CANCER)), "head_and_loss", "softmax over one"),
    "no from_logits": (lambda: (dense(None), batched(*CANCER)), "head_and_loss", "expects probabilities"),
    "softmax by another name": (
        lambda: (
            custom(layers.Dense(8, "relu"), layers.Dense(2), layers.Lambda(keras.ops.softmax), loss=SPARSE_LOGITS),
            batched(*CANCER),
        ),
        "head_and_loss",
        "expects logits .* the last layer is softmax",
    ),
    "a loss of one's own": (lambda: (dense(loss=own_logits), batched(*CANCER)), "head_and_loss", "expects logits"),
    "relu head": (lambda: (convolving("relu"), batched(*IMAGES)), "head_and_loss", "ReLU"),
    "sigmoids for classes": (lambda: (convolving("sigmoid"), batched(*IMAGES)), "head_and_loss", "by itself"),
    "squares of classes": (lambda: (dense(loss="mse"), batched(*CANCER)), "head_and_loss", "on classes"),
    "a target that stands still": (
        lambda: (dense(None, 2, "mse"), batched(TABLE, np.stack([TABLE[:, 0], np.ones(len(TABLE))], axis=1))),
        "label_values",
        "output 1 is the same on all",
    ),
    "sigmoid for a quantity": (lambda: (of_a_quantity("sigmoid"), batched(*QUANTITY)), "head_and_loss", "lie outside"),
    "softmax twice": (
        lambda: (
            custom(layers.Dense(8, "relu"), layers.Dense(2, "softmax"), layers.Softmax()),
            batched(*CANCER),
        ),
        "head_and_loss",
        "squeezed already .* between 0.269 and 0.731",
    ),
    "softmax of sigmoids": (
        lambda: (convolving(lambda x: keras.ops.softmax(keras.ops.sigmoid(x))), batched(*IMAGES)),
        "head_and_loss",
        "squeezed already",
    ),
    "sigmoid twice": (
        lambda: (dense(lambda x: keras.ops.sigmoid(keras.ops.sigmoid(x))), batched(*CANCER)),
        "head_and_loss",
        "squeezed already .* one sigmoid is enough",
    ),
    "cross-entropy of a quantity": (
        lambda: (of_a_quantity("sigmoid", loss="binary_crossentropy"), batched(*QUANTITY)),
        "head_and_loss",
        "A quantity needs mean_squared_error",
    ),
    "far too fast for Adam": (
        lambda: (dense("softmax", 10, "sparse_categorical_crossentropy", n_features=64, optimizer=Adam(0.3)), flat()),
        "learning_rate",
        "too high",
    ),
    "penalties": (
        lambda: (dense(kernel_regularizer=keras.regularizers.L2(1.0)), batched(*CANCER)),
        "penalties",
        "makes the weights 0 .* largest first: .*dense",
    ),
    "layers that do not fit": (
        lambda: (Stumbling(), batched(*CANCER)),
        "forward_pass",
        r"cannot be run .* Only even numbers of rows\. ",
    ),
    "labels from 1": (lambda: (convolving(), batched(DIGITS, DIGIT + 1)), "head_and_loss", "from 1 to 10"),
    "binary of 0 and 2": (lambda: (dense(), batched(TABLE, LABELS * 2)), "head_and_loss", "0 to 2"),
    "codes for one-hot": (
        lambda: (convolving(loss="categorical_crossentropy"), batched(*IMAGES)),
        "head_and_loss",
        "one column a class",
    ),
    "one-hot for codes": (lambda: (convolving(), batched(DIGITS, ONE_HOT)), "head_and_loss", "one class number"),
    "other width": (lambda: (dense(n_features=29), batched(*CANCER)), "input_shape", "takes rows of shape"),
    "no channels": (lambda: (convolving(), batched(DIGITS[..., 0], DIGIT)), "input_shape", r"Give|takes rows"),
    "missing": (lambda: (dense(), batched(SPOILT, LABELS)), "input_values", "missing or infinite on 1 of"),
    "missing label": (
        lambda: (of_a_quantity(), batched(SIGNAL, np.where(np.arange(800) == 3, np.nan, AMOUNT))),
        "label_values",
        "missing or infinite on 1 of",
    ),
    "one label": (lambda: (dense(), batched(TABLE, np.zeros(len(TABLE)))), "label_values", "are the same"),
    "unscaled": (lambda: (convolving(), batched(DIGITS * 255, DIGIT)), "input_scale", "no layer scales"),
    "scaled twice": (lambda: (convolving(), batched(DIGITS / 255, DIGIT)), "input_scale", "scaled twice"),
    "one column tiny": (
        lambda: (dense(), batched(TABLE * np.where(np.arange(30) == 5, 1e-3, 1).astype("float32"), LABELS)),
        "input_scale",
        "Column 5 varies by 0.00",
    ),
    "bytes": (
        lambda: (on_photographs(), batched(patches()[0], patches()[1])),
        "input_scale",
        r"no layer scales .*Rescaling\(1 / 255\)",
    ),
    "target unscaled": (lambda: (of_a_quantity(), batched(SIGNAL, AMOUNT * 1e4 + 1e5)), "label_values", "Scale|size"),
    "rate too low": (lambda: (dense(optimizer=Adam(1e-7)), batched(*CANCER)), "learning_rate", "too low"),
    "rate too high": (lambda: (convolving(optimizer=Adam(10.0)), batched(*IMAGES)), "learning_rate", "too high"),
    "straight": (
        lambda: (dense(activation=None), batched(*CANCER)),
        "activations",
        "No hidden layer has an activation",
    ),
    "hidden softmax": (lambda: (dense(activation="softmax"), batched(*CANCER)), "activations", "ends in softmax"),
    "dead": (
        lambda: (dense(bias_initializer=keras.initializers.Constant(-100)), batched(*CANCER)),
        "activations",
        "learn nothing",
    ),
    "saturated": (
        lambda: (dense(activation="tanh", kernel_initializer=keras.initializers.RandomNormal(0, 10)), batched(*CANCER)),
        "activations",
        "at its bounds",
    ),
    "alike": (lambda: (dense(kernel_initializer="zeros"), batched(*CANCER)), "initial_weights", "stay alike"),
    "vanishing": (
        lambda: (dense(activation="sigmoid", hidden=(32,) * 8), batched(*CANCER)),
        "gradients",
        "Gradients vanish",
    ),
    "out of step": (
        lambda: (dense(), batched(TABLE, np.random.default_rng(0).permutation(LABELS))),
        "unrelated_labels",
        "tell nothing",
    ),
    "shifted": (
        lambda: (of_a_quantity(), batched(SIGNAL, np.roll(AMOUNT, 2), shuffled=False)),
        "unrelated_labels",
        "shifted by -2",
    ),
    "sorted": (
        lambda: (dense(), batched(TABLE[np.argsort(LABELS)], np.sort(LABELS), shuffled=False)),
        "row_order",
        "order of their labels",
    ),
    "pairs": (
        lambda: (convolving(extra=[layers.BatchNormalization()]), batched(*IMAGES, size=2)),
        "batches",
        "batches of 2",
    ),
    "without end": (lambda: (dense(), batched(*CANCER).repeat()), "batches", "steps_per_epoch"),
    "one batch an epoch": (lambda: (dense(), batched(*CANCER, size=569)), "batches", r"make 1 step"),
    "wrapped around": (lambda: (on_photographs(), batched(*photographs(plus=100))), "wrapped_integers", "circle"),
    "wrapped by a factor": (lambda: (on_photographs(), batched(*photographs(2))), "wrapped_integers", "circle"),
    "a wrapped target": (
        lambda: (of_a_quantity(), batched(SIGNAL, (AMOUNT * 25000).astype(int).astype("int16").astype("float32"))),
        "label_values",
        "range of int16",
    ),
    "wrapped columns": (
        lambda: (dense(), batched((TABLE * 100).astype(int).astype("int8").astype("float32"), LABELS)),
        "wrapped_integers",
        "Column 0 fills the range of int8",
    ),
    "accuracy of a rare class": (
        lambda: (dense(metrics=["accuracy"]), batched(*CANCER_OF_FEW)),
        "metrics",
        "have one class",
    ),
    "accuracy of a quantity": (lambda: (of_a_quantity(metrics=["accuracy"]), batched(*QUANTITY)), "metrics", "exactly"),
    "convolved columns": (
        lambda: (
            custom(
                layers.Reshape((30, 1)),
                layers.Conv1D(8, 3, activation="relu"),
                layers.Flatten(),
                layers.Dense(2, "softmax"),
            ),
            batched(PERMUTED, LABELS),
        ),
        "network_kind",
        "no neighbours",
    ),
    "dense on images": (
        lambda: (
            custom_images(layers.Flatten(), layers.Dense(8, "relu"), layers.Dense(1, "sigmoid")),
            batched(*photographs()),
        ),
        "network_kind",
        "neighbouring pixels",
    ),
    "dense on flattened images": (
        lambda: (
            custom(layers.Dense(8, "relu"), layers.Dense(2, "softmax"), n_features=768),
            batched(photographs()[0].reshape(-1, 768), photographs()[1]),
        ),
        "network_kind",
        "flattened images of 16 × 16 × 3",
    ),
    "dropping": (
        lambda: (custom(layers.Dense(32, "relu"), AlwaysDropping(0.5), layers.Dense(2, "softmax")), batched(*CANCER)),
        "steady_outputs",
        "at random",
    ),
    "of the batch": (
        lambda: (custom(layers.Dense(32, "relu"), AlwaysOfTheBatch(), layers.Dense(2, "softmax")), batched(*CANCER)),
        "steady_outputs",
        "rows beside it",
    ),
    "silenced": (
        lambda: (dense(), batched(*CANCER, sample_weight=np.where(LABELS, 1.0, 1e-4))),
        "sample_weights",
        "silence",
    ),
    "negative weights": (
        lambda: (dense(), batched(*CANCER, sample_weight=np.where(LABELS, 1.0, -1.0))),
        "sample_weights",
        "negative",
    ),
}


def smooth(kind):
    rng = np.random.default_rng(0)
    if kind == "walk":
        return np.cumsum(rng.normal(size=(400, 256)), axis=1).astype("float32") / 10
    if kind == "wave":
        waves = np.sin(np.arange(256) * 0.3 + rng.uniform(0, 6, (400, 1)))
        return (waves + rng.normal(scale=0.3, size=waves.shape)).astype("float32")
    return (rng.normal(size=(400, 5)) @ rng.normal(size=(5, 256))).astype("float32")


@pytest.mark.parametrize("kind", ["walk", "wave", "factors"])
def test_signals_and_tables_are_not_taken_for_flattened_images(kind):
    X = smooth(kind)
    model = custom(layers.Dense(16, "relu"), layers.Dense(2, "softmax"), n_features=256)
    report = datafix.check_model(model, batched(X, (X.mean(axis=1) > 0).astype(int)))
    assert "network_kind" in report.passed


def rare(*, one_hot, in_order):
    X = np.random.default_rng(0).normal(size=(2000, 10)).astype("float32")
    y = (X[:, 0] > 2.4).astype(int)
    order = np.argsort(y, kind="stable") if in_order else np.arange(len(y))
    return X[order], np.eye(2, dtype="float32")[y[order]] if one_hot else y[order]


@pytest.mark.parametrize("in_order", [False, True])
@pytest.mark.parametrize("one_hot", [False, True])
def test_a_batch_of_rare_classes_can_be_learned_by_heart(one_hot, in_order):
    loss = "categorical_crossentropy" if one_hot else "sparse_categorical_crossentropy"
    data = batched(*rare(one_hot=one_hot, in_order=in_order), shuffled=False)
    assert "one_batch" in datafix.check_model(dense("softmax", 2, loss, n_features=10), data).passed


def test_raw_columns_that_wrapped_are_told_behind_a_scaler():
    frame = pd.DataFrame(TABLE[:, :5], columns=list("abcde"))
    frame["b"] = (frame["b"] * 30000).astype(int).astype("int16")
    prepared = datafix.prepare(StandardScaler(), frame, LABELS, split=datafix.split(frame, LABELS, random_state=0))
    (found,) = [i for i in datafix.check_model(dense(n_features=5), prepared).issues if i.check == "wrapped_integers"]
    assert found.column == "b"


def test_integers_cut_off_at_the_ends_are_not_called_wrapped():
    X = np.clip(TABLE * 80, -128, 127).round()
    assert "wrapped_integers" in datafix.check_model(dense(), batched(X, LABELS)).passed


def test_rows_that_do_not_count_are_not_learned_by_heart():
    X = np.random.default_rng(0).normal(size=(400, 10)).astype("float32")
    X[::10, 1] = 0
    y = (X[:, 0] > 0).astype(int)
    subject = subject_of(dense("softmax", 2, "sparse_categorical_crossentropy", n_features=10), batched(X, y), who="me")
    weighted = replace(subject, sample_weight=np.where(subject.features[:, 1] == 0, 3.0, 0.0), kept={})

    rows = one_batch._different_rows(weighted)

    assert len(rows) == 32 and (weighted.sample_weight[rows] > 0).all()
    plain, thrice = (one_batch._constant_loss(each, rows, 1.0) for each in (subject, weighted))
    assert thrice == pytest.approx(3 * plain)


@pytest.mark.parametrize("shift", [0, -1])
def test_ids_beyond_an_embedding_are_told_and_not_raised(shift):
    words = RNG.integers(0, 50, (600, 12)) + shift
    y = (words == 7).any(axis=1).astype(int)
    model = custom(
        layers.Embedding(50 if shift else 30, 8), layers.Flatten(), layers.Dense(2, "softmax"), n_features=12
    )
    found = datafix.check_model(model, batched(words, y)).issues[0]
    assert found.check == "input_values"
    assert f"ids go from {shift} to {49 + shift}" in found.message
    prepared = datafix.prepare(None, words, y, split=datafix.split(words, y, random_state=0))
    assert datafix.diagnose(model, prepared).issues[0].check == "input_values"
    with pytest.raises(ParameterError, match="ids go from"):
        datafix.explain_prediction(model, prepared, 0)


def test_an_embedding_before_one_layer_is_not_called_straight():
    words = RNG.integers(0, 50, (600, 12))
    model = custom(layers.Embedding(50, 8), layers.GlobalAveragePooling1D(), layers.Dense(2, "softmax"), n_features=12)
    assert "activations" in datafix.check_model(model, batched(words, (words == 7).any(axis=1).astype(int))).passed


def test_noise_is_not_taken_for_wrapped_integers():
    X = RNG.random((300, 16, 16, 3)).astype("float32")
    assert "wrapped_integers" in datafix.check_model(on_photographs(), batched(X, np.arange(300) % 2)).passed


def test_an_optimizer_that_scales_the_loss_is_stepped_with():
    model = dense(optimizer=keras.optimizers.LossScaleOptimizer(Adam(1e-7)))
    (found,) = [i for i in datafix.check_model(model, batched(*CANCER)).issues if i.check == "learning_rate"]
    assert "too low" in found.message


def test_the_loss_of_activities_is_part_of_the_loss():
    model = custom(layers.Dense(8, "relu", activity_regularizer=keras.regularizers.L2(0.1)), layers.Dense(2, "softmax"))
    expected = model.evaluate(TABLE[:64], LABELS[:64], verbose=0, batch_size=64)
    assert Trial(model).loss(TABLE[:64], LABELS[:64]) == pytest.approx(expected, rel=1e-5)


class Noisy(layers.Layer):
    def call(self, x, training=None):
        return x + 0.01 * tf.random.normal(tf.shape(x)) if training else x


def test_tensorflows_generator_and_those_of_initialisers_stay_as_they_are():
    generator = keras.random.SeedGenerator(3)
    drawn = []
    for checked in (False, True):
        model = custom(
            Noisy(),
            layers.Dense(8, "relu", kernel_initializer=keras.initializers.GlorotUniform(seed=generator)),
            layers.Dense(2, "softmax"),
        )
        before = np.array(generator.state.value)
        tf.random.set_seed(1)
        if checked:
            datafix.check_model(model, batched(*CANCER))
            split = Split(train=np.arange(500), test=np.arange(500, 569))
            datafix.diagnose(model, datafix.prepare(None, TABLE, LABELS, split=split))
        np.testing.assert_array_equal(before, generator.state.value)
        drawn.append(tf.random.uniform((3,)).numpy())
    np.testing.assert_array_equal(*drawn)


def test_the_cost_of_a_network_is_that_of_its_kernels_at_every_place():
    assert cost_of(convolving()) == 3 * 3 * 16 * 8 * 8 + 4 * 4 * 16 * 10
    assert cost_of(keras.Sequential([keras.Input((30,)), dense()])) == cost_of(dense()) == 30 * 32 + 32 * 16 + 16


def test_a_large_network_is_tried_in_fewer_steps_and_the_report_says_so(monkeypatch):
    model = dense(optimizer=Adam(1e-7))
    monkeypatch.setattr("datafix.diagnosis.subject.LIGHT", 1)
    found = {issue.check: issue for issue in datafix.check_model(model, batched(*CANCER)).issues}
    assert "20 steps on a copy" in found["learning_rate"].message
    assert found["one_batch"].severity == "info" and "100 steps are too few" in found["one_batch"].message

    monkeypatch.setattr("datafix.diagnosis.subject.HEAVY", 1)
    skipped = datafix.check_model(model, batched(*CANCER)).skipped
    assert all("multiplications" in skipped[name] for name in ("gradients", "learning_rate", "one_batch"))


class OfTheGlobalGenerator(layers.Layer):
    def call(self, x, training=None):
        return x + 0.01 * tf.random.get_global_generator().normal(tf.shape(x)) if training else x


def test_the_global_generator_of_tensorflow_stays_as_it_is():
    before = tf.random.get_global_generator().state.numpy()
    datafix.check_model(custom(OfTheGlobalGenerator(), layers.Dense(2, "softmax")), batched(*CANCER))
    np.testing.assert_array_equal(tf.random.get_global_generator().state.numpy(), before)


def test_a_dataset_that_shuffles_goes_on_by_one_pass():
    def shuffled():
        return tf.data.Dataset.range(4096).shuffle(4096, seed=0).map(lambda at: (tf.fill((2,), float(at)), at % 2))

    def order(data):
        return [row[0] for row, _ in data.as_numpy_iterator()]

    never, checked = shuffled(), shuffled()
    order(never)
    datafix.check_model(dense(n_features=2), checked.batch(32))
    assert order(checked) == order(never)


WEIGHTS = {0: 9.0, 1: 1.0}
UNEVEN = np.r_[np.flatnonzero(LABELS == 1), np.flatnonzero(LABELS == 0)[:39]]


@pytest.mark.parametrize(
    ("sample_weight", "class_weight", "told"),
    [
        (np.where(LABELS[UNEVEN], 1.0, 9.0), WEIGHTS, "multiply"),
        (np.where(LABELS[UNEVEN], 1.0, 9.0), None, None),
        (None, WEIGHTS, None),
        (RNG.uniform(0.5, 1, len(UNEVEN)), WEIGHTS, None),
        (None, {0: 1.0, 1: 0.0}, r"silence class\(es\) \[1\]"),
    ],
)
def test_class_weights_are_judged_beside_sample_weights(sample_weight, class_weight, told):
    data = batched(TABLE[UNEVEN], LABELS[UNEVEN], sample_weight=sample_weight)
    report = datafix.check_model(dense(), data, class_weight=class_weight)
    messages = [issue.message for issue in report.issues if issue.check == "sample_weights"]
    assert bool(messages) == (told is not None), messages
    assert told is None or re.search(told, messages[0])


@pytest.mark.parametrize("given", [{}, [1, 2], {"yes": 1}, {0: -1}, {0: np.nan}, {True: 1}, {0: 1, 7: 3}])
def test_class_weights_that_fit_does_not_take_are_refused(given):
    with pytest.raises(ParameterError, match="class_weight|weights of 0 or more"):
        datafix.check_model(dense(), batched(*CANCER), class_weight=given)


@pytest.mark.parametrize("name", HEALTHY)
def test_healthy_networks_raise_no_alarm(name):
    model, data = HEALTHY[name]()
    assert datafix.check_model(model, data).issues == ()


@pytest.mark.parametrize("name", FAULTY)
def test_faults_are_told_before_training(name):
    make, check, told = FAULTY[name]
    report = datafix.check_model(*make())
    named = [issue for issue in report.issues[:3] if issue.check == check]
    assert named, report.to_frame()[["check", "message"]].to_string()
    text = " ".join(f"{issue.message} {issue.hint}" for issue in named)
    assert re.search(told, text), text


def test_prepared_data_are_taken_and_the_model_is_left_alone():
    split = Split(train=np.arange(500), test=np.arange(500, 569))
    prepared = datafix.prepare(None, TABLE, LABELS, split=split)
    model = custom(
        layers.Dense(8, "relu"), layers.BatchNormalization(), layers.Dropout(0.5), layers.Dense(2, "softmax")
    )
    model.optimizer.build(model.trainable_variables)
    held = [variable.numpy().copy() for variable in [*model.variables, *model.optimizer.variables]]
    python, numpy = random.getstate(), np.random.get_state()[1].copy()

    datafix.check_model(model, prepared)

    assert random.getstate() == python
    np.testing.assert_array_equal(np.random.get_state()[1], numpy)
    for before, variable in zip(held, [*model.variables, *model.optimizer.variables], strict=True):
        np.testing.assert_array_equal(before, variable.numpy())


def test_what_was_not_asked_is_named_with_its_reason():
    inputs = {"a": keras.Input((2,), name="a"), "b": keras.Input((2,), name="b")}
    outputs = layers.Dense(1, "sigmoid")(layers.Concatenate()([inputs["a"], inputs["b"]]))
    model = keras.Model(inputs, outputs)
    model.compile(loss="binary_crossentropy")
    features = {"a": TABLE[:64, :2], "b": TABLE[:64, 2:4]}
    report = datafix.check_model(model, tf.data.Dataset.from_tensor_slices((features, LABELS[:64])).batch(8))
    assert report.skipped["learning_rate"] == "the model has several inputs"
    assert {"row_order", "input_values", "initial_weights", "frozen_layers"} <= set(report.passed)


def test_of_several_inputs_the_one_that_is_missing_is_named():
    inputs = {"a": keras.Input((2,), name="a"), "b": keras.Input((2,), name="b")}
    model = keras.Model(inputs, layers.Dense(1)(layers.Concatenate()([inputs["a"], inputs["b"]])))
    model.compile(loss="mse")
    features = {"a": TABLE[:64, :2], "b": SPOILT[:64, 2:4]}
    (issue,) = datafix.check_model(model, tf.data.Dataset.from_tensors((features, LABELS[:64]))).issues
    assert issue.check == "input_values"
    assert "of input 'b' are missing or infinite on 1 of 64 rows looked at, the first at position 7" in issue.message


def test_ids_are_no_numbers_that_should_tell_of_the_labels():
    report = datafix.check_model(reading(), batched(WORDS, (WORDS == 7).any(axis=1).astype("int64")))
    assert "unrelated_labels" in report.passed


def test_text_is_no_fault_where_a_layer_reads_it():
    texts = np.array(["good day", "bad day", "good", "bad"] * 8)
    reader = layers.TextVectorization(20, output_sequence_length=3)
    reader.adapt(texts)
    inner = [reader, layers.Embedding(20, 4), layers.GlobalAveragePooling1D(), layers.Dense(1, "sigmoid")]
    model = keras.Sequential([keras.Input((), dtype="string"), *inner])
    model.compile(loss="binary_crossentropy")
    report = datafix.check_model(model, batched(texts, np.tile([1, 0], 16)))
    assert report.issues == ()
    assert report.skipped["learning_rate"] == "the inputs are no finite numbers"


class OwnStep(keras.Model):
    def train_step(self, data):
        return super().train_step(data)


def test_a_train_step_of_ones_own_leaves_out_what_needs_the_loss_alone():
    inputs = keras.Input((30,))
    model = OwnStep(inputs, layers.Dense(1, "sigmoid")(layers.Dense(8, "relu")(inputs)))
    model.compile(loss="binary_crossentropy")
    report = datafix.check_model(model, batched(TABLE * 1000, LABELS))
    assert [issue.check for issue in report.issues] == ["input_scale"]
    assert report.skipped["head_and_loss"] == "the model trains by a train_step of its own"


def test_a_check_renders_in_every_form(tmp_path):
    report = datafix.check_model(*FAULTY["dead"][0]())
    assert "learn nothing" in report.to_html()
    assert json.loads(report.to_json())["issues"]
    assert "activations" in str(report)


@pytest.mark.parametrize(
    ("model", "data", "told"),
    [
        (keras.Sequential([layers.Dense(1)]), batched(*CANCER), "built model"),
        (keras.Sequential([keras.Input((4,)), layers.Dense(1)]), batched(*CANCER), "compiled model"),
        (dense(), [1, 2], "got list"),
        (dense(), batched(*CANCER).take(0), "empty"),
        (dense(), tf.data.Dataset.from_tensor_slices(CANCER), r"single rows: data.batch\(32\)"),
    ],
)
def test_what_cannot_be_checked_is_refused(model, data, told):
    with pytest.raises(ParameterError, match=told):
        datafix.check_model(model, data)
