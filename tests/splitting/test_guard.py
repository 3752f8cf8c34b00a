import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import datafix
from datafix import LeakageError

X = np.random.default_rng(0).normal(size=(100, 3))
Y = X @ [1.0, 2.0, 3.0]
SPLIT = datafix.split(X, Y, random_state=0)


def test_training_rows_may_be_learned_from():
    with SPLIT.guard() as guard:
        model = guard.wrap(LinearRegression()).fit(X[SPLIT.train], Y[SPLIT.train])
    np.testing.assert_allclose(model.predict(X), Y)


@pytest.mark.parametrize("copy", [X, X.astype("float32"), X[::-1]], ids=["as is", "float32", "reordered"])
def test_held_out_rows_are_refused(copy):
    guard = SPLIT.guard()
    with pytest.raises(LeakageError, match="LinearRegression was given 40 held-out row"):
        guard.wrap(LinearRegression()).fit(copy, Y)


def test_clones_and_steps_of_a_pipeline_are_guarded():
    guard = SPLIT.guard()
    pipeline = make_pipeline(guard.wrap(StandardScaler()), LinearRegression())
    with pytest.raises(LeakageError, match="StandardScaler"):
        clone(pipeline).fit(X, Y)


def test_what_cross_validation_swallows_is_raised_at_the_end_of_the_block():
    with pytest.raises(LeakageError), SPLIT.guard() as guard, pytest.warns(match="fits failed"):
        model = guard.wrap(LinearRegression())
        folds = [(SPLIT.train[:30], SPLIT.train[30:]), (np.arange(100), SPLIT.train)]
        scores = cross_validate(model, X, Y, cv=folds)["test_score"]
        assert np.isnan(scores).tolist() == [False, True]


def test_a_search_over_training_rows_goes_through():
    with SPLIT.guard() as guard:
        search = GridSearchCV(guard.wrap(LinearRegression()), {"estimator__fit_intercept": [True, False]})
        search.fit(X[SPLIT.train], Y[SPLIT.train])
    assert search.best_score_ > 0.99


def test_content_that_training_holds_too_proves_nothing():
    twice = np.vstack([X, X[SPLIT.test]])
    train = np.concatenate([SPLIT.train, np.arange(100, 120)])
    split = datafix.Split(train=train, test=SPLIT.test)
    with split.guard(twice) as guard:
        guard.wrap(LinearRegression()).fit(twice[train], np.zeros(len(train)))
