import copy
import gc
import json
import logging
import os
import pickle
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import datafix
from datafix import DataQualityCallback, KerasClassifier, ParameterError

RNG = np.random.default_rng(0)
X = RNG.normal(size=(64, 3)).astype("float32")
Y = (X @ [1.0, -2.0, 0.5]).astype("float32")

pytestmark = pytest.mark.long


class DoublingStep(keras.Model):
    """A train_step of one's own, which names two losses."""

    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(1)

    def call(self, x):
        return self.dense(x)

    def train_step(self, data):
        logs = super().train_step(data)
        return {"a_loss": logs["loss"], "b_loss": 2 * logs["loss"]}


def network(rate=0.05, shape=(3,), seed=0, optimizer=None, activation="tanh", **compiled):
    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [keras.Input(shape), layers.Flatten(), layers.Dense(8, activation="relu"), layers.Dense(1)]
    )
    model.compile(optimizer=optimizer or keras.optimizers.SGD(rate), loss="mse", **compiled)
    return model


def trained(model, *data, callback=None, **how):
    callback = callback or DataQualityCallback()
    how = {"batch_size": 4, "epochs": 2, "shuffle": False, "verbose": 0, **how}
    model.fit(*data, callbacks=[callback], **how)
    return callback


def spoilt(array, *cells, value=np.nan):
    array = array.copy()
    for cell in cells:
        array[cell] = value
    return array


def only(callback):
    (issue,) = callback.report_.issues
    return issue


def checks(callback):
    return [issue.check for issue in callback.report_.issues]


COMPILED = {
    "plain": {},
    "xla": {"jit_compile": True},
    "four steps": {"steps_per_execution": 4},
    "four steps, xla": {"steps_per_execution": 4, "jit_compile": True},
    "eager": {"run_eagerly": True},
}


@pytest.mark.parametrize("how", COMPILED.values(), ids=COMPILED)
def test_names_the_cell_that_brought_nan(how, caplog):
    model = network(**how)

    issue = only(trained(model, spoilt(X, (21, 1)), Y))

    assert (issue.check, issue.severity, issue.column) == ("nan_loss", "error", "1")
    assert "epoch 0, batch 5 (counted from 0): column 1 of x is NaN in row 1." in issue.message
    assert issue.evidence["columns"] == [1] and issue.evidence["rows"] == [1] and issue.evidence["cause"] == "x"
    assert model.stop_training
    assert [(record.name, record.levelno) for record in caplog.records if record.name == "datafix"] == [
        ("datafix", logging.WARNING)
    ]


def test_counts_all_and_names_eight():
    X = RNG.normal(size=(16, 20)).astype("float32")
    X[10:12, 3:15] = np.inf

    issue = only(trained(network(shape=(20,)), X, Y[:16]))

    assert "columns 3, 4, 5, 6, 7, 8, 9, 10 and 4 more of x are infinite in rows 2, 3." in issue.message
    assert (issue.evidence["n_columns"], issue.evidence["n_rows"], issue.evidence["n_infinite"]) == (12, 2, 24)


def test_counts_batches_within_a_later_epoch():
    rows = iter(range(10**6))
    bad = 16 + 9  # the tenth batch of the second epoch

    def batch():
        while True:
            yield (np.full((4, 3), np.nan if next(rows) == bad else 0.1, "float32"), np.zeros(4, "float32"))

    signature = (tf.TensorSpec((None, 3), tf.float32), tf.TensorSpec((None,), tf.float32))
    dataset = tf.data.Dataset.from_generator(batch, output_signature=signature)

    issue = only(trained(network(), dataset, batch_size=None, steps_per_epoch=16, epochs=3))

    assert (issue.evidence["epoch"], issue.evidence["batch"], issue.evidence["n_columns"]) == (1, 9, 3)


def test_names_columns_where_names_are_given():
    callback = DataQualityCallback(feature_names=["age", "income", "rooms"])

    issue = only(trained(network(), spoilt(X, (0, 1)), Y, callback=callback))

    assert issue.column == "income" and "column income of x is NaN in row 0" in issue.message


@pytest.mark.parametrize(("value", "word"), [(np.nan, "NaN"), (np.inf, "infinite")])
def test_names_labels_and_weights(value, word):
    of_labels = only(trained(network(), X, spoilt(Y, 50, value=value)))
    weights = spoilt(np.ones(64, "float32"), 14, value=value)
    of_weights = only(trained(network(), X, Y, sample_weight=weights))

    assert f"batch 12 (counted from 0): y is {word} in row 2." in of_labels.message
    assert f"batch 3 (counted from 0): sample_weight is {word} in row 2." in of_weights.message
    assert (of_labels.evidence["cause"], of_weights.evidence["cause"]) == ("y", "sample_weight")


def test_names_the_pixel_and_channel_of_an_image():
    images = RNG.normal(size=(16, 5, 6, 3)).astype("float32")

    issue = only(trained(network(shape=(5, 6, 3)), spoilt(images, (9, 4, 2, 1)), Y[:16]))

    assert "batch 2 (counted from 0): position (4, 2, 1) of x is NaN in row 1." in issue.message
    assert issue.evidence["columns"] == [[4, 2, 1]]


def two_inputs(arrange):
    amount, code = keras.Input((1,), name="amount"), keras.Input((1,), name="code", dtype="int32")
    joined = layers.Concatenate()([amount, layers.Flatten()(layers.Embedding(5, 2)(code))])
    model = keras.Model(arrange(amount, code), layers.Dense(1)(joined))
    model.compile(loss="mse")
    return model


@pytest.mark.parametrize(
    ("arrange", "name"),
    [(lambda amount, code: {"amount": amount, "code": code}, "x['amount']"), (lambda *both: list(both), "x[0]")],
    ids=["dict", "list"],
)
def test_names_the_input_among_several(arrange, name):
    data = arrange(spoilt(X[:, :1], 30), np.arange(64)[:, None] % 5)

    issue = only(trained(two_inputs(arrange), data, Y))

    assert f"batch 7 (counted from 0): {name} is NaN in row 2." in issue.message


@pytest.mark.parametrize("how", COMPILED.values(), ids=COMPILED)
def test_names_nan_that_relu_hides_from_the_loss(how):
    model = network(activation="relu", **how)

    issue = only(trained(model, spoilt(X, (21, 1)), Y))

    assert "epoch 0, batch 5 (counted from 0): column 1 of x is NaN in row 1." in issue.message


def test_weights_that_diverged_unseen_are_told_after_the_epoch():
    class Breaking(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(1)
            self.unused = self.add_weight(shape=(1,), initializer="zeros", name="unused")

        def call(self, x):
            return self.dense(x) + 0 * self.unused

        def train_step(self, data):
            logs = super().train_step(data)
            self.unused.assign([np.inf])
            return logs

    model = Breaking()
    model.compile(loss="mse")

    issue = only(trained(model, X, Y, batch_size=64))

    assert "no longer finite after epoch 0" in issue.message and model.stop_training


def test_sparse_batches_are_looked_into():
    dense = spoilt(X, (6, 2))
    dataset = tf.data.Dataset.from_tensor_slices((tf.sparse.from_dense(dense), Y)).batch(4)
    model = keras.Sequential([keras.Input((3,), sparse=True), layers.Dense(1)])
    model.compile(loss="mse")

    assert "column 2 of x is NaN in row 2" in only(trained(model, dataset, batch_size=None)).message


def test_a_batch_whose_nan_the_loss_did_not_show_is_blamed_for_the_next():
    class Hiding(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(1)
            self.mean = self.add_weight(shape=(), initializer="zeros", trainable=False, name="mean")

        def call(self, x):
            return self.dense(x - self.mean)

        def train_step(self, data):
            x, y = data
            logs = super().train_step((tf.where(tf.math.is_finite(x), x, 0.0), y))
            self.mean.assign(tf.reduce_mean(x))
            return logs

    model = Hiding()
    model.compile(loss="mse")

    issue = only(trained(model, spoilt(X, (21, 1)), Y))

    assert "batch 6 (counted from 0): column 1 of x is NaN in row 1 of the batch before." in issue.message


def test_nan_that_does_no_harm_stops_nothing():
    class Masking(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(1)

        def call(self, x):
            return self.dense(tf.where(tf.math.is_finite(x), x, 0.0))

    model = Masking()
    model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")

    assert checks(trained(model, spoilt(X, (21, 1), (40, 0)), Y, epochs=3)) == []


def test_a_huge_learning_rate_is_told_from_bad_data():
    issue = only(trained(network(rate=1e3), X, Y))

    assert issue.evidence["cause"] == "diverged" and "its data are finite (x from -" in issue.message
    assert "learning rate" in issue.hint and len(issue.evidence["losses"]) >= 1


def test_a_loss_that_no_first_batch_can_have_is_not_put_down_to_the_learning_rate():
    model = network()
    model.compile(loss=lambda y, p: tf.math.log(-1.0 - tf.square(y - p)))

    issue = only(trained(model, X, Y))

    assert issue.evidence["cause"] == "first_batch" and "labels that the loss cannot take" in issue.hint


def test_a_train_step_of_ones_own_is_watched():
    model = DoublingStep()
    model.compile(loss="mse")

    assert "column 2 of x is NaN in row 3" in only(trained(model, spoilt(X, (7, 2)), Y)).message


def test_the_model_is_given_back_as_it_was():
    model = network()
    trained(model, X, Y)
    assert "train_step" not in vars(model)

    plain, watched = network(), network()
    plain.fit(X, Y, batch_size=4, epochs=2, shuffle=False, verbose=0)
    trained(watched, X, Y)
    for one, other in zip(plain.get_weights(), watched.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_after_a_training_that_raised_the_model_has_its_own_step_again():
    class Stopping(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            raise KeyboardInterrupt

    model = network()
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, verbose=0, callbacks=[DataQualityCallback(), Stopping()])
    gc.collect()
    assert "train_step" not in vars(model)


@pytest.mark.parametrize("x", [X, X[:, :2]])
def test_a_step_that_raises_takes_the_watch_off(x):
    model, callback = network(), DataQualityCallback()
    model.compile(loss="sparse_categorical_crossentropy")
    with pytest.raises((tf.errors.InvalidArgumentError, ValueError)):
        model.fit(x, np.full(len(x), 7), verbose=0, callbacks=[callback])
    assert "train_step" not in vars(model)


@pytest.mark.filterwarnings("ignore:Your input ran out of data")  # Keras counts no steps of it
def test_the_end_of_a_dataset_of_unknown_length_leaves_the_watch_on():
    model, watched = network(), []
    data = tf.data.Dataset.from_tensor_slices((X, Y)).batch(4).filter(lambda x, y: True)
    looking = keras.callbacks.LambdaCallback(on_epoch_begin=lambda *_: watched.append("train_step" in vars(model)))
    model.fit(data, epochs=2, shuffle=False, verbose=0, callbacks=[DataQualityCallback(), looking])
    assert watched == [True, True]


def test_after_a_training_that_raised_the_next_wraps_once():
    def failing(epoch, logs):
        raise RuntimeError

    model, callback = network(), DataQualityCallback()
    with pytest.raises(RuntimeError):
        model.fit(X, Y, verbose=0, callbacks=[callback, keras.callbacks.LambdaCallback(on_epoch_end=failing)])
    model.fit({"a": X}["a"], Y, verbose=0)  # goes on as before

    issue = only(trained(model, spoilt(X, (21, 1)), Y))

    assert "column 1 of x is NaN in row 1" in issue.message
    assert "train_step" not in vars(model)


def test_a_second_fit_starts_afresh():
    callback = trained(network(), spoilt(X, (21, 1)), Y)

    trained(network(), X, Y, callback=callback)
    assert checks(callback) == []

    trained(network(), X, spoilt(Y, 3), callback=callback)
    assert only(callback).evidence["cause"] == "y"


def test_copies_know_no_model():
    callback = trained(network(), spoilt(X, (21, 1)), Y)

    for copied in (copy.deepcopy(callback), pickle.loads(pickle.dumps(callback))):
        assert copied.model is None and only(copied) == only(callback)
        assert checks(trained(network(), X, Y, callback=copied)) == []


def test_works_inside_keras_classifier(caplog):
    def build(*, input_shape, n_classes):
        model = keras.Sequential([keras.Input(input_shape), layers.Dense(n_classes, activation="softmax")])
        model.compile(optimizer=keras.optimizers.SGD(1e38), loss="sparse_categorical_crossentropy")
        return model

    classifier = KerasClassifier(build, epochs=3, batch_size=8, callbacks=[DataQualityCallback()], seed=0)
    classifier.fit(X * 1e5, Y > 0)

    assert [record.args[0] for record in caplog.records if record.name == "datafix"] == ["nan_loss"]
    assert not hasattr(classifier.callbacks[0], "report_")


def classifying(width=16, **compiled):
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [keras.Input((3,)), layers.Dense(width, activation="relu"), layers.Dense(1, activation="sigmoid")]
    )
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="binary_crossentropy", **compiled)
    return model


NOISE = RNG.normal(0, 0.3, 64).astype("float32")
HEALTHY = {
    "regression": lambda: (network(), X, Y),
    "noisy regression": lambda: (network(0.01), X, Y + NOISE),
    "adam": lambda: (network(optimizer=keras.optimizers.Adam(0.01)), X, Y),
    "classes": lambda: (classifying(), X, Y > 0),
    "classes with noise": lambda: (classifying(), X, Y + 2 * NOISE > 0),
    "metrics": lambda: (classifying(metrics=["accuracy"]), X, Y > 0),
    "four steps": lambda: (network(steps_per_execution=4), X, Y),
}


@pytest.mark.parametrize("case", HEALTHY.values(), ids=HEALTHY)
def test_healthy_trainings_are_left_in_peace(case, caplog):
    callback = trained(*case(), epochs=15, shuffle=True, validation_split=0.25)

    assert checks(callback) == []
    assert {"nan_loss", "divergence", "plateau", "underfitting", "overfitting"} == set(callback.report_.passed)
    assert not [record for record in caplog.records if record.name == "datafix"]


def test_a_loss_that_stands_still_is_told_once():
    callback = trained(network(rate=0.0), X, Y, epochs=12)

    assert checks(callback) == ["plateau", "underfitting"]
    assert "ReduceLROnPlateau" in callback.report_.issues[0].hint


def test_a_network_too_small_for_its_task_underfits():
    X = RNG.choice([-1.0, 1.0], size=(256, 2)).astype("float32")
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((2,)), layers.Dense(1, activation="sigmoid")])
    model.compile(optimizer=keras.optimizers.Adam(0.05), loss="binary_crossentropy")

    assert "underfitting" in checks(trained(model, X, X[:, 0] * X[:, 1] > 0, batch_size=32, epochs=15))


def test_a_network_that_learns_by_heart_overfits():
    X = RNG.normal(size=(60, 20)).astype("float32")
    y = RNG.integers(0, 2, 60)
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((20,)), layers.Dense(64, "relu"), layers.Dense(1, "sigmoid")])
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="binary_crossentropy")

    issue = only(trained(model, X, y, batch_size=8, epochs=15, validation_split=0.4))

    assert issue.check == "overfitting" and "restore_best_weights=True" in issue.hint
    assert issue.evidence["val_loss"] > issue.evidence["best_val_loss"]


def test_a_loss_that_rises_without_ever_being_nan_is_told():
    model = network(optimizer=keras.optimizers.SGD(0.05))
    raising = keras.callbacks.LearningRateScheduler(lambda epoch: 0.01 if epoch < 4 else -0.02)

    callback = DataQualityCallback()
    model.fit(X, Y, epochs=10, verbose=0, callbacks=[raising, callback])

    assert checks(callback)[0] == "divergence" and callback.report_.worst == "error"


def test_nan_in_the_validation_rows_is_told_without_stopping():
    model = network()

    callback = trained(model, X, Y, validation_data=(X, spoilt(Y, 3)), epochs=3)

    assert checks(callback) == ["nan_val_loss"] and len(model.history.epoch) == 3


def test_nan_in_the_validation_inputs_is_told_though_relu_hides_it():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), layers.Dense(8, "relu"), layers.Dense(1)])
    model.compile(loss="mse")
    held = X.copy()
    held[5, 1] = np.nan

    callback = trained(
        model, X, Y, validation_data=(held, Y), epochs=3, callback=DataQualityCallback(feature_names=list("abc"))
    )

    assert checks(callback) == ["nan_val_loss"] and len(model.history.epoch) == 3
    assert callback.report_.issues[0].column == "b" and callback.report_.issues[0].evidence["n_nan"] == 1
    assert "test_step" not in vars(model)


def test_names_for_other_columns_are_refused():
    with pytest.raises(ParameterError, match="each of the model's 3 columns, got 2"):
        trained(network(), X, Y, callback=DataQualityCallback(feature_names=["age", "income"]))


def test_what_could_not_be_asked_is_named():
    skipped = trained(network(), X, Y).report_.skipped

    assert set(skipped) == {"overfitting", "plateau", "underfitting"}
    json.loads(trained(network(rate=1e3), X, Y).report_.to_json())


def test_a_training_that_goes_on_is_not_measured_by_its_first_batch():
    model = network()
    trained(model, X, Y, epochs=5)

    callback = trained(model, X, Y, epochs=12, callback=DataQualityCallback(min_improvement=0.0))

    assert "underfitting" not in checks(callback) and "went on" in callback.report_.skipped["underfitting"]


@pytest.mark.parametrize("wrong", [{"patience": 1}, {"patience": 2.5}, {"min_improvement": 1.0}])
def test_refuses_what_makes_no_sense(wrong):
    with pytest.raises(ParameterError, match="DataQualityCallback needs"):
        trained(network(), X, Y, callback=DataQualityCallback(**wrong))


OTHER_BACKEND = """
import keras, numpy as np, datafix
X = np.zeros((16, 3), "float32")
X[9, 1] = np.nan
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
model.compile(loss="mse")
callback = datafix.DataQualityCallback()
model.fit(X, np.zeros(16), batch_size=4, shuffle=False, verbose=0, callbacks=[callback])
print(callback.report_.to_json())
"""


def test_under_another_backend_the_batch_is_named_without_its_contents():
    pytest.importorskip("jax")
    environment = {**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
    done = subprocess.run(
        [sys.executable, "-c", OTHER_BACKEND], check=True, capture_output=True, text=True, env=environment
    )
    report = json.loads(done.stdout)

    assert "epoch 0, batch 2" in report["issues"][0]["message"] and "jax" in report["issues"][0]["message"]
    assert "jax" in report["skipped"]["batch_contents"]


def test_is_public():
    assert datafix.DataQualityCallback is DataQualityCallback
