from itertools import islice

import keras
import numpy as np
import pandas as pd
import pytest

import datafix
from datafix import ParameterError, Split
from tests.diagnosis.networks import AMOUNT, DIGIT, DIGITS, SIGNAL, dense

RNG = np.random.default_rng(0)
N = 400
FAR = np.array([9.0, -5.0, 9.0])


def trained(X, y, split, pipeline=None):
    prepared = datafix.prepare(pipeline, X, y, split=split)
    model = dense(n_features=prepared.train.features.shape[1], optimizer=keras.optimizers.Adam(0.01))
    model.fit(prepared.train.features, prepared.train.target, epochs=20, verbose=0)
    return model, prepared


def two_clouds():
    y = np.arange(N) % 2
    return (RNG.normal(size=(N, 3)) + 4 * y[:, None]).astype("float32"), y


def causes(report):
    return [issue.check for issue in report.issues]


def test_a_wrong_label_is_named():
    X, y = two_clouds()
    y[N - 1] = 1 - y[N - 1]
    model, prepared = trained(X, y, Split(train=np.arange(300), test=np.arange(300, N)))
    assert causes(datafix.explain_prediction(model, prepared, N - 1))[0] == "mislabeled"


@pytest.mark.long
def test_wrong_training_labels_beside_the_row_are_shown():
    y = DIGIT.copy()
    wrong = RNG.random(len(y)) < 0.25
    y[wrong] = (y[wrong] + RNG.integers(1, 10, wrong.sum())) % 10
    X, split = DIGITS.reshape(len(y), -1), Split(train=np.arange(1200), test=np.arange(1200, len(y)))
    prepared = datafix.prepare(None, X, y, split=split)
    model = dense("softmax", 10, "sparse_categorical_crossentropy", n_features=64, hidden=(256,), optimizer="adam")
    model.fit(prepared.train.features, prepared.train.target, epochs=60, verbose=0)
    said = model.predict(prepared.test.features, verbose=0).argmax(axis=1)
    missed = prepared.test.index[(said != DIGIT[1200:]) & ~wrong[1200:]][:30]  # wrong, and rightly labelled
    shown = (
        issue
        for row in missed
        for issue in datafix.explain_prediction(model, prepared, int(row)).issues
        if issue.check == "mislabeled_train"
    )
    shown = list(islice(shown, 5))
    assert len(shown) == 5
    assert wrong[np.concatenate([issue.rows for issue in shown])].mean() > 0.9


def test_a_row_unlike_all_others_is_told_with_its_columns():
    X, y = two_clouds()
    X[N - 1, 1] = 80
    model, prepared = trained(X, y, Split(train=np.arange(300), test=np.arange(300, N)))
    (found,) = [
        issue for issue in datafix.explain_prediction(model, prepared, N - 1).issues if issue.check == "unlike_training"
    ]
    assert found.evidence["features"] == ["feature 1"]
    assert "feature 1 = 80" in found.message


def test_the_feature_that_makes_it_wrong_is_named():
    X, y = two_clouds()
    at = 301
    X[at, 2] = -60.0 if y[at] else 60.0
    model, prepared = trained(X, y, Split(train=np.arange(300), test=np.arange(300, N)))
    report = datafix.explain_prediction(model, prepared, at)
    (found,) = [issue for issue in report.issues if issue.check == "deciding_feature"]
    assert found.column == "feature 2"


def test_imputed_inputs_are_named():
    X, y = two_clouds()
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    frame.loc[350, "b"] = np.nan
    frame.loc[:20, "b"] = np.nan
    split = Split(train=np.arange(300), test=np.arange(300, N))
    model, prepared = trained(frame, y, split, datafix.TablePreprocessor())
    (found,) = [
        issue for issue in datafix.explain_prediction(model, prepared, 350).issues if issue.check == "imputed_inputs"
    ]
    assert "b (" in found.message


def test_a_right_prediction_of_an_ordinary_row_has_no_cause():
    X, y = two_clouds()
    model, prepared = trained(X, y, Split(train=np.arange(300), test=np.arange(300, N)))
    report = datafix.explain_prediction(model, prepared, 310)
    assert report.issues == ()
    assert "label 0, predicted 0" in report.title


def test_a_quantity_is_explained_too():
    X = RNG.normal(size=(N, 3)).astype("float32")
    y = X[:, 0] * 2.0
    y[N - 1] += 30
    prepared = datafix.prepare(None, X, y, split=Split(train=np.arange(300), test=np.arange(300, N)))
    model = dense(None, 1, "mse", n_features=3, optimizer=keras.optimizers.Adam(0.01))
    model.fit(prepared.train.features, prepared.train.target, epochs=20, verbose=0)
    report = datafix.explain_prediction(model, prepared, N - 1)
    assert "nearest_rows" in causes(report)
    assert "target 3" in report.title or "target 2" in report.title


def test_a_row_of_no_part_is_refused():
    X, y = two_clouds()
    model, prepared = trained(X, y, Split(train=np.arange(300), test=np.arange(300, N)))
    with pytest.raises(ParameterError, match=r"position of a row in some part of the table, got 400; parts"):
        datafix.explain_prediction(model, prepared, N)


def test_of_a_quantity_it_is_said_how_much_of_the_error_a_value_makes():
    X = SIGNAL.copy()
    split = Split(train=np.arange(600), test=np.arange(600, len(X)))
    X[700, 3] = 40
    prepared = datafix.prepare(None, X, AMOUNT, split=split)
    model = dense(None, 1, "mse", n_features=10, optimizer=keras.optimizers.Adam(0.01))
    model.fit(prepared.train.features, prepared.train.target, epochs=20, verbose=0)
    (found,) = [
        issue for issue in datafix.explain_prediction(model, prepared, 700).issues if issue.check == "deciding_feature"
    ]
    assert found.evidence["features"] == ["feature 3"]
    assert "One value makes it wrong: with the training median in its place more than half of the squared error" in (
        found.message
    )


@pytest.mark.parametrize("row", [True, [1, 2], 1.5, "a"])
def test_what_is_no_row_is_refused(row):
    X, y = two_clouds()
    model, prepared = trained(X, y, Split(train=np.arange(300), test=np.arange(300, N)))
    with pytest.raises(ParameterError, match="the position of one row"):
        datafix.explain_prediction(model, prepared, row)
