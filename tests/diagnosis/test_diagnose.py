import dataclasses
import json
import re

import keras
import numpy as np
import pandas as pd
import pytest
from keras import layers
from sklearn.datasets import make_classification
from sklearn.preprocessing import StandardScaler

import datafix
from datafix import ParameterError, Split
from datafix.diagnosis.after import training_length
from tests.diagnosis.networks import AMOUNT, DIGIT, DIGITS, LABELS, SIGNAL, TABLE, convolving, dense

Adam, SGD = keras.optimizers.Adam, keras.optimizers.SGD

pytestmark = pytest.mark.long


def prepared_of(X, y):
    split = datafix.split(
        X,
        y,
        stratify=y if y.dtype.kind == "i" and np.bincount(y).min() > 9 else None,
        validation_size=0.2,
        test_size=0.25,
        random_state=0,
    )
    return datafix.prepare(None, X, y, split=split)


def altered(prepared, part, field, change):
    """Return the same with the features or the target of one part changed."""
    old = getattr(prepared, part)
    return dataclasses.replace(prepared, **{part: dataclasses.replace(old, **{field: change(getattr(old, field))})})


def trained(model, prepared, epochs=8, **how):
    validation = prepared.validation and (prepared.validation.features, prepared.validation.target)
    history = model.fit(
        prepared.train.features, prepared.train.target, epochs=epochs, verbose=0, validation_data=validation, **how
    )
    return model, history


@pytest.fixture(scope="module")
def digits():
    prepared = prepared_of(DIGITS, DIGIT)
    return *trained(convolving(optimizer=Adam(3e-3)), prepared), prepared


@pytest.fixture(scope="module")
def cancer():
    prepared = prepared_of(TABLE, LABELS)
    return *trained(dense(), prepared, 15), prepared


@pytest.fixture(scope="module")
def quantity():
    prepared = prepared_of(SIGNAL, AMOUNT)
    return *trained(dense(None, 1, "mse", n_features=10), prepared, 40), prepared


def alarms(report):
    return [issue.check for issue in report.at_least("warning").issues]


@pytest.mark.parametrize("name", ["digits", "cancer", "quantity"])
def test_healthy_networks_raise_no_alarm(name, request):
    model, history, prepared = request.getfixturevalue(name)
    assert alarms(datafix.diagnose(model, prepared, history=history)) == []


COLUMNS = np.random.default_rng(1).permutation(30)
ALTERED = {
    "another scale": ("digits", "features", lambda x: x * 255, "serving_skew", "times larger|multiplied"),
    "inverted": ("digits", "features", lambda x: 1 - x, "serving_skew", "inverted"),
    "transposed": ("digits", "features", lambda x: x.swapaxes(1, 2), "serving_skew", "height and width"),
    "columns in another order": (
        "cancer",
        "features",
        lambda x: x[:, COLUMNS],
        "serving_skew",
        "another order|order of training",
    ),
    "not standardised": ("cancer", "features", lambda x: x * 5 + 3, "serving_skew", "means and standard deviations"),
    "out of step": ("digits", "target", lambda y: np.roll(y, 2), "label_order", "moved by 2 row"),
    "encoded anew": ("digits", "target", lambda y: (y + 1) % 10, "label_order", "classes exchanged .*0 → 1"),
    "another unit": ("quantity", "target", lambda y: y * 50 + 100, "label_order", "times (4|5)"),
}


@pytest.mark.parametrize("name", ALTERED)
def test_what_was_done_to_held_out_rows_is_told(name, request):
    fixture, field, change, check, told = ALTERED[name]
    model, history, prepared = request.getfixturevalue(fixture)
    report = datafix.diagnose(model, altered(prepared, "test", field, change), history=history)
    assert report.issues[0].check == check
    assert re.search(told, report.issues[0].message), report.issues[0].message


def with_noise(y, share, seed=0):
    rng = np.random.default_rng(seed)
    wrong = rng.random(len(y)) < share
    return np.where(wrong, (y + rng.integers(1, 10, len(y))) % 10, y)


def test_wrong_labels_of_the_test_part_are_not_the_models_error(digits):
    model, history, prepared = digits
    spoilt = altered(prepared, "test", "target", lambda y: with_noise(y, 0.15))
    report = datafix.diagnose(model, spoilt, history=history)
    (found,) = [issue for issue in report.issues if issue.check == "mislabeled_test"]
    wrong = np.flatnonzero(spoilt.test.target != prepared.test.target)
    assert np.isin(found.rows, prepared.test.index[wrong]).mean() > 0.9
    assert len(found.rows) > 0.8 * len(wrong)
    assert found.evidence["explains"] > 0.6


def test_wrong_training_labels_are_told_with_their_rows(digits):
    _, _, prepared = digits
    spoilt = altered(prepared, "train", "target", lambda y: with_noise(y, 0.4))
    model, history = trained(convolving(optimizer=Adam(3e-3)), spoilt)
    report = datafix.diagnose(model, spoilt, history=history)
    assert report.issues[0].check == "mislabeled_train"
    wrong = spoilt.train.index[spoilt.train.target != prepared.train.target]
    assert np.isin(report.issues[0].rows, wrong).mean() > 0.9


def rare():
    X, y = make_classification(3000, 10, n_informative=6, weights=[0.93], class_sep=0.7, flip_y=0, random_state=3)
    return dense(hidden=(4,), n_features=10, optimizer=SGD(0.01)), prepared_of(X.astype("float32"), y), 5


def by_heart():
    X, y = make_classification(400, 20, n_informative=4, flip_y=0.15, random_state=1)
    return dense(hidden=(256, 256), n_features=20), prepared_of(X.astype("float32"), y), 80


def leaking():
    X, y = make_classification(600, 15, n_informative=4, flip_y=0.3, random_state=2)
    X, y = np.concatenate([X, X[:100]]).astype("float32"), np.concatenate([y, y[:100]])
    split = Split(train=np.arange(450), validation=np.arange(450, 500), test=np.arange(500, 700))
    return dense(n_features=15), datafix.prepare(None, X, y, split=split), 20


def drifting():
    X = np.random.default_rng(0).normal(size=(1500, 6)).astype("float32")
    X[1000:, 0] += 3
    y = (np.sin(2 * X[:, 0]) + 0.1 * X[:, 1] > 0).astype(int)
    split = Split(train=np.arange(800), validation=np.arange(800, 1000), test=np.arange(1000, 1500))
    return dense(hidden=(64, 64), n_features=6), datafix.prepare(None, X, y, split=split), 30


def of_digits(optimizer, epochs, **how):
    model = dense("softmax", 10, "sparse_categorical_crossentropy", n_features=64, optimizer=optimizer, **how)
    return model, prepared_of(DIGITS.reshape(-1, 64), DIGIT), epochs


def dropping():
    keras.utils.set_random_seed(0)
    inner = [layers.Dense(16, "relu"), layers.Dropout(0.9), layers.Dense(16, "relu"), layers.Dropout(0.9)]
    model = keras.Sequential([keras.Input((64,)), *inner, layers.Dense(10, "softmax")])
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return model, prepared_of(DIGITS.reshape(-1, 64), DIGIT), 12


def noisy_digits():
    prepared = altered(prepared_of(DIGITS, DIGIT), "train", "target", lambda y: with_noise(y, 0.4))
    return convolving(optimizer=Adam(3e-3)), prepared, 20


def unscaled():
    X = (TABLE * np.logspace(-2, 4, 30) + np.logspace(-1, 5, 30)).astype("float32")
    return dense(), prepared_of(X, LABELS), 10


def of_prices():
    return dense(None, 1, "mse", n_features=10), prepared_of(SIGNAL, (AMOUNT * 1e4 + 1e5).astype("float32")), 15


CAUSES = {
    "a rare class": (rare, "rare_classes", "is found on 0%"),
    "learned by heart": (by_heart, "overfitting", "by heart"),
    "copies": (leaking, "leakage", "have the features of a training row"),
    "from elsewhere": (drifting, "drift", "come from elsewhere .*most by feature 0"),
    "too few epochs": (lambda: of_digits(Adam(1e-3), 2), "training_length", "stopped too early"),
    "one unit": (lambda: of_digits(Adam(1e-2), 15, hidden=(1,)), "underfitting", "has 1 unit"),
    "too much dropout": (dropping, "underfitting", "Dropout of 0.9"),
    "a rate too low": (lambda: of_digits(Adam(1e-7), 3), "learning_rate", "too low"),
    "a rate too high": (lambda: of_digits(Adam(10.0), 3), "learning_rate", "too high"),
    "straight layers": (lambda: of_digits(Adam(1e-3), 5, activation=None), "activations", "No hidden layer"),
}


@pytest.mark.parametrize("name", CAUSES)
def test_causes_are_among_the_first_two(name):
    make, check, told = CAUSES[name]
    model, prepared, epochs = make()
    model, history = trained(model, prepared, epochs)
    report = datafix.diagnose(model, prepared, history=history)
    found = [issue for issue in report.issues if issue.check == check]
    assert check in list(dict.fromkeys(issue.check for issue in report.issues))[:2], report.to_frame().to_string()
    assert re.search(told, found[0].message), found[0].message


def test_of_a_costly_network_fewer_steps_are_tried(monkeypatch):
    monkeypatch.setattr(training_length, "LIGHT", 100_000)
    model, prepared, epochs = of_digits(Adam(3e-5), 4, hidden=(300, 300))
    model, history = trained(model, prepared, epochs)
    (found,) = [i for i in datafix.diagnose(model, prepared, history=history).issues if i.check == "training_length"]
    assert "stopped too early: 100 more steps" in found.message


def test_groups_are_told_in_words():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"age": rng.integers(18, 90, 4000), "job": rng.choice(["retired", "clerk", "smith"], 4000)})
    frame["income"] = rng.normal(size=4000)
    y = (frame["income"].to_numpy() > 0).astype(int)
    odd = (frame["age"] > 60) & (frame["job"] == "retired")
    y[odd] = rng.integers(0, 2, odd.sum())
    split = datafix.split(frame, y, validation_size=0, test_size=0.5, random_state=0)
    prepared = datafix.prepare(datafix.TablePreprocessor(), frame, y, split=split)
    model = dense(n_features=prepared.train.features.shape[1])
    model.fit(prepared.train.features, prepared.train.target, epochs=5, verbose=0)
    (found, *_) = [issue for issue in datafix.diagnose(model, prepared).issues if issue.check == "weak_slices"]
    assert "job = retired" in found.message
    assert "age > " in found.message
    assert odd[found.rows].sum() > 0.9 * odd[prepared.test.index].sum()
    assert found.evidence["share_in_training"] == pytest.approx(found.evidence["share"], abs=0.03)


def test_a_group_that_few_training_rows_stand_for_is_said_to_be_rare():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(3000, 2)), columns=["a", "b"]).assign(kind="usual")
    frame.loc[rng.random(3000) < 0.3, "kind"] = "odd"
    odd = (frame["kind"] == "odd").to_numpy()
    y = np.where(odd, frame["a"] < 0, frame["a"] > 0).astype(int)
    train = np.r_[np.flatnonzero(~odd)[:1200], np.flatnonzero(odd)[:40]]
    split = Split(train=train, test=np.setdiff1d(np.arange(3000), train))
    prepared = datafix.prepare(datafix.TablePreprocessor(), frame, y, split=split)
    model = dense(n_features=prepared.train.features.shape[1])
    model.fit(prepared.train.features, prepared.train.target, epochs=8, verbose=0)
    found = [issue for issue in datafix.diagnose(model, prepared).issues if issue.check == "weak_slices"]
    assert any("kind_odd > 0" in issue.message and "too few stand for it" in issue.message for issue in found)


def test_imputed_inputs_are_told_with_their_cost():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=3000), "b": rng.normal(size=3000)})
    y = (frame["a"] > 0).astype(int).to_numpy()
    frame.loc[rng.random(3000) < 0.2, "a"] = np.nan
    split = datafix.split(frame, y, validation_size=0, test_size=0.5, random_state=0)
    prepared = datafix.prepare(datafix.TablePreprocessor(), frame, y, split=split)
    model = dense(n_features=prepared.train.features.shape[1])
    model.fit(prepared.train.features, prepared.train.target, epochs=5, verbose=0)
    (found,) = [issue for issue in datafix.diagnose(model, prepared).issues if issue.check == "imputed_inputs"]
    assert found.column == "a"
    assert found.evidence["error_there"] > found.evidence["error_elsewhere"] + 0.3


def test_the_page_shows_curves_and_confusion(digits):
    model, history, prepared = digits
    report = datafix.diagnose(model, altered(prepared, "test", "target", lambda y: np.roll(y, 1)), history=history)
    page = report.to_html()
    assert "Loss by epoch" in page
    assert page.count("<polyline") == 2
    assert "prediction across" in page
    assert "explains" in json.loads(report.to_json())["issues"][0]["evidence"]


def test_the_model_is_left_alone(cancer):
    model, history, prepared = cancer
    held = [variable.numpy().copy() for variable in [*model.variables, *model.optimizer.variables]]
    state = np.random.get_state()[1].copy()
    datafix.diagnose(model, prepared, history=history)
    np.testing.assert_array_equal(np.random.get_state()[1], state)
    for before, variable in zip(held, [*model.variables, *model.optimizer.variables], strict=True):
        np.testing.assert_array_equal(before, variable.numpy())


def test_the_same_model_gets_the_same_diagnosis(cancer):
    model, history, prepared = cancer
    spoilt = altered(prepared, "test", "target", lambda y: 1 - y)
    first, second = (datafix.diagnose(model, spoilt, history=history).to_json() for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda model, prepared: (model, None), "needs the Prepared"),
        (lambda model, prepared: (model, dataclasses.replace(prepared, test=None, validation=None)), "held-out rows"),
        (lambda model, prepared: (keras.Sequential([layers.Dense(1)]), prepared), "built model"),
        (lambda model, prepared: ("model.keras", prepared), "needs a Keras model as its first argument, got str"),
    ],
)
def test_what_cannot_be_diagnosed_is_refused(cancer, change, told):
    model, _, prepared = cancer
    with pytest.raises(ParameterError, match=told):
        datafix.diagnose(*change(model, prepared))


@pytest.mark.parametrize("history", [[1, 2], {"loss": 1}])
def test_a_wrong_history_is_refused(cancer, history):
    with pytest.raises(ParameterError, match="history as model.fit returns it"):
        datafix.diagnose(cancer[0], cancer[2], history=history)


MENDED = {
    "another rate": (lambda: of_digits(Adam(1e-7), 8), "learning_rate"),
    "unlikely labels left out": (noisy_digits, "mislabeled_train"),
    "scaled inputs": (unscaled, "input_scale"),
    "scaled target": (of_prices, "label_values"),
    "class weights": (rare, "rare_classes"),
}


@pytest.mark.parametrize("name", MENDED)
def test_mends_are_tried_on_a_copy_and_told_of_validation_rows(name):
    make, check = MENDED[name]
    model, prepared, epochs = make()
    model, history = trained(model, prepared, epochs)
    held = [weight.copy() for weight in model.get_weights()]
    poisoned = altered(prepared, "test", "target", lambda y: y[::-1].copy())
    found, again = (
        next(
            issue
            for issue in datafix.diagnose(model, data, history=history, try_mends=True).issues
            if issue.check == check and "mend" in issue.evidence
        )
        for data in (prepared, poisoned)
    )
    assert found.evidence["mend"]["gain"] > 0.01, found.message
    assert "Tried on copies trained anew" in found.message
    # Which mends there are to be tried together follows from what was found, on test rows too.
    first, second = ({**issue.evidence["mend"], "together": None} for issue in (found, again))
    assert first == second, "test rows were looked at"
    for before, after in zip(held, model.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)


def test_a_learning_rate_that_falls_is_tried():
    prepared = prepared_of(SIGNAL, AMOUNT)
    model, history = trained(dense(None, 1, "mse", n_features=10, optimizer=Adam(0.1)), prepared, 15, batch_size=16)
    report = datafix.diagnose(model, prepared, history=history, try_mends=True)
    (found,) = [issue for issue in report.issues if issue.check == "training_length"]
    assert found.evidence["mend"]["what"] == "a learning rate that falls along a cosine"
    assert found.evidence["mend"]["gain"] > 0.01
    assert float(model.optimizer.learning_rate) == pytest.approx(0.1)


def test_mends_need_validation_rows():
    split = datafix.split(TABLE, LABELS, validation_size=0, random_state=0)
    prepared = datafix.prepare(None, TABLE, LABELS, split=split)
    with pytest.raises(ParameterError, match="validation_size > 0"):
        datafix.diagnose(dense(), prepared, try_mends=True)


def test_a_mend_is_not_credited_with_what_training_anew_brings():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2000, 8)).astype("float32") * 30
    y = (X[:, 0] + X[:, 1] > 0).astype(int)
    prepared = prepared_of(X, y)
    model, history = trained(dense(n_features=8), prepared, 3, batch_size=600)
    report = datafix.diagnose(model, prepared, history=history, try_mends=True)
    for mend in (issue.evidence["mend"] for issue in report.issues if "mend" in issue.evidence):
        again = dense(n_features=8)
        trained(again, prepared, 3, batch_size=600)
        held = prepared.validation
        right = (again.predict(held.features, verbose=0)[:, 0] > 0.5) == held.target
        unmended = np.mean([right[held.target == code].mean() for code in (0, 1)])
        assert mend["before"] == pytest.approx(unmended, abs=0.15)


def noisy_rule(n, share, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 20)).astype("float32")
    y = (X[:, 0] + X[:, 1] * X[:, 2] > 0).astype(int)
    return X, np.where(rng.random(n) < share, 1 - y, y)


def test_without_validation_rows_longer_training_is_not_advised_for_learning_by_heart():
    X, y = noisy_rule(1200, 0.3)
    split = Split(train=np.arange(600), test=np.arange(600, 1200))
    prepared = datafix.prepare(None, X, y, split=split)
    model, history = trained(dense(n_features=20, hidden=(256,)), prepared, 12)
    assert "training_length" not in alarms(datafix.diagnose(model, prepared, history=history))


def test_rows_of_weight_zero_count_for_nothing():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(3000, 5)).astype("float32")
    other = X[:, 4] > 0.3
    y = np.where(other, X[:, 1] > 0, X[:, 0] + 0.5 * X[:, 2] > 0).astype(int)
    split = datafix.split(X, y, validation_size=0.2, random_state=0)
    prepared = datafix.prepare(None, X, y, split=split, sample_weight=np.where(other, 0.0, 1.0))
    model, history = trained(dense(n_features=5), prepared, 15, sample_weight=prepared.train.sample_weight)
    report = datafix.diagnose(model, prepared, history=history)
    assert alarms(report) == []
    assert "accuracy 0.9" in report.title


def test_another_rule_on_test_rows_is_not_called_wrong_labels():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(3000, 6)).astype("float32")
    y = (X[:, 0] + X[:, 1] > 0).astype(int)
    y[2000:] = X[2000:, 0] - 0.5 * X[2000:, 1] + X[2000:, 2] ** 2 > 1
    split = Split(train=np.arange(1500), validation=np.arange(1500, 2000), test=np.arange(2000, 3000))
    prepared = datafix.prepare(None, X, y, split=split)
    model, history = trained(dense(n_features=6), prepared, 15)
    (found,) = [i for i in datafix.diagnose(model, prepared, history=history).issues if i.check == "label_order"]
    assert "another rule holds there" in found.message
    shuffled = altered(prepared, "test", "target", rng.permutation)
    (found,) = [i for i in datafix.diagnose(model, shuffled, history=history).issues if i.check == "label_order"]
    assert "do not belong to their rows" in found.message


def test_copies_in_the_validation_part_do_not_hide_overfitting():
    X, y = noisy_rule(1500, 0.25)
    X[500:800], y[500:800] = X[:300], y[:300]
    split = Split(train=np.arange(500), validation=np.arange(500, 800), test=np.arange(800, 1500))
    prepared = datafix.prepare(None, X, y, split=split)
    model, history = trained(dense(n_features=20, hidden=(256,)), prepared, 80)
    found = {issue.check: issue for issue in datafix.diagnose(model, prepared, history=history).issues}
    assert "300 validation row(s)" in found["leakage"].message
    assert "overfitting" in found
    assert "label_order" not in found


def test_rows_of_wrong_training_labels_are_said_to_be_training_rows():
    model, prepared, epochs = noisy_digits()
    trained(model, prepared, epochs)
    (found,) = [i for i in datafix.diagnose(model, prepared).issues if i.check == "mislabeled_train"]
    assert found.table == "train"
    assert np.isin(found.rows, prepared.train.index).all()


def test_a_model_of_two_outputs_is_asked_in_part():
    prepared = prepared_of(TABLE, LABELS)
    given = keras.Input((30,))
    model = keras.Model(given, [layers.Dense(1, "sigmoid")(given), layers.Dense(1)(given)])
    model.compile("adam", ["binary_crossentropy", "mse"])
    report = datafix.diagnose(model, prepared)
    assert report.skipped["underfitting"] == "the model has several outputs"
    with pytest.raises(ParameterError, match="several outputs"):
        datafix.explain_prediction(model, prepared, 0)


def learned_as_numbers(y, head, loss):
    X = np.random.default_rng(0).normal(size=(2000, 6)).astype("float32")
    prepared = prepared_of(X, y(X))
    return *trained(dense(head, 1, loss, n_features=6, optimizer=Adam(0.01)), prepared, 20), prepared


def grades(X):
    return np.digitize(X[:, 0] + X[:, 1] - X[:, 2], [-2, 0, 2])


def counts(X):
    return np.minimum(np.random.default_rng(1).poisson(np.exp(0.8 * X[:, 0] + 0.5 * X[:, 1])), 6)


NUMBERS = {
    "grades": (grades, None, "mse"),
    "grades by distance": (grades, None, "mae"),
    "counts": (counts, "exponential", "poisson"),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_learned_by_one_output_are_a_quantity(name):
    model, history, prepared = learned_as_numbers(*NUMBERS[name])
    assert prepared.classes_ is not None, "prepare took them for classes"
    report = datafix.diagnose(model, prepared, history=history)
    assert report.title.startswith("datafix diagnosis: R²")
    assert report.skipped["mislabeled_test"] in (
        "the network gives no probabilities of classes",
        "the target is a quantity",
    )
    assert "head_and_loss" not in alarms(report)
    assert "predicted" in datafix.explain_prediction(model, prepared, int(prepared.test.index[0])).title


def test_names_learned_as_numbers_are_held_against_the_nearest():
    model, history, prepared = learned_as_numbers(lambda X: np.array(["a", "b", "c", "d"])[grades(X)], None, "mse")
    report = datafix.diagnose(model, prepared, history=history)
    assert report.title.startswith("datafix diagnosis: accuracy")
    assert report.skipped["calibration"] == "the network gives no probabilities of classes"


def test_a_network_that_has_not_learned_yet_is_not_said_to_have_other_labels():
    model = dense()
    model.set_weights([-weight for weight in trained(dense(), prepared_of(TABLE, LABELS), 1)[0].get_weights()])
    report = datafix.diagnose(model, prepared_of(TABLE, LABELS))
    assert "label_order" not in alarms(report)


def in_units(change, *, quantity=False):
    """Return the diagnosis where the third column of six was changed in the raw test rows, which are then scaled."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(20, 5, size=(1500, 6)), columns=list("abcdef"))
    signal = ((frame - 20) / 5) @ [1, -1, 2, 0, 0.5, 0]
    y = (signal + rng.normal(0, 0.1, 1500)).to_numpy() if quantity else (signal > 0).to_numpy().astype(int)
    split = datafix.split(frame, y, validation_size=0.2, test_size=0.3, random_state=0)
    test = frame.index.isin(frame.index[split.test])
    frame.loc[test, "c"] = change(frame.loc[test, "c"])
    prepared = datafix.prepare(StandardScaler(), frame, y, split=split)
    head = ("sigmoid", 1, "binary_crossentropy") if not quantity else (None, 1, "mse")
    model, history = trained(dense(*head, n_features=6, optimizer=Adam(0.01)), prepared, 15)
    return datafix.diagnose(model, prepared, history=history)


UNITS = {"metres to millimetres": (lambda c: c * 1000, 1000.0), "°C to °F": (lambda c: c * 1.8 + 32, 1.8)}


@pytest.mark.parametrize("quantity", [False, True])
@pytest.mark.parametrize("name", UNITS)
def test_a_column_in_another_unit_is_named_with_the_factor(name, quantity):
    change, factor = UNITS[name]
    report = in_units(change, quantity=quantity)
    found = report.issues[0]
    assert (found.check, found.column) == ("serving_skew", "c")
    assert found.evidence["factors"] == [pytest.approx(factor)]
    assert found.evidence["explains"] > 0.9
    assert "label_order" not in alarms(report)


def test_groups_are_no_cause_where_the_network_failed_altogether():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(3000, 5)).astype("float32")
    prepared = prepared_of(X, (X[:, 0] + 0.3 * (X[:, 1] > 0) > 0).astype(int))
    model = dense(n_features=5)
    model.set_weights([*model.get_weights()[:-2], rng.normal(size=(16, 1)), np.array([0.3])])
    report = datafix.diagnose(model, prepared)
    assert float(report.title.split()[3]) < 0.62, report.title
    assert "weak_slices" not in alarms(report)
    assert "weak_slices" in [issue.check for issue in report.issues]


def test_no_share_is_told_of_what_explains_nothing(cancer):
    model, history, prepared = cancer
    larger = altered(prepared, "test", "features", lambda x: x * np.float32(30))
    (found,) = [issue for issue in datafix.diagnose(model, larger, history=history).issues if "larger" in issue.message]
    assert found.evidence["explains"] == 0
    assert "explains" not in found.message
    assert found.severity == "warning"


@pytest.mark.parametrize("wrong", ["yes", 1, None])
def test_try_mends_is_a_bool(cancer, wrong):
    with pytest.raises(ParameterError, match="needs try_mends True or False"):
        datafix.diagnose(cancer[0], cancer[2], try_mends=wrong)


def mislabeled_everywhere(change, n_classes=2):
    """Return the diagnosis where labels are wrong in all parts alike, and which rows have wrong ones."""
    X, y = make_classification(
        2500, 12, n_informative=8, n_classes=n_classes, n_clusters_per_class=1, flip_y=0, class_sep=1.5, random_state=0
    )
    wrong = change(y, np.random.default_rng(1))
    prepared = prepared_of(X.astype("float32"), wrong)
    model = dense("softmax", n_classes, "sparse_categorical_crossentropy", n_features=12)
    model, history = trained(model, prepared, 15)
    return datafix.diagnose(model, prepared, history=history), np.flatnonzero(wrong != y)


def test_classes_that_are_not_numbered_from_0_are_told_and_not_raised():
    split = Split(train=np.arange(400), test=np.arange(400, 569))
    prepared = datafix.prepare(None, TABLE, (2 * LABELS - 1).astype("float32"), split=split, target_transformer=None)
    model = dense()
    model.fit(prepared.train.features, prepared.train.target, epochs=2, verbose=0)
    report = datafix.diagnose(model, prepared)
    assert "needs labels in [0, 1], got -1 to 1" in report.issues[0].message
    assert report.skipped["rare_classes"] == "classes are not numbered from 0"


def test_wrong_training_targets_of_a_quantity_are_told_with_their_rows():
    random = np.random.default_rng(4)
    X = random.uniform(-1, 1, (1500, 4)).astype("float32")
    y = (2 * X[:, 0] + (X[:, 1] > 0) + random.normal(0, 0.1, 1500)).astype("float32")
    wrong = random.choice(800, 200, replace=False)

    def exchanged(target):
        target = target.copy()
        target[wrong] = random.permutation(target[wrong])
        return target

    prepared = altered(prepared_of(X, y), "train", "target", exchanged)
    model, _ = trained(dense(None, 1, "mse", n_features=4), prepared, 15)

    (issue,) = [one for one in datafix.diagnose(model, prepared).issues if one.check == "mislabeled_train"]

    assert re.search(r"Some \d\d% of the training targets look as if they were those of other rows", issue.message)
    assert np.isin(issue.rows, prepared.train.index[wrong]).mean() > 0.8


def test_wrong_labels_in_all_parts_are_ranked_by_what_they_explain():
    report, wrong = mislabeled_everywhere(lambda y, rng: np.where(rng.random(len(y)) < 0.3, 1 - y, y))
    assert [issue.check for issue in report.issues[:2]] == ["mislabeled_test", "mislabeled_train"]
    assert report.issues[0].evidence["explains"] > 0.8
    assert all(np.isin(issue.rows, wrong).mean() > 0.9 for issue in report.issues[:2])


def test_a_small_share_of_the_error_is_no_error():
    report, _ = mislabeled_everywhere(lambda y, rng: np.where(rng.random(len(y)) < 0.2, (y + 1) % 3, y), n_classes=3)
    found = {issue.check: issue for issue in report.issues}
    assert found["mislabeled_train"].evidence["explains"] < 0.1
    assert found["mislabeled_train"].severity == "warning"
    assert "confused_classes" not in found


def test_labels_that_are_wrong_one_way_only_are_told():
    report, wrong = mislabeled_everywhere(lambda y, rng: np.where((y == 0) & (rng.random(len(y)) < 0.3), 1, y))
    found = {issue.check: issue for issue in report.issues}
    for check in ("mislabeled_test", "mislabeled_train"):
        assert np.isin(found[check].rows, wrong).mean() > 0.9


def with_fillers(value, among, transformer=None):
    """Return the diagnosis where some targets of these parts are a value that stands for missing, and their rows."""
    split = datafix.split(SIGNAL, AMOUNT, validation_size=0.2, test_size=0.25, random_state=0)
    y = AMOUNT.copy()
    rows = np.concatenate([getattr(split, part)[:12] for part in among])
    y[rows] = value
    prepared = datafix.prepare(None, SIGNAL, y, split=split, target_transformer=transformer)
    model, history = trained(dense(None, 1, "mse", n_features=10), prepared, 20)
    return datafix.diagnose(model, prepared, history=history), rows


@pytest.mark.parametrize("transformer", [None, StandardScaler()], ids=["as it is", "scaled"])
@pytest.mark.parametrize("value", [-999, 9999])
def test_targets_that_stand_for_missing_are_told_with_their_rows(value, transformer):
    report, rows = with_fillers(value, ["train"], transformer)
    assert report.issues[0].check == "target_sentinels"
    assert sorted(report.issues[0].rows) == sorted(rows)
    assert "label_values" not in alarms(report)


def test_held_out_targets_that_stand_for_missing_are_told_with_their_rows():
    report, rows = with_fillers(-999, ["test"])
    found = report.issues[0]
    assert found.check == "held_out_sentinels"
    assert sorted(found.rows) == sorted(rows)
    assert found.evidence["explains"] > 0.9


def test_no_order_of_columns_is_told_beside_other_labels():
    X = np.random.default_rng(0).normal(size=(1500, 6)).astype("float32")
    prepared = prepared_of(X, (X[:, 0] - X[:, 1] + 0.5 * X[:, 2] > 0).astype(int))
    model, history = trained(dense(n_features=6, optimizer=Adam(0.01)), prepared, 15)
    for change in (lambda y: 1 - y, np.random.default_rng(0).permutation):
        report = datafix.diagnose(model, altered(prepared, "test", "target", change), history=history)
        assert report.issues[0].check == "label_order"
        assert "serving_skew" not in alarms(report)


def windows(change):
    """Return the diagnosis of windows of 20 steps, the test ones changed, of which a third is louder."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1500, 20, 2)).astype("float32")
    y = rng.integers(0, 3, 1500)
    for code in range(3):
        X[y == code, 6 * code + 1 : 6 * code + 5] += np.float32(1.5 + 0.5 * code)
    prepared = prepared_of(X, y)
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.Input((20, 2)), layers.Flatten(), layers.Dense(32, "relu"), layers.Dense(3, "softmax")]
    )
    model.compile(optimizer=Adam(3e-3), loss="sparse_categorical_crossentropy")
    model, history = trained(model, prepared, 15)
    return datafix.diagnose(model, altered(prepared, "test", "features", change), history=history)


def test_windows_reversed_in_time_are_told():
    found = windows(lambda x: x[:, ::-1]).issues[0]
    assert found.check == "serving_skew"
    assert "reversed in time" in found.message


def test_a_column_that_is_as_it_was_is_in_no_other_unit():
    assert "serving_skew" not in alarms(in_units(lambda c: c))


@pytest.mark.filterwarnings("ignore:.*received `from_logits=True`:UserWarning")
def test_a_sigmoid_is_not_put_upon_a_sigmoid():
    model = dense(loss=keras.losses.BinaryCrossentropy(from_logits=True))
    prepared = prepared_of(TABLE, LABELS)
    model, history = trained(model, prepared, 15)
    report = datafix.diagnose(model, prepared, history=history)
    assert "accuracy 0.9" in report.title
    assert [(issue.check, issue.severity) for issue in report.at_least("warning").issues] == [
        ("head_and_loss", "warning")
    ]
