import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from scipy.sparse import csr_array
from sklearn.base import BaseEstimator, clone
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import LinearRegression, LogisticRegression, SGDRegressor
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import datafix
from datafix import LeakageError, TableError

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


def frame_of(rows):
    return pd.DataFrame(X[rows], columns=["a", "b", "c"], index=[f"row {i}" for i in rows])


FRAME = frame_of(np.arange(100)).assign(city=np.array(["Bern", "Zug"])[np.arange(100) % 2])
FRAME_SPLIT = datafix.split(FRAME, random_state=0)
DISGUISES = {
    "order of columns": FRAME[["city", "c", "b", "a"]],
    "narrow numbers": FRAME.astype({"a": "float32", "b": "float32", "c": "float32"}),
    "numbered anew": FRAME.reset_index(drop=True),
    "category codes": FRAME.assign(city=pd.Categorical(FRAME["city"], ["Zug", "Bern", "Chur"])),
    "fewer columns": FRAME[["b", "city"]],
    "one more column": FRAME.assign(more=1),
    "as polars": pl.from_pandas(FRAME),
    "as an array": FRAME.to_numpy(),
    "as nullable": FRAME.convert_dtypes(),
}


class Anything(BaseEstimator):
    def fit(self, X, y=None):
        return self


class Scored(Anything):
    def score(self, X, y=None):
        return 1.0


@pytest.mark.parametrize("name", DISGUISES)
def test_no_disguise_hides_a_row(name):
    with pytest.raises(LeakageError, match="40 held-out"):
        FRAME_SPLIT.guard().wrap(Anything()).fit(DISGUISES[name])


@pytest.mark.parametrize("name", DISGUISES)
def test_training_rows_pass_in_any_disguise(name):
    rows = FRAME_SPLIT.train
    given = DISGUISES[name]
    given = given[rows.tolist()] if isinstance(given, pl.DataFrame | np.ndarray) else given.iloc[rows]
    with FRAME_SPLIT.guard() as guard:
        guard.wrap(Anything()).fit(given)


def test_a_frame_split_as_an_array_is_known_by_position():
    with pytest.raises(LeakageError, match="40 held-out"):
        SPLIT.guard().wrap(Anything()).fit(frame_of(np.arange(100)))


def test_sparse_rows_are_known():
    with pytest.raises(LeakageError, match="40 held-out"):
        SPLIT.guard().wrap(Anything()).fit(csr_array(X))
    split = datafix.Split(train=SPLIT.train, test=SPLIT.test, X=csr_array(X))
    with pytest.raises(LeakageError, match="20 held-out|40 held-out"):
        split.guard().wrap(Anything()).fit(csr_array(X))


def test_images_are_known():
    images = np.random.default_rng(0).integers(0, 255, (20, 4, 4, 1))
    split = datafix.Split(train=range(15), test=range(15, 20))
    with pytest.raises(LeakageError, match="5 held-out"):
        split.guard(images).wrap(Anything()).fit(images)


def test_rows_that_are_equal_by_chance_are_told_apart_by_their_ids():
    coarse = pd.DataFrame({"a": np.arange(20) % 4, "customer": np.arange(20)})
    split = datafix.Split(train=range(10), test=range(10, 20))
    with split.guard(coarse, ids="customer") as guard:
        guard.wrap(Anything()).fit(coarse.iloc[:10])
    with pytest.raises(LeakageError, match="10 held-out"):
        split.guard(coarse, ids="customer").wrap(Anything()).fit(coarse)


def test_the_index_of_a_frame_can_name_the_rows():
    coarse = pd.DataFrame({"a": np.arange(20) % 4}, index=[f"c{i}" for i in range(20)])
    split = datafix.Split(train=range(10), test=range(10, 20))
    with split.guard(coarse, ids=coarse.index) as guard:
        guard.wrap(Anything()).fit(coarse.iloc[:10])
    with pytest.raises(LeakageError, match="1 held-out"):
        split.guard(coarse, ids=coarse.index).wrap(Anything()).fit(coarse.iloc[9:11])


def test_ids_that_name_no_rows_are_refused():
    table = pd.DataFrame({"a": range(4), "i": [1, 2, 2, 3]})
    split = datafix.Split(train=[0, 1], test=[2, 3])
    with pytest.raises(TableError, match="held out and in train"):
        split.guard(table, ids="i")
    with pytest.raises(TableError, match="no column ids='k'"):
        split.guard(table, ids="k")
    with pytest.raises(TableError, match="one id a row"):
        split.guard(table, ids=[1, 2, 3])
    with pytest.raises(TableError, match="table that was split"):
        split.guard(table.head(1))


@pytest.mark.parametrize("error_score", [np.nan, "raise"])
def test_refusals_in_worker_processes_are_raised_at_the_end_of_the_block(error_score):
    folds = [(SPLIT.train[:30], SPLIT.train[30:]), (np.arange(100), SPLIT.train)]
    with (
        pytest.raises(LeakageError, match="LinearRegression was given 40"),
        warnings.catch_warnings(),
        SPLIT.guard() as guard,
    ):
        warnings.simplefilter("ignore", FitFailedWarning)
        cross_validate(guard.wrap(LinearRegression()), X, Y, cv=folds, n_jobs=2, error_score=error_score)
    assert len(guard.violations) == 1


@pytest.mark.parametrize("columns", [["a", "b"], ["c", "b", "a", "city"]], ids=["fewer", "all"])
def test_worker_processes_know_rows_of_fewer_columns_too(columns):
    folds = [(np.arange(50), np.arange(50, 100)), (np.arange(50, 100), np.arange(50))]
    with pytest.raises(LeakageError, match="Scored was given"), warnings.catch_warnings():
        warnings.simplefilter("ignore", FitFailedWarning)
        with FRAME_SPLIT.guard() as guard:
            cross_validate(guard.wrap(Scored()), FRAME[columns], Y, cv=folds, n_jobs=2)


def test_a_search_in_worker_processes_goes_through():
    with SPLIT.guard() as guard:
        grid = {"estimator__fit_intercept": [True, False]}
        search = GridSearchCV(guard.wrap(LinearRegression()), grid, n_jobs=2, cv=2)
        search.fit(X[SPLIT.train], Y[SPLIT.train])
    assert search.best_score_ > 0.99


def test_a_search_over_all_rows_is_refused():
    with pytest.raises(LeakageError), warnings.catch_warnings(), SPLIT.guard() as guard:
        warnings.simplefilter("ignore", FitFailedWarning)
        GridSearchCV(guard.wrap(LinearRegression()), {"estimator__fit_intercept": [True]}, cv=2).fit(X, Y)


def test_the_block_leaves_no_folder_behind():
    with SPLIT.guard() as guard:
        folder = guard._latch
        assert folder.is_dir()
    assert not folder.exists()


def test_partial_fit_is_guarded():
    guard = SPLIT.guard()
    model = guard.wrap(SGDRegressor(random_state=0)).partial_fit(X[SPLIT.train], Y[SPLIT.train])
    coefficients = model.estimator_.coef_.copy()
    model.partial_fit(X[SPLIT.train], Y[SPLIT.train])
    assert (model.estimator_.coef_ != coefficients).any()
    with pytest.raises(LeakageError):
        model.partial_fit(X, Y)


def test_a_column_transformer_inside_is_guarded_by_the_columns_that_it_gets():
    numbers = ColumnTransformer([("n", FRAME_SPLIT.guard().wrap(StandardScaler()), ["a", "b"])])
    numbers.fit(FRAME.iloc[FRAME_SPLIT.train])
    with pytest.raises(LeakageError, match="StandardScaler"):
        numbers.fit(FRAME)


def test_metadata_are_routed_to_the_estimator():
    weights = np.ones(len(SPLIT.train))
    with sklearn.config_context(enable_metadata_routing=True), SPLIT.guard() as guard:
        inner = LinearRegression().set_fit_request(sample_weight=True)
        model = make_pipeline(guard.wrap(inner)).fit(X[SPLIT.train], Y[SPLIT.train], sample_weight=weights)
    assert model.score(X, Y) > 0.99


@parametrize_with_checks(
    [
        datafix.Split(train=[0], test=[1], X=np.zeros((2, 2))).guard().wrap(estimator)
        for estimator in (LogisticRegression(), LinearRegression(), StandardScaler())
    ]
)
def test_a_guarded_estimator_is_a_scikit_learn_estimator(estimator, check):
    check(estimator)
