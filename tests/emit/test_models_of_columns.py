"""Imputers that look at other columns, bins and components."""

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA
from sklearn.experimental import enable_iterative_imputer  # noqa: F401 (scikit-learn asks for it)
from sklearn.impute import IterativeImputer, KNNImputer, SimpleImputer
from sklearn.linear_model import BayesianRidge, LinearRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, StandardScaler
from sklearn.tree import DecisionTreeRegressor

from datafix.emit import keras_inputs, to_keras
from datafix.errors import DatafixWarning, NotExportableError


def table(n, seed, share=0.15):
    rng = np.random.default_rng(seed)
    base = rng.normal(size=(n, 3))
    X = np.column_stack([base, base @ [1, -2, 0.5] + rng.normal(size=n) * 0.1, rng.lognormal(size=n)])
    X[rng.random(X.shape) < share] = np.nan
    return pd.DataFrame(X, columns=list("abcde"))


TRAIN, NEW = table(200, 0), table(120, 1)
NEW.iloc[0] = np.nan
EMPTY = TRAIN.assign(c=np.nan)


@pytest.mark.parametrize(
    "imputer",
    [
        IterativeImputer(random_state=0),
        IterativeImputer(LinearRegression(), max_iter=3, tol=10, add_indicator=True, random_state=0),
        IterativeImputer(Ridge(), min_value=-1, max_value=1, imputation_order="descending", random_state=0),
        IterativeImputer(BayesianRidge(), n_nearest_features=2, initial_strategy="median", random_state=0),
        IterativeImputer(max_iter=0),
        IterativeImputer(skip_complete=True, random_state=0),
        KNNImputer(),
        KNNImputer(n_neighbors=300),
        KNNImputer(n_neighbors=2, add_indicator=True),
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_an_imputer_by_other_columns_computes_what_transform_does(assert_same, imputer):
    assert_same(imputer.fit(TRAIN), NEW)


def test_neighbours_weighed_by_distance_differ_by_the_rounding_of_the_distances_only():
    fitted = make_pipeline(StandardScaler(), KNNImputer(weights="distance")).fit(TRAIN)

    with pytest.warns(DatafixWarning, match="keep few digits"):
        exported = to_keras(fitted, dtype="float64")(keras_inputs(NEW)).numpy()

    # scikit-learn's distance of two rows that nearly meet keeps few digits, and its inverse is the weight.
    np.testing.assert_allclose(exported, fitted.transform(NEW), atol=1e-9)


@pytest.mark.parametrize("imputer", [IterativeImputer(max_iter=2, random_state=0), KNNImputer()], ids=str)
@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.filterwarnings("ignore:Skipping features:UserWarning", "ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_column_without_any_value_is_kept_or_dropped_as_told(assert_same, imputer, keep):
    # scikit-learn writes into the rows of a frame that pandas keeps read-only: it gets arrays.
    assert_same(imputer.set_params(keep_empty_features=keep).fit(EMPTY.to_numpy()), NEW.to_numpy(copy=True))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_marker_other_than_nan_is_missing_to_them_too(assert_same):
    train, new = TRAIN.fillna(-9.0), NEW.fillna(-9.0)

    assert_same(KNNImputer(missing_values=-9.0).fit(train), new)
    assert_same(IterativeImputer(missing_values=-9.0, max_iter=20, random_state=0).fit(train), new)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_single_row_without_a_value_is_filled_as_scikit_learn_fills_it(assert_same):
    assert_same(IterativeImputer(random_state=0).fit(TRAIN), NEW.head(1))
    assert_same(KNNImputer().fit(TRAIN), NEW.head(1))


@pytest.mark.parametrize("encode", ["ordinal", "onehot", "onehot-dense"])
@pytest.mark.parametrize("strategy", ["uniform", "quantile", "kmeans"])
def test_bins_are_those_of_scikit_learn(assert_same, encode, strategy):
    options = {"quantile_method": "averaged_inverted_cdf"} if hasattr(KBinsDiscretizer(), "quantile_method") else {}
    bins = KBinsDiscretizer([3, 5, 2, 4, 5], encode=encode, strategy=strategy, **options)
    fitted = make_pipeline(SimpleImputer(), bins).fit(TRAIN)

    new = pd.concat([NEW, pd.DataFrame([np.full(5, 1e6), np.full(5, -1e6)], columns=TRAIN.columns)])

    assert_same(fitted, new)


@pytest.mark.parametrize("pca", [PCA(2), PCA(whiten=True), PCA(0.8, svd_solver="full")], ids=str)
def test_components_are_those_of_scikit_learn(assert_same, pca):
    assert_same(make_pipeline(SimpleImputer(), StandardScaler(), pca).fit(TRAIN), NEW)


@pytest.mark.parametrize(
    ("imputer", "told"),
    [
        (IterativeImputer(DecisionTreeRegressor(), max_iter=1), "DecisionTreeRegressor.*BayesianRidge"),
        (IterativeImputer(sample_posterior=True, max_iter=1), "sample_posterior=False"),
        (KNNImputer(weights=np.ones_like), "weights='uniform' or 'distance'"),
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_what_has_no_exact_form_is_named_with_what_to_use_instead(imputer, told):
    with pytest.raises(NotExportableError, match=told):
        to_keras(imputer.fit(TRAIN))


def test_a_value_that_is_missing_has_no_bin():
    raw = np.array([[0.0], [1.0], [2.0]])
    gap = keras_inputs(np.array([[np.nan]]))

    ordinal = KBinsDiscretizer(2, encode="ordinal", strategy="uniform").fit(raw)
    one_hot = KBinsDiscretizer(2, strategy="uniform").fit(raw)

    assert np.isnan(to_keras(ordinal)(gap)).all()
    assert np.asarray(to_keras(one_hot)(gap)).tolist() == [[0.0, 0.0]]


FAR = TRAIN.assign(a=1.7e9 + 1e3 * TRAIN["a"])


def test_where_rounding_alone_says_who_is_near_export_refuses():
    with pytest.raises(NotExportableError, match="far from zero.*StandardScaler"):
        to_keras(KNNImputer().fit(FAR))


@pytest.mark.parametrize("step", [IterativeImputer(max_iter=1), make_pipeline(SimpleImputer(), PCA(2))], ids=str)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_sums_that_scikit_learn_rounds_are_told(step):
    with pytest.warns(DatafixWarning, match=r"rounds them to about \d+e-.*StandardScaler"):
        to_keras(step.fit(FAR))


def test_rows_that_may_be_equally_near_are_told():
    with pytest.warns(DatafixWarning, match="equally near"):
        to_keras(KNNImputer().fit(TRAIN.round()))
