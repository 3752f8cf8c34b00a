"""imbalanced-learn's samplers as row steps: which rows are old is proved by content, never guessed."""

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from imblearn import FunctionSampler
from imblearn.combine import SMOTEENN, SMOTETomek
from imblearn.over_sampling import ADASYN, SMOTE, SMOTENC, BorderlineSMOTE, KMeansSMOTE, RandomOverSampler
from imblearn.pipeline import Pipeline as ImbalancedPipeline
from imblearn.under_sampling import ClusterCentroids, EditedNearestNeighbours, RandomUnderSampler, TomekLinks
from scipy.sparse import csr_matrix
from sklearn.cluster import MiniBatchKMeans
from sklearn.datasets import make_classification
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from datafix import DropDuplicates, MislabelDetector, ParameterError, ResampledTrainer
from datafix.rows import select_rows
from datafix.rows.tracing import resampled_plan

X, Y = make_classification(600, n_features=5, weights=[0.8], flip_y=0.05, random_state=0)
OVER = [
    SMOTE(random_state=0),
    ADASYN(random_state=0),
    BorderlineSMOTE(random_state=0),
    KMeansSMOTE(
        random_state=0, kmeans_estimator=MiniBatchKMeans(3, n_init=1, random_state=0), cluster_balance_threshold=0.1
    ),
    RandomOverSampler(random_state=0, shrinkage=0.3),
]
BOTH = [SMOTETomek(random_state=0), SMOTEENN(random_state=0)]
UNDER = [RandomUnderSampler(random_state=0), EditedNearestNeighbours(), TomekLinks()]


def chosen_by(sampler, X=X, y=Y, **given):
    return select_rows([("sampler", sampler)], X, y, min_kept=0, **given)


def rows_of(X, y):
    return sorted(map(tuple, np.column_stack([X, y]).tolist()))


@pytest.mark.parametrize("sampler", OVER + BOTH + UNDER, ids=lambda sampler: type(sampler).__name__)
@pytest.mark.filterwarnings("ignore::datafix.errors.DatafixWarning")
def test_the_rows_are_the_samplers_and_the_old_ones_are_known(sampler):
    expected = rows_of(*sampler.fit_resample(X, Y))

    chosen = chosen_by(sampler)

    assert rows_of(chosen.X, chosen.y) == expected
    old = chosen.indices >= 0
    np.testing.assert_array_equal(chosen.X[old], X[chosen.indices[old]])
    np.testing.assert_array_equal(chosen.y[old], Y[chosen.indices[old]])


@pytest.mark.parametrize("sampler", OVER, ids=lambda sampler: type(sampler).__name__)
def test_every_old_row_stays_where_rows_are_added(sampler):
    chosen = chosen_by(sampler)
    assert chosen.indices[:600].tolist() == list(range(600))
    assert set(chosen.indices[600:]) == {-1}


def test_a_sampler_that_drops_and_adds_is_traced_through_the_one_inside():
    chosen = chosen_by(SMOTEENN(random_state=0))
    assert 0 < (chosen.indices >= 0).sum() < 600
    assert (chosen.indices == -1).any()


def test_copies_of_a_row_keep_their_own_positions():
    twice, labels = np.r_[X, X], np.r_[Y, Y]
    over, both = chosen_by(SMOTE(random_state=0), twice, labels), chosen_by(SMOTETomek(random_state=0), twice, labels)
    assert over.indices[:1200].tolist() == list(range(1200))
    assert len(np.unique(both.indices[both.indices >= 0])) == (both.indices >= 0).sum() > 1000


def test_the_weights_of_copies_follow_their_own_row():
    twice, labels, weight = np.r_[X, X], np.r_[Y, Y], np.arange(1200.0)
    chosen = chosen_by(SMOTETomek(random_state=0), twice, labels, sample_weight=weight)
    old = chosen.indices >= 0
    np.testing.assert_array_equal(chosen.sample_weight[old], weight[chosen.indices[old]])
    assert set(chosen.sample_weight[~old]) == {1.0}


@pytest.mark.filterwarnings("ignore::datafix.errors.DatafixWarning")
def test_where_copies_went_nobody_knows_which():
    table, labels = np.array([[0.0], [0.0], [1.0], [2.0]]), np.array([0, 0, 1, 1])
    some = FunctionSampler(func=lambda X, y: (X[[1, 2, 3]], y[[1, 2, 3]]), validate=False)
    assert chosen_by(some, table, labels).indices.tolist() == [2, 3, -1]


def test_a_false_claim_of_origin_is_not_believed():
    class Liar(RandomUnderSampler):
        def fit_resample(self, X, y):
            self.sample_indices_ = np.arange(100)
            return X[:100] + 1, y[:100]

    plan = resampled_plan("liar", Liar(), X, Y)
    assert (len(plan.indices), len(plan.new[0])) == (0, 100)


def test_centroids_are_new_rows():
    centroids = ClusterCentroids(estimator=MiniBatchKMeans(n_init=1, random_state=0), random_state=0)
    plan = resampled_plan("centroids", centroids, X, Y)

    n_rare = int(Y.sum())
    assert (len(plan.indices), len(plan.new[0])) == (n_rare, n_rare)
    assert set(Y[plan.indices]) == {1}


@pytest.mark.filterwarnings("ignore::datafix.errors.DatafixWarning")
def test_quantities_are_resampled_by_steps_that_allow_it():
    heavy = FunctionSampler(func=lambda X, y: (X[y > 0], y[y > 0]), validate=False)
    y = X[:, 0]
    chosen = chosen_by(heavy, X, y)
    np.testing.assert_array_equal(chosen.indices, np.flatnonzero(y > 0))
    with pytest.raises(ValueError, match="continuous"):
        chosen_by(SMOTE(), X, y)


def mixed(n=600):
    city = np.where(np.arange(n) % 3 == 0, "Bern", "Zug")
    return pd.DataFrame(X, columns=list("abcde")).assign(city=city, n=np.arange(n) % 7)


@pytest.mark.parametrize("make", [lambda f: f, pl.from_pandas, lambda f: pl.from_pandas(f).to_arrow()])
def test_mixed_frames_of_every_engine_keep_engine_and_dtypes(make):
    frame = make(mixed().set_index(np.arange(600)[::-1]))

    chosen = chosen_by(SMOTENC(categorical_features=["city"], random_state=0), frame)

    assert type(chosen.X) is type(frame)
    schema = (lambda f: f.dtypes.to_dict()) if isinstance(frame, pd.DataFrame) else (lambda f: f.schema)
    assert schema(chosen.X) == schema(frame)
    assert chosen.indices[:600].tolist() == list(range(600))
    assert chosen.X.shape[0] == len(chosen.y) == len(chosen.indices) > 600


def test_sparse_rows_are_resampled():
    sparse = csr_matrix(np.where(np.abs(X) < 0.5, 0, X))
    trainer = ResampledTrainer(LogisticRegression(), [SMOTE(random_state=0)]).fit(sparse, Y)
    assert trainer.sample_indices_[:600].tolist() == list(range(600))
    assert trainer.predict(sparse).shape == (600,)


def test_new_rows_weigh_one_and_other_metadata_of_theirs_are_refused():
    class Recorder(DecisionTreeClassifier):
        def fit(self, X, y, sample_weight=None, tags=None):
            self.weight_ = sample_weight
            return super().fit(X, y, sample_weight=sample_weight)

    trainer = ResampledTrainer(Recorder(), [SMOTE(random_state=0)])
    weight = np.linspace(2, 3, 600)
    np.testing.assert_array_equal(trainer.fit(X, Y, sample_weight=weight).estimator_.weight_[:600], weight)
    assert set(trainer.estimator_.weight_[600:]) == {1.0}
    with pytest.raises(ParameterError, match=r"cannot tell \['tags'\]"):
        trainer.fit(X, Y, tags=np.arange(600))


def test_groups_of_new_rows_are_refused_where_a_step_needs_them():
    groups = np.arange(600) % 50
    late = ResampledTrainer(LogisticRegression(), [SMOTE(random_state=0), DropDuplicates()])
    with pytest.raises(ParameterError, match="'dropduplicates' is given groups.*before the steps that make rows"):
        late.fit(X, Y, groups=groups)
    detector = MislabelDetector(LogisticRegression(), random_state=0)
    early = ResampledTrainer(LogisticRegression(), [detector, SMOTE(random_state=0)])
    assert (early.fit(X, Y, groups=groups).sample_indices_ == -1).any()


def test_new_rows_are_no_repair_of_any_row():
    trainer = ResampledTrainer(LogisticRegression(), [SMOTETomek(random_state=0), DropDuplicates()]).fit(X, Y)
    changes = trainer.changes_.to_frame()
    kept = np.unique(trainer.sample_indices_[trainer.sample_indices_ >= 0])
    np.testing.assert_array_equal(np.sort(changes["row"]), np.setdiff1d(np.arange(600), kept))


@pytest.mark.parametrize(
    ("give", "told"),
    [
        (lambda X, y: (X[:, :2], y), r"keep the columns, of shape \(5,\), got \(2,\)"),
        (lambda X, y: (X, y[:5]), "one target a row, got 600 and 5"),
    ],
)
def test_a_sampler_that_breaks_the_table_is_named(give, told):
    with pytest.raises(ParameterError, match=f"'sampler'.*{told}"):
        chosen_by(FunctionSampler(func=give, validate=False))


def test_what_imbalanced_learns_pipeline_fails_on_stands_here():
    """Its issue 457: weights are not cut along with the rows."""
    weight = np.linspace(1, 2, 600)
    theirs = ImbalancedPipeline([("sampler", RandomUnderSampler(random_state=0)), ("model", LogisticRegression())])
    with pytest.raises(ValueError, match=r"inconsistent numbers of samples.*|sample_weight.shape"):
        theirs.fit(X, Y, model__sample_weight=weight)

    ours = ResampledTrainer(LogisticRegression(), [RandomUnderSampler(random_state=0)], min_kept=0.2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours.fit(X, Y, sample_weight=weight)
    assert len(ours.sample_indices_) == 2 * Y.sum()
    assert ours.predict(X).shape == (600,)


def test_our_steps_and_the_trainer_stand_in_imbalanced_learns_pipeline():
    trainer = ResampledTrainer(LogisticRegression(), [SMOTE(random_state=0)])
    pipeline = ImbalancedPipeline([("drop", DropDuplicates()), ("over", SMOTE(random_state=0)), ("model", trainer)])
    assert pipeline.fit(np.r_[X, X], np.r_[Y, Y]).predict(X).shape == (600,)
    regression = ImbalancedPipeline([("drop", DropDuplicates()), ("model", LinearRegression())])
    assert regression.fit(np.r_[X, X], np.r_[X[:, 0], X[:, 0]])[0].sample_indices_.tolist() == list(range(600))


def test_a_cleaner_inside_tells_which_copy_it_dropped():
    class Combined(RandomUnderSampler):
        """Copy the last row, then leave out the first by a sampler of its own."""

        def fit_resample(self, X, y):
            self.cleaner_ = type("Cleaner", (), {"sample_indices_": np.arange(1, len(X) + 1)})()
            return np.r_[X, X[-1:] + 1][1:], np.r_[y, y[-1:]][1:]

    plan = resampled_plan("combined", Combined(), np.zeros((4, 1)), np.zeros(4))

    assert plan.indices.tolist() == [1, 2, 3]
    assert plan.new[0].tolist() == [[1.0]]


def test_new_labels_outside_the_categories_are_not_lost():
    class Namer(RandomUnderSampler):
        def fit_resample(self, X, y):
            return np.r_[X, X[:2]], np.append(np.asarray(y, dtype=object), ["other", "other"])

    labels = pd.Series(np.where(Y == 1, "rare", "usual"), dtype="category")
    chosen = chosen_by(Namer(), X, labels)
    assert chosen.y.tolist()[-2:] == ["other", "other"]
    assert chosen.indices.tolist() == [*range(600), -1, -1]
