"""Weights, groups and other metadata on their way through the trainer, with scikit-learn's routing on and off."""

from typing import ClassVar

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn import config_context
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import accuracy_score, get_scorer
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_validate
from sklearn.multioutput import MultiOutputClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from datafix import (
    DropDuplicates,
    DropOutliers,
    MislabelDetector,
    ParameterError,
    ResampledTrainer,
    RowPlan,
    RowStep,
    TablePreprocessor,
)

RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 3))
Y = (X[:, 0] > 0).astype(int)
WEIGHT, GROUPS = np.linspace(1, 2, 120), np.arange(120) % 6
KEPT = np.arange(10, 120)


class Watcher(RowStep):
    """Leave out ten rows, weigh the others, and remember what it was given."""

    seen: ClassVar[list] = []

    def __init__(self, weight=None):
        self.weight = weight

    def select(self, X, y=None, *, sample_weight=None, groups=None):
        self.seen.append((sample_weight, groups))
        weight = None if self.weight is None else np.full(len(X) - 10, self.weight)
        return RowPlan(np.arange(10, len(X)), weight=weight)


class Recorder(LogisticRegression):
    """Remember what fit was given."""

    def fit(self, X, y, sample_weight=None, tags=None):
        self.seen_ = {"weight": sample_weight, "tags": tags, "rows": len(X)}
        return super().fit(X, y, sample_weight=sample_weight)


@pytest.fixture(autouse=True)
def forget():
    Watcher.seen.clear()


@pytest.mark.parametrize("inner", [Recorder(), make_pipeline(StandardScaler(), Recorder())], ids=["model", "pipeline"])
def test_without_routing_weights_reach_step_and_model(inner):
    trainer = ResampledTrainer(inner, [Watcher(0.5)]).fit(X, Y, sample_weight=WEIGHT, groups=GROUPS)
    model = trainer.estimator_[-1] if isinstance(inner, Pipeline) else trainer.estimator_
    np.testing.assert_array_equal(model.seen_["weight"], WEIGHT[KEPT] / 2)
    np.testing.assert_array_equal(Watcher.seen[0][0], WEIGHT)
    np.testing.assert_array_equal(Watcher.seen[0][1], GROUPS)


def test_weights_named_as_a_pipeline_names_them_are_weights():
    trainer = ResampledTrainer(Pipeline([("model", Recorder())]), [Watcher(0.5)])
    trainer.fit(X, Y, model__sample_weight=WEIGHT, model__tags=np.arange(120))
    np.testing.assert_array_equal(trainer.estimator_[0].seen_["weight"], WEIGHT[KEPT] / 2)
    np.testing.assert_array_equal(trainer.estimator_[0].seen_["tags"], KEPT)
    np.testing.assert_array_equal(Watcher.seen[0][0], WEIGHT)


def test_weights_and_groups_pass_through_nested_trainers_and_searches():
    inner = ResampledTrainer(Recorder(), [Watcher(0.5)])
    trainer = ResampledTrainer(inner, [Watcher(0.5)]).fit(X, Y, sample_weight=WEIGHT, groups=GROUPS)
    np.testing.assert_array_equal(trainer.estimator_.estimator_.seen_["weight"], WEIGHT[20:] / 4)
    np.testing.assert_array_equal(Watcher.seen[1][1], GROUPS[10:])

    search = GridSearchCV(Recorder(), {"C": [1.0]}, cv=GroupKFold(3), error_score="raise")
    trainer = ResampledTrainer(search, [Watcher()]).fit(X, Y, sample_weight=WEIGHT, groups=GROUPS)
    np.testing.assert_array_equal(trainer.estimator_.best_estimator_.seen_["weight"], WEIGHT[KEPT])


def test_scores_are_weighed():
    trainer = ResampledTrainer(Recorder(), [Watcher()]).fit(X, RNG.permutation(Y))
    weight = RNG.random(120)
    assert trainer.score(X, Y, sample_weight=weight) == accuracy_score(Y, trainer.predict(X), sample_weight=weight)
    assert trainer.score(X, Y, sample_weight=weight) != trainer.score(X, Y)


def test_routed_metadata_reach_who_asked_for_them():
    with config_context(enable_metadata_routing=True):
        inner = Recorder().set_fit_request(sample_weight=True, tags=True).set_score_request(sample_weight=True)
        trainer = ResampledTrainer(inner, [Watcher(0.5)]).set_fit_request(sample_weight=True, groups=True)
        trainer.fit(X, Y, sample_weight=WEIGHT, groups=GROUPS, tags=np.arange(120))
        np.testing.assert_array_equal(trainer.estimator_.seen_["weight"], WEIGHT[KEPT] / 2)
        np.testing.assert_array_equal(trainer.estimator_.seen_["tags"], KEPT)
        scores = cross_validate(
            make_pipeline(StandardScaler().set_fit_request(sample_weight=False), trainer),
            X,
            Y,
            params={"sample_weight": WEIGHT, "groups": GROUPS, "tags": np.arange(120)},
            cv=GroupKFold(3),
            scoring=get_scorer("accuracy").set_score_request(sample_weight=True),
            error_score="raise",
        )
        assert (scores["test_score"] > 0.8).all()
        assert trainer.score(X, Y, sample_weight=WEIGHT) == accuracy_score(Y, trainer.predict(X), sample_weight=WEIGHT)
    assert [len(weight) for weight, _ in Watcher.seen] == [120, 80, 80, 80]
    assert [len(np.unique(groups)) for _, groups in Watcher.seen] == [6, 4, 4, 4]


def test_routed_weights_of_another_name_are_multiplied_too():
    with config_context(enable_metadata_routing=True):
        inner = Recorder().set_fit_request(sample_weight="mass")
        trainer = ResampledTrainer(inner, [Watcher(0.5)]).set_fit_request(sample_weight=False)
        trainer.fit(X, Y, mass=WEIGHT)
    np.testing.assert_array_equal(trainer.estimator_.seen_["weight"], WEIGHT[KEPT] / 2)


def test_what_nobody_asked_for_is_refused_by_routing():
    with config_context(enable_metadata_routing=True):
        with pytest.raises(UnsetMetadataPassedError, match="sample_weight"):
            ResampledTrainer(Recorder(), [Watcher()]).fit(X, Y, sample_weight=WEIGHT)
        refused = Recorder().set_fit_request(sample_weight=False)
        trainer = ResampledTrainer(refused, [Watcher()]).set_fit_request(sample_weight=True)
        assert trainer.fit(X, Y, sample_weight=WEIGHT).estimator_.seen_["weight"] is None
    np.testing.assert_array_equal(Watcher.seen[-1][0], WEIGHT)


def test_weights_of_a_step_reach_a_model_that_asked_for_none():
    with config_context(enable_metadata_routing=True):
        trainer = ResampledTrainer(Recorder(), [Watcher(0.25)]).fit(X, Y)
    assert set(trainer.estimator_.seen_["weight"]) == {0.25}


def test_routing_through_a_transformer_in_a_pipeline():
    with config_context(enable_metadata_routing=True):
        scaler = ResampledTrainer(StandardScaler().set_fit_request(sample_weight=True), [Watcher()])
        scaler.set_fit_request(sample_weight=True, groups=True)
        model = LogisticRegression().set_fit_request(sample_weight=True)
        pipeline = make_pipeline(scaler, model).fit(X, Y, sample_weight=WEIGHT, groups=GROUPS)
    np.testing.assert_allclose(pipeline[0].estimator_.mean_, np.average(X[KEPT], axis=0, weights=WEIGHT[KEPT]))
    np.testing.assert_array_equal(Watcher.seen[0][1], GROUPS)


def test_grid_search_sets_steps_estimators_and_passthrough():
    trainer = ResampledTrainer(DecisionTreeClassifier(random_state=0), [("drop", DropDuplicates()), ("out", Watcher())])
    pipeline = Pipeline([("scale", StandardScaler()), ("model", trainer)])
    grid = {
        "model__out": ["passthrough", DropOutliers(), Watcher()],
        "model__drop__keep": ["first", "last"],
        "model__estimator__max_depth": [1, 3],
    }
    search = GridSearchCV(pipeline, grid, cv=3, error_score="raise").fit(X, Y)
    assert len(search.cv_results_["params"]) == 12
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.predict(X).shape == (120,)


def test_weights_for_a_model_without_them_are_refused_and_for_the_steps_alone_are_not():
    with pytest.raises(ParameterError, match="KNeighborsClassifier.fit takes none"):
        ResampledTrainer(KNeighborsClassifier(), [Watcher()]).fit(X, Y, sample_weight=WEIGHT)
    with config_context(enable_metadata_routing=True):
        trainer = ResampledTrainer(KNeighborsClassifier(), [Watcher()]).set_fit_request(sample_weight=True)
        assert trainer.fit(X, Y, sample_weight=WEIGHT).predict(X).shape == (120,)


def passengers(n=200):
    """Return a table like Titanic's: numbers with holes, text, copies, and contradicting labels."""
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "age": np.where(rng.random(n) < 0.2, np.nan, rng.integers(1, 80, n)),
            "fare": rng.gamma(2, 15, n).round(2),
            "sex": rng.choice(["male", "female"], n),
            "deck": np.where(rng.random(n) < 0.7, None, rng.choice(list("ABC"), n)),
            "class": pd.Categorical(rng.choice(["1", "2", "3"], n)),
        },
        index=rng.permutation(n) + 1000,
    )
    frame.iloc[150:160] = frame.iloc[:10].to_numpy()
    frame.iloc[7, 1] = 5000.0
    return frame, np.where(frame["sex"] == "male", "died", "survived")


@pytest.mark.parametrize(
    "make",
    [lambda f: f, pl.from_pandas, lambda f: pa.Table.from_pandas(f, preserve_index=False)],
    ids=["pandas", "polars", "pyarrow"],
)
@pytest.mark.parametrize("aligned", [list, np.array, pd.Series, lambda y: pl.Series([*y]), lambda y: pa.array([*y])])
def test_mixed_tables_of_every_engine_with_targets_of_every_kind(make, aligned):
    frame, y = passengers()
    model = make_pipeline(TablePreprocessor(), LogisticRegression(max_iter=500))
    steps = [DropDuplicates(), DropOutliers(), MislabelDetector(model, cv=3, random_state=0)]
    y[20:24] = np.where(y[20:24] == "died", "survived", "died")
    trainer = ResampledTrainer(model, steps).fit(make(frame), aligned(y))

    expected = ResampledTrainer(model, steps).fit(frame, y)

    np.testing.assert_array_equal(trainer.sample_indices_, expected.sample_indices_)
    assert not np.isin([7, 20, 155], trainer.sample_indices_).any()
    assert trainer.predict(make(frame)).shape == (200,)
    changes = trainer.changes_.to_frame()
    assert sorted(changes["row"]) == np.setdiff1d(np.arange(200), trainer.sample_indices_).tolist()


def test_lists_targets_of_several_outputs_and_missing_targets():
    both = np.column_stack([Y, X[:, 1] > 0]).astype(int)
    twice = np.vstack([X, X[:30]]).tolist()
    trainer = ResampledTrainer(MultiOutputClassifier(LogisticRegression()), [DropDuplicates()])
    trainer.fit(twice, np.vstack([both, both[:30]]).tolist())
    assert (len(trainer.sample_indices_), trainer.predict(twice).shape) == (120, (150, 2))

    holes = np.where(np.arange(120) == 3, np.nan, X[:, 0])
    with pytest.raises(ValueError, match="NaN"):
        ResampledTrainer(LinearRegression(), [DropDuplicates()]).fit(X, holes)

    class DropUnlabelled(RowStep):
        def select(self, X, y=None, *, sample_weight=None, groups=None):
            return RowPlan(np.flatnonzero(~np.isnan(y)), reason="no target")

    assert 3 not in ResampledTrainer(LinearRegression(), [DropUnlabelled()]).fit(X, holes).sample_indices_


@pytest.mark.parametrize("engine", ["pandas", "polars"])
def test_output_of_a_transformer_keeps_the_index_of_all_rows(engine):
    frame = pd.DataFrame(X, columns=list("abc"), index=np.arange(120)[::-1])
    scaler = ResampledTrainer(StandardScaler(), [Watcher()]).set_output(transform=engine)
    together = scaler.fit_transform(frame, Y)
    assert type(together).__module__.split(".")[0] == engine
    np.testing.assert_allclose(np.asarray(together), np.asarray(scaler.transform(frame)))
    if engine == "pandas":
        pd.testing.assert_index_equal(together.index, frame.index)
