import copy
import pickle
import random
from typing import ClassVar

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import make_blobs
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.utils.estimator_checks import parametrize_with_checks

from datafix.augment import GaussianJitter
from datafix.errors import ParameterError, TableError
from datafix.wrappers import KerasClassifier, KerasRegressor

# Keras (3.15) reads a variable in a way that NumPy 2 deprecates, when it saves a model.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn.t accept a copy:DeprecationWarning")


def classifying(*, input_shape, n_classes, units=8, rate=0.05, sigmoid=False, dropout=0.0, eager=True):
    head = (1, "sigmoid") if sigmoid else (n_classes, "softmax")
    model = keras.Sequential(
        [
            keras.Input(input_shape),
            keras.layers.Flatten(),
            keras.layers.Dense(units, activation="relu"),
            keras.layers.Dropout(dropout),
            keras.layers.Dense(head[0], activation=head[1]),
        ]
    )
    loss = "binary_crossentropy" if sigmoid else "sparse_categorical_crossentropy"
    model.compile(optimizer=keras.optimizers.Adam(rate), loss=loss, run_eagerly=eager)
    return model


def regressing(*, input_shape, n_outputs=1, rate=0.1):
    model = keras.Sequential([keras.Input(input_shape), keras.layers.Dense(n_outputs)])
    model.compile(optimizer=keras.optimizers.Adam(rate), loss="mse", run_eagerly=True)
    return model


X, CODES = make_blobs(90, centers=3, random_state=0)
NAMES = np.array(["ant", "bee", "cow"])[CODES]


def classifier(**params):
    return KerasClassifier(classifying, **{"epochs": 30, "seed": 0, **params})


WEIGHTS = (
    "Training by batches with Adam is not linear in the weights: a row of weight 2 takes one place in "
    "the batch and two rows take two, so the steps differ."
)


@pytest.mark.long
@parametrize_with_checks(
    [
        KerasClassifier(classifying, epochs=8, batch_size=32, shuffle=False, build_params={"rate": 0.1}, seed=0),
        KerasRegressor(regressing, epochs=10, batch_size=32, shuffle=False, build_params={"rate": 0.3}, seed=0),
    ],
    expected_failed_checks=lambda estimator: {
        "check_sample_weight_equivalence_on_dense_data": WEIGHTS,
        "check_sample_weight_equivalence_on_sparse_data": WEIGHTS,
    },
)
def test_it_is_a_scikit_learn_estimator(estimator, check):
    check(estimator)


@pytest.mark.parametrize(
    "labels",
    [CODES, NAMES, NAMES.astype(object), CODES * 10 - 7, CODES.astype(float), pd.Series(CODES).astype("Int64")],
    ids=["codes", "names", "objects", "gaps", "floats", "nullable"],
)
def test_labels_of_any_type_come_back(labels):
    fitted = classifier().fit(X, labels)

    assert fitted.score(X, labels) > 0.8
    assert set(fitted.predict(X)) <= set(labels)
    np.testing.assert_array_equal(fitted.classes_, np.unique(np.asarray(labels)))
    assert fitted.classes_.dtype.kind == np.asarray(labels.tolist()).dtype.kind or labels.dtype == object


def test_a_single_sigmoid_gives_both_probabilities():
    two = CODES < 2
    fitted = classifier(build_params={"sigmoid": True}).fit(X[two], NAMES[two])

    probabilities = fitted.predict_proba(X[two])

    assert probabilities.shape == (two.sum(), 2)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert fitted.score(X[two], NAMES[two]) > 0.9


def test_every_fit_trains_all_epochs_from_the_start():
    fitted = classifier(epochs=3).fit(X, CODES)
    first = fitted.history_["loss"]

    fitted.fit(X, CODES)

    assert len(first) == fitted.n_iter_ == 3
    assert fitted.history_["loss"] == first


class CountEpochs(keras.callbacks.Callback):
    ended: ClassVar[list[int]] = []

    def on_epoch_end(self, epoch, logs=None):
        self.ended.append(epoch)


def test_all_epochs_are_trained_in_every_fold():
    CountEpochs.ended.clear()

    cross_val_predict(classifier(epochs=4, callbacks=[CountEpochs()]), X, CODES, cv=3)

    assert CountEpochs.ended == [0, 1, 2, 3] * 3


def test_a_seed_gives_the_same_network_and_leaves_the_global_generators_alone():
    params = {"build_params": {"dropout": 0.5}, "epochs": 3, "augment": GaussianJitter(0.1), "batch_size": 16}
    np.random.seed(1)
    random.seed(1)
    first = classifier(**params).fit(X, CODES).predict_proba(X)
    drawn = np.random.random(), random.random()

    np.random.seed(1)
    random.seed(1)
    expected = np.random.random(), random.random()
    second = classifier(**params).fit(X, CODES).predict_proba(X)
    other = classifier(**params, seed=1).fit(X, CODES).predict_proba(X)

    np.testing.assert_array_equal(first, second)
    assert np.abs(first - other).max() > 1e-3
    assert drawn == expected


def test_a_clone_keeps_everything_and_a_pickle_predicts_the_same():
    fitted = classifier(build_params={"units": 3}, callbacks=[keras.callbacks.TerminateOnNaN()]).fit(X, NAMES)

    again, copied = pickle.loads(pickle.dumps(fitted)), copy.deepcopy(fitted)

    np.testing.assert_array_equal(again.predict_proba(X), fitted.predict_proba(X))
    np.testing.assert_array_equal(copied.predict(X), fitted.predict(X))
    fresh = clone(fitted)
    assert not hasattr(fresh, "model_")
    assert fresh.build_fn is classifying
    assert fresh.get_params()["build_params"] == {"units": 3}


@pytest.mark.long
def test_a_grid_search_finds_the_parameters_of_the_network():
    grid = {"build_params": [{"rate": 1e-9}, {"rate": 0.05}], "epochs": [20]}

    search = GridSearchCV(classifier(), grid, cv=2, error_score="raise").fit(X, NAMES)

    assert search.best_params_["build_params"] == {"rate": 0.05}
    assert search.best_score_ > 0.8


def test_sample_weights_decide_between_contradictory_labels():
    rows = np.zeros((40, 2))
    labels = np.array(["a", "b"] * 20)

    fitted = classifier().fit(rows, labels, sample_weight=np.where(labels == "b", 5.0, 0.1))

    assert set(fitted.predict(rows)) == {"b"}


def test_images_are_taken_as_they_are():
    images = np.random.default_rng(0).integers(0, 255, (20, 4, 4, 1)).astype(np.float32) / 255
    labels = images.mean(axis=(1, 2, 3)) > 0.5

    fitted = classifier(epochs=2).fit(images, labels)

    assert fitted.model_.input_shape == (None, 4, 4, 1)
    assert fitted.predict(images).dtype == bool


def test_a_regressor_learns_a_line_and_several_targets():
    y = 3 * X[:, 0] - X[:, 1] + 1

    one = KerasRegressor(regressing, epochs=40, batch_size=16, build_params={"rate": 0.3}, seed=0).fit(X, y)
    two = KerasRegressor(regressing, epochs=5, seed=0).fit(X, np.column_stack([y, -y]))

    assert one.score(X, y) > 0.99
    assert one.predict(X).shape == (90,)
    assert two.predict(X).shape == (90, 2)


def logits(*, input_shape, n_classes):
    model = keras.Sequential([keras.Input(input_shape), keras.layers.Dense(n_classes)])
    model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def wide(*, input_shape, n_classes):
    return classifying(input_shape=input_shape, n_classes=7)


def uncompiled(*, input_shape, n_classes):
    return keras.Sequential([keras.Input(input_shape), keras.layers.Dense(n_classes)])


def test_networks_that_break_the_contract_are_refused_in_plain_words():
    with pytest.raises(ParameterError, match="End build_fn's model in a softmax"):
        KerasClassifier(logits).fit(X, CODES).predict(X)
    with pytest.raises(ParameterError, match="needs a model with 3 outputs, one a class, got 7"):
        KerasClassifier(wide).fit(X, CODES).predict(X)
    with pytest.raises(ParameterError, match="one that is not compiled"):
        KerasClassifier(uncompiled).fit(X, CODES)
    with pytest.raises(ParameterError, match="epochs of 1 or more"):
        classifier(epochs=0).fit(X, CODES)
    with pytest.raises(ParameterError, match="one class only"):
        classifier().fit(X, np.zeros(90))


def test_a_network_that_diverged_is_said_to_have():
    fitted = classifier(epochs=1).fit(X, CODES)
    fitted.model_.layers[-1].bias.assign(np.full(3, np.nan))

    with pytest.raises(TableError, match="NaN or infinity from the model"):
        fitted.predict(X)


class Doubling(keras.layers.Layer):
    """Of no registered name."""

    def call(self, inputs):
        return 2 * inputs


def strange_loss(true, predicted):
    return keras.losses.sparse_categorical_crossentropy(true, predicted)


def with_layers_of_ones_own(*, input_shape, n_classes):
    layers = [keras.Input(input_shape), Doubling(), keras.layers.Dense(n_classes, activation="softmax")]
    model = keras.Sequential(layers)
    model.compile("adam", strange_loss, run_eagerly=True)
    return model


def test_layers_and_losses_of_ones_own_are_pickled():
    fitted = KerasClassifier(with_layers_of_ones_own, epochs=2, seed=0).fit(X, NAMES)
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.predict_proba(X), fitted.predict_proba(X))


def test_a_pickle_is_of_what_was_fitted_and_draws_from_no_global_generator():
    fitted = classifier(epochs=2, build_params={"units": 4}).fit(X, NAMES)
    fitted.set_params(build_params__units=16)  # for the next fit
    expected, stored = fitted.predict_proba(X), pickle.dumps(fitted)
    before = random.getstate(), np.random.get_state()[1].copy()
    again = pickle.loads(stored)
    np.testing.assert_array_equal(again.predict_proba(X), expected)
    assert random.getstate() == before[0]
    np.testing.assert_array_equal(np.random.get_state()[1], before[1])
