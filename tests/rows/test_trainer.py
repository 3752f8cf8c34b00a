import pickle

import numpy as np
import pandas as pd
import pytest
from imblearn.pipeline import Pipeline as ImbalancedPipeline
from imblearn.under_sampling import RandomUnderSampler
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.ensemble import IsolationForest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from datafix import DatafixWarning, DropDuplicates, ParameterError, ResampledTrainer, RowPlan, RowStep, TableError

X, Y = load_iris(return_X_y=True)


class KeepFirst(RowStep):
    """Keep the first rows, weighed or relabelled as told."""

    def __init__(self, n=120, weight=None, label=None, copies=0):
        self.n = n
        self.weight = weight
        self.label = label
        self.copies = copies

    def select(self, X, y=None, *, sample_weight=None, groups=None):
        indices = np.arange(self.n)
        self.groups_seen_ = groups
        new = None if not self.copies else (np.asarray(X)[: self.copies], np.asarray(y)[: self.copies])
        return RowPlan(
            indices,
            y=None if self.label is None else np.full(self.n, self.label),
            weight=None if self.weight is None else np.full(self.n, self.weight),
            reason="because",
            new=new,
        )


class Recorder(LinearRegression):
    """Remember what fit was given."""

    def fit(self, X, y, sample_weight=None, tags=None):
        self.seen_ = (np.asarray(X), np.asarray(y), sample_weight, tags)
        return super().fit(X, y)


def test_fit_sees_chosen_rows_and_predict_all():
    trainer = ResampledTrainer(Recorder(), [KeepFirst(120)]).fit(X, Y)
    assert trainer.estimator_.seen_[0].shape == (120, 4)
    assert trainer.predict(X).shape == (150,)
    assert trainer.sample_indices_.tolist() == list(range(120))


def test_weights_multiply_and_metadata_are_cut_along():
    trainer = ResampledTrainer(Recorder(), [KeepFirst(120, weight=0.5), KeepFirst(115, weight=0.5)])
    trainer.fit(X, Y, sample_weight=np.arange(150.0), tags=np.arange(150), groups=np.arange(150))
    _, _, weight, tags = trainer.estimator_.seen_
    np.testing.assert_array_equal(weight, np.arange(115) / 4)
    np.testing.assert_array_equal(tags, np.arange(115))
    assert trainer.steps_[1][1].groups_seen_.tolist() == list(range(120))


def test_labels_are_changed_for_the_fit_and_on_record():
    trainer = ResampledTrainer(Recorder(), [KeepFirst(120, label=7)]).fit(X, Y)
    assert set(trainer.estimator_.seen_[1]) == {7}
    changes = trainer.changes_.to_frame()
    assert (changes["column"].isna().sum(), (changes["after"] == 7).sum()) == (30, 120)
    assert set(changes["reason"]) == {"because"}


def test_new_rows_follow_the_kept_ones():
    trainer = ResampledTrainer(Recorder(), [KeepFirst(150, copies=10)]).fit(X, Y)
    assert trainer.estimator_.seen_[0].shape == (160, 4)
    assert trainer.sample_indices_[-10:].tolist() == [-1] * 10


def test_a_step_that_eats_too_much_is_named():
    with pytest.raises(TableError, match="Only 60 of 150 rows.*'greedy' took 60"):
        ResampledTrainer(Recorder(), [("shy", KeepFirst(120)), ("greedy", KeepFirst(60))]).fit(X, Y)
    with pytest.warns(DatafixWarning, match="'keepfirst' took 50"):
        ResampledTrainer(Recorder(), [KeepFirst(100)], min_kept=0.1).fit(X, Y)
    with pytest.raises(TableError, match="0 of 150"):
        ResampledTrainer(Recorder(), [KeepFirst(0)], min_kept=0).fit(X, Y)


def test_scikit_learns_detectors_and_imblearns_samplers_are_steps():
    detector = IsolationForest(contamination=0.1, random_state=0)
    trainer = ResampledTrainer(Recorder(), [detector]).fit(X, Y)
    assert len(trainer.estimator_.seen_[0]) == 135

    sampler = RandomUnderSampler(sampling_strategy={0: 40}, random_state=0)
    trainer = ResampledTrainer(Recorder(), [sampler]).fit(X, Y)
    assert np.bincount(trainer.estimator_.seen_[1].astype(int)).tolist() == [40, 50, 50]


def test_a_step_that_is_none_is_refused():
    with pytest.raises(ParameterError, match="outlier detector.*got StandardScaler"):
        ResampledTrainer(Recorder(), [StandardScaler()]).fit(X, Y)


def test_weights_for_an_estimator_without_them_are_refused():
    with pytest.raises(ParameterError, match="KNeighborsClassifier.fit takes none"):
        ResampledTrainer(KNeighborsClassifier(), [KeepFirst(120, weight=0.5)]).fit(X, Y)


def test_weights_reach_the_last_step_of_an_inner_pipeline():
    inner = make_pipeline(StandardScaler(), Recorder())
    trainer = ResampledTrainer(inner, [KeepFirst(120, weight=0.5)]).fit(X, Y)
    assert set(trainer.estimator_[-1].seen_[2]) == {0.5}


def test_routed_metadata_are_cut_too():
    with config_context(enable_metadata_routing=True):
        inner = Recorder().set_fit_request(sample_weight=True, tags=True)
        trainer = ResampledTrainer(inner, [KeepFirst(120)])
        trainer.fit(X, Y, sample_weight=np.arange(150.0), tags=np.arange(150))
    _, _, weight, tags = trainer.estimator_.seen_
    np.testing.assert_array_equal(weight, np.arange(120))
    np.testing.assert_array_equal(tags, np.arange(120))


def test_it_works_anywhere_in_a_pipeline():
    pipeline = make_pipeline(
        ResampledTrainer(StandardScaler(), [DropDuplicates()]),
        ResampledTrainer(LogisticRegression(), [DropDuplicates()]),
    )
    scores = cross_validate(pipeline, X, Y, error_score="raise")["test_score"]
    assert scores.mean() > 0.9
    assert pipeline.fit(X, Y).predict(X).shape == (150,)


def test_grid_search_reaches_steps_by_name():
    pipeline = Pipeline([("model", ResampledTrainer(Recorder(), [("first", KeepFirst(115))], min_kept=0))])
    grid = {"model__first__n": [115, 118], "model__estimator__fit_intercept": [True]}
    search = GridSearchCV(pipeline, grid, cv=5, error_score="raise").fit(X, Y)
    assert search.best_params_["model__first__n"] in (115, 118)
    off = clone(pipeline).set_params(model__first="passthrough").fit(X, Y)
    assert len(off[0].sample_indices_) == 150


def test_a_plain_pipeline_refuses_a_bare_step():
    with pytest.raises(TypeError, match="transform"):
        make_pipeline(DropDuplicates(), LogisticRegression()).fit(X, Y)


def test_imbalanced_learns_pipeline_takes_a_bare_step():
    pipeline = ImbalancedPipeline([("drop", DropDuplicates()), ("model", Recorder())]).fit(X, Y)
    assert len(pipeline[-1].seen_[0]) == 149
    assert pipeline.predict(X).shape == (150,)


def test_fit_resample_refuses_what_it_cannot_return():
    with pytest.raises(ParameterError, match="ResampledTrainer"):
        KeepFirst(120, weight=0.5).fit_resample(X, Y)


def test_frames_stay_frames_and_output_can_be_set():
    frame = pd.DataFrame(X, columns=list("abcd"))
    trainer = ResampledTrainer(StandardScaler(), [DropDuplicates()]).set_output(transform="pandas")
    assert trainer.fit_transform(frame, Y).columns.tolist() == list("abcd")
    assert trainer.get_feature_names_out().tolist() == list("abcd")


def test_refit_equals_a_fresh_fit_and_pickling_keeps_it():
    trainer = ResampledTrainer(LinearRegression(), [DropDuplicates()]).fit(X[:70], Y[:70]).fit(X, Y)
    fresh = clone(trainer).fit(X, Y)
    np.testing.assert_array_equal(trainer.predict(X), fresh.predict(X))
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(trainer)).predict(X), fresh.predict(X))
    assert len(trainer.changes_) == len(fresh.changes_) == 1


@pytest.mark.parametrize(
    ("plan", "told"),
    [
        (RowPlan(np.array([150])), "0..149"),
        (RowPlan(np.array([0.5])), "integer positions"),
        (RowPlan(np.arange(3), y=[1]), "3 rows but 1 values of y"),
        (RowPlan(np.arange(3), weight=np.array([1.0, -1.0, 1.0])), "not negative"),
    ],
)
def test_a_plan_that_does_not_fit_is_refused(plan, told):
    with pytest.raises(ParameterError, match=told):
        plan.check(150, "Step")
