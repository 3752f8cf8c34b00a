import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy.sparse import csr_matrix
from sklearn.cluster import KMeans
from sklearn.covariance import EllipticEnvelope
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.ensemble import IsolationForest
from sklearn.linear_model import LinearRegression
from sklearn.neighbors import LocalOutlierFactor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from datafix import DropOutliers, ParameterError, ResampledTrainer, TableError, TablePreprocessor

FAR = np.array([3, 70, 110])


def mixed(n=120):
    """Return a frame of every kind, three of whose rows are far from the others."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "age": rng.normal(40, 8, n),
            "pay": np.where(rng.random(n) < 0.2, np.nan, rng.normal(3000, 300, n)),
            "job": rng.choice(["clerk", "smith", "baker"], n),
            "since": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 90, n), "D"),
            "member": rng.random(n) < 0.5,
        }
    )
    frame.loc[FAR, ["age", "pay"]] = [[-400.0, 9e4], [900.0, -5e4], [1200.0, 1e5]]
    return frame


X = mixed()
QUANTITY = np.arange(len(X)) * 0.1


@pytest.mark.parametrize("came_as", [pd.DataFrame, pl.from_pandas, pa.Table.from_pandas])
def test_far_rows_of_a_mixed_frame_are_left_out_on_every_engine(came_as):
    step = DropOutliers()

    plan = step.select(came_as(X), QUANTITY)

    assert not np.isin(FAR, plan.indices).any()
    assert len(plan.indices) >= 114
    assert np.flatnonzero(~step.is_outlier_).tolist() == plan.indices.tolist()
    assert set(plan.reason[FAR]) == {"far from the other rows"} and set(plan.reason[plan.indices]) == {""}


@pytest.mark.parametrize(
    "clean",
    [
        np.random.default_rng(0).normal(size=(1000, 5)),
        np.random.default_rng(0).random((1000, 5)),
        np.random.default_rng(0).integers(0, 2, (1000, 10)),
        load_iris().data,
        load_diabetes().data,
        load_breast_cancer().data,
        np.zeros((50, 3)),
        [[1.0, 2.0]],
    ],
)
def test_clean_rows_are_kept_nearly_all(clean):
    # Here scikit-learn's own threshold takes 2 % (normal) to 100 % (coin flips) of the rows.
    assert len(DropOutliers().select(clean).indices) >= 0.96 * len(clean)


def test_missing_values_are_no_reason_and_infinite_ones_are():
    table = np.random.default_rng(0).normal(size=(200, 3))
    table[0], table[1, 0], table[2, 1] = np.nan, np.inf, -np.inf
    table = np.column_stack([table, np.full(200, np.nan)])

    found = ~np.isin(np.arange(200), DropOutliers().select(table).indices)

    assert found[:3].tolist() == [False, True, True]


def test_weights_instead_of_drops():
    step = DropOutliers(action="reweight", outlier_weight=0.25)

    plan = step.select(X)

    assert plan.indices.tolist() == list(range(len(X)))
    np.testing.assert_array_equal(plan.weight, np.where(step.is_outlier_, 0.25, 1.0))
    assert step.is_outlier_[FAR].all()


@pytest.mark.parametrize(
    "detector",
    [
        IsolationForest(contamination=0.05, random_state=0),
        LocalOutlierFactor(contamination=0.05),
        EllipticEnvelope(contamination=0.05, random_state=0, support_fraction=0.9),
        make_pipeline(StandardScaler(), IsolationForest(contamination=0.05, random_state=0)),
    ],
    ids=lambda detector: type(detector).__name__,
)
def test_scikit_learns_detectors_judge_numbers_as_they_are(detector):
    numbers = X[["age"]]
    step = DropOutliers(detector)

    step.select(pl.from_pandas(numbers))

    assert step.is_outlier_[FAR].all() and step.is_outlier_.sum() <= 6
    assert type(step.detector_) is type(detector) and step.detector_ is not detector


def test_a_pipeline_as_detector_reads_text():
    detector = make_pipeline(TablePreprocessor(), IsolationForest(contamination=0.05, random_state=0))
    step = DropOutliers(detector)
    step.select(X)
    assert step.is_outlier_[FAR].all()


def test_sparse_rows_have_outliers_too():
    rng = np.random.default_rng(0)
    dense = rng.normal(size=(100, 20)) * (rng.random((100, 20)) < 0.2)
    dense[5] = 40.0
    assert 5 not in DropOutliers().select(csr_matrix(dense)).indices


@pytest.mark.parametrize("y", [QUANTITY, (QUANTITY > 5).astype(str), np.column_stack([QUANTITY, QUANTITY]), None])
def test_the_target_does_not_matter(y):
    np.testing.assert_array_equal(DropOutliers().select(X, y).indices, DropOutliers().select(X).indices)


@pytest.mark.parametrize("action", ["drop", "reweight"])
def test_a_regression_mends_by_it(action):
    rng = np.random.default_rng(0)
    features = rng.normal(size=(200, 2))
    target = features @ [1.0, 2.0]
    features[:4] = [[60.0, -60.0], [-60.0, 60.0], [80.0, 80.0], [-90.0, 20.0]]

    plain = LinearRegression().fit(features, target)
    trainer = ResampledTrainer(LinearRegression(), [DropOutliers(action=action, outlier_weight=0)])
    trainer.fit(features, target)

    assert np.abs(plain.coef_ - [1.0, 2.0]).max() > 0.5
    np.testing.assert_allclose(trainer.estimator_.coef_, [1.0, 2.0], atol=1e-6)
    assert {0, 1, 2, 3} <= set(trainer.changes_.to_frame()["row"])


def test_the_same_seed_gives_the_same_rows():
    wild = np.random.default_rng(0).standard_t(2, size=(300, 4))
    once, again, other = (DropOutliers(random_state=seed).select(wild).indices for seed in (0, 0, 1))
    np.testing.assert_array_equal(once, again)
    assert not np.array_equal(once, other)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"action": "relabel"}, "action 'drop' or 'reweight', got 'relabel'"),
        ({"outlier_weight": -1}, "outlier_weight <= 1, got -1"),
        ({"outlier_weight": "low"}, "got 'low'"),
        ({"detector": IsolationForest}, r"class IsolationForest. Write IsolationForest\(\)"),
        ({"detector": LinearRegression()}, "outlier detector.*got LinearRegression"),
        ({"detector": KMeans()}, "outlier detector.*got KMeans"),
        ({"detector": LocalOutlierFactor(novelty=True)}, r"fit_predict\), got LocalOutlierFactor"),
        ({"detector": "forest"}, "got 'forest'"),
    ],
)
def test_unknown_arguments_are_refused(arguments, told):
    with pytest.raises(ParameterError, match=told):
        DropOutliers(**arguments).select(X)


def test_a_table_without_numbers_is_refused_with_the_next_step():
    with pytest.raises(TableError, match="numbers, booleans or times, got .'job'.*TablePreprocessor"):
        DropOutliers().select(X[["job"]])


def test_a_second_population_is_not_dropped_whole():
    rng = np.random.default_rng(0)
    table = np.zeros((1000, 1))
    table[:200, 0] = rng.normal(100, 30, 200)
    assert 0 < DropOutliers().fit(table).is_outlier_.sum() <= 100
