import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.sparse import csr_array
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.decomposition import PCA
from sklearn.preprocessing import FunctionTransformer, MaxAbsScaler, OneHotEncoder, StandardScaler

import datafix
from datafix import LeakageError, TableError, check_transform_purity

X = np.random.default_rng(0).normal(size=(30, 3))
FRAME = pd.DataFrame(X, columns=list("abc")).assign(city=["Bern", "Zug", None] * 10)


@pytest.mark.parametrize(
    ("estimator", "given"),
    [
        (StandardScaler(), X),
        (PCA(2), X),
        (StandardScaler().set_output(transform="pandas"), FRAME[["a", "b"]]),
        (OneHotEncoder(handle_unknown="ignore"), FRAME[["city"]]),
        (MaxAbsScaler(), csr_array(X)),
        (datafix.TablePreprocessor(), FRAME),
        (datafix.TablePreprocessor(), pl.from_pandas(FRAME)),
        (datafix.clean.SentinelCleaner(), FRAME),
        (StandardScaler().fit(X), X),
    ],
    ids=lambda value: type(value).__name__,
)
def test_pure_transformers_pass(estimator, given):
    check_transform_purity(estimator, given)


class Step(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        self.n_features_in_ = X.shape[1]
        self.mean_ = X.mean(axis=0)
        return self


class Centres(Step):
    def transform(self, X):
        return X - X.mean(axis=0)


class Remembers(Step):
    def transform(self, X):
        self.mean_ = X.mean(axis=0)
        return X


class Drops(Step):
    def transform(self, X):
        return X[X[:, 0] > 0]


class WritesInto(Step):
    def transform(self, X):
        X[:, 0] = 0
        return X


class Draws(Step):
    def transform(self, X):
        return X + np.random.random_sample(X.shape)


class Ranks(Step):
    def transform(self, X):
        return X.argsort(axis=0).argsort(axis=0)


@pytest.mark.parametrize(
    ("estimator", "told"),
    [
        (Centres(), "other values in other company"),
        (Remembers(), "changed the fitted estimator"),
        (Drops(), "rows for 30"),
        (WritesInto(), "changed the X"),
        (Draws(), "on a second call"),
        (Ranks(), "in other company|in another order"),
        (FunctionTransformer(lambda X: np.cumsum(X, axis=0)), "in another order"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_impure_transformers_are_named(estimator, told):
    with pytest.raises(LeakageError, match=told):
        check_transform_purity(estimator, X.copy())


def test_the_estimator_and_the_table_stay_as_they_are():
    fitted, given = Remembers().fit(X[:10]), X.copy()
    before = fitted.mean_.copy()
    with pytest.raises(LeakageError):
        check_transform_purity(fitted, given)
    np.testing.assert_array_equal(fitted.mean_, before)
    np.testing.assert_array_equal(given, X)


def test_an_estimator_that_needs_a_target_gets_it():
    encoder = datafix.encode.CategoryEncoder(output="target")
    check_transform_purity(encoder, FRAME[["city"]], np.arange(30.0))


def test_too_few_rows_are_refused():
    with pytest.raises(TableError, match="at least 4 rows"):
        check_transform_purity(StandardScaler(), X[:3])
