from typing import ClassVar

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_digits, make_friedman1
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.linear_model import LinearRegression
from sklearn.metrics import average_precision_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from datafix import ParameterError, RegressionLabelDetector, ResampledTrainer, TableError

X, TRUE = make_friedman1(400, n_features=6, noise=1.0, random_state=0)
RANDOM = np.random.default_rng(0)
WRONG = RANDOM.choice(400, 30, replace=False)
Y = TRUE.copy()
Y[WRONG] += RANDOM.choice([-15, 15], 30)
MODEL = make_pipeline(StandardScaler(), ExtraTreesRegressor(30, min_samples_leaf=2, random_state=0))


@parametrize_with_checks([RegressionLabelDetector(LinearRegression(), random_state=0)])
def test_it_is_a_scikit_learn_estimator(estimator, check):
    check(estimator)


@pytest.mark.parametrize("estimator", [None, MODEL], ids=["built in", "pipeline"])
def test_wrong_targets_are_found_and_others_are_not(estimator):
    detector = RegressionLabelDetector(estimator, random_state=0).fit(X, Y)
    planted = np.isin(np.arange(400), WRONG)
    assert average_precision_score(planted, -detector.label_quality_) > 0.9
    assert detector.is_issue_[planted].mean() > 0.8
    assert planted[detector.is_issue_].mean() > 0.8
    assert np.abs(detector.suggested_label_ - TRUE)[WRONG].mean() < np.abs(Y - TRUE)[WRONG].mean() / 3
    assert detector.estimated_precision_ == pytest.approx(planted[detector.is_issue_].mean(), abs=0.2)


@pytest.mark.parametrize("noise", ["gaussian", "heteroscedastic", "heavy tails", "none", "diabetes"])
def test_right_targets_are_left_alone(noise):
    random = np.random.default_rng(1)
    features = random.normal(size=(1000, 4))
    line = features @ [3.0, -1.0, 2.0, 0.0]
    y = {
        "gaussian": line + random.normal(size=1000),
        "heteroscedastic": line + random.normal(size=1000) * np.exp(line / 6),
        "heavy tails": line + random.standard_t(3, size=1000),
        "none": line,
        "diabetes": None,
    }[noise]
    if y is None:
        features, y = load_diabetes(return_X_y=True)
    detector = RegressionLabelDetector(random_state=0).fit(features, y)
    assert detector.noise_rate_ <= 0.01


def test_actions_plan_what_they_say():
    fitted = {action: RegressionLabelDetector(MODEL, action=action, random_state=0).fit(X, Y) for action in
              ("drop", "relabel", "reweight")}  # fmt: skip
    flags = fitted["drop"].is_issue_
    np.testing.assert_array_equal(fitted["drop"].plan_.indices, np.flatnonzero(~flags))
    np.testing.assert_array_equal(fitted["relabel"].plan_.y != Y, flags)
    np.testing.assert_array_equal(fitted["reweight"].plan_.weight < 1, flags)
    trainer = ResampledTrainer(LinearRegression(), [RegressionLabelDetector(MODEL, random_state=0)]).fit(X, Y)
    assert len(trainer.sample_indices_) == 400 - flags.sum()


def test_frames_give_what_arrays_give_and_refit_is_fresh():
    np.random.seed(3)
    before = np.random.get_state()[1].copy()
    expected = RegressionLabelDetector(MODEL, random_state=0).fit(X, Y)
    np.testing.assert_array_equal(np.random.get_state()[1], before)
    assert not hasattr(MODEL[0], "mean_")
    again = clone(expected).fit(X[:100], Y[:100]).fit(X, Y)
    np.testing.assert_array_equal(again.prediction_, expected.prediction_)
    names = [f"x{k}" for k in range(6)]
    for frame, y in ((pd.DataFrame(X, columns=names), pd.Series(Y)), (pl.DataFrame(X, schema=names), pl.Series(Y))):
        detector = RegressionLabelDetector(random_state=0).fit(frame, y)
        np.testing.assert_array_equal(detector.is_issue_, RegressionLabelDetector(random_state=0).fit(X, Y).is_issue_)


def test_groups_are_never_parted():
    groups = np.repeat(np.arange(40), 10)

    class Watcher(LinearRegression):
        def fit(self, X, y, sample_weight=None):
            self.groups_ = set(X[:, 0])
            return super().fit(X, y)

        def predict(self, X):
            assert not self.groups_ & set(X[:, 0])
            return super().predict(X)

    RegressionLabelDetector(Watcher(), random_state=0).fit(np.c_[groups, X], Y, groups=groups)


class Stopping(LinearRegression):
    fits: ClassVar[list[int]] = []

    def fit(self, X, y, sample_weight=None):
        self.fits.append(len(y))
        if len(self.fits) == 4:
            raise KeyboardInterrupt
        return super().fit(X, y)


def test_a_run_that_was_stopped_goes_on(tmp_path):
    detector = RegressionLabelDetector(Stopping(), random_state=0, memory=tmp_path)
    with pytest.raises(KeyboardInterrupt):
        detector.fit(X, Y)
    detector.fit(X, Y)
    assert len(Stopping.fits) == 4 + 2  # three folds were kept


@pytest.mark.parametrize(
    ("y", "told"),
    [
        (np.where(np.arange(400) == 3, np.nan, Y), "1 target.*position 3"),
        (np.where(np.arange(400) == 3, np.inf, Y), "infinity at position 3"),
        (np.repeat(["a", "b"], 200), "MislabelDetector"),
        (Y[:10], "400"),
        (None, "requires y"),
    ],
)
def test_targets_that_are_no_numbers_are_refused(y, told):
    with pytest.raises((TableError, ParameterError, ValueError), match=told):
        RegressionLabelDetector(MODEL).fit(X, y)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [({"action": "flag"}, "'flag'"), ({"rounds": 0}, "rounds"), ({"cv": 1}, "cv"), ({"threshold": 2}, "threshold")],
)
def test_arguments_that_cannot_be_meant_are_refused(arguments, told):
    with pytest.raises(ParameterError, match=told):
        RegressionLabelDetector(MODEL, **arguments).fit(X, Y)


def test_a_threshold_chooses_rows_and_not_what_is_learned_from():
    auto = RegressionLabelDetector(random_state=0).fit(X, Y)
    for threshold in (0.0, 0.5, 1.0):
        detector = RegressionLabelDetector(threshold=threshold, random_state=0).fit(X, Y)
        np.testing.assert_array_equal(detector.label_quality_, auto.label_quality_)
        np.testing.assert_array_equal(detector.is_issue_, auto.label_quality_ < threshold)
        assert detector.noise_rate_ == auto.noise_rate_


def test_a_target_is_changed_only_where_it_is_sure_to_be_wrong():
    some = RegressionLabelDetector(action="relabel", threshold=0.5, random_state=0).fit(X, Y)
    changed = some.plan_.y != Y
    assert 0 < changed.sum() < some.is_issue_.sum()
    assert np.isin(np.flatnonzero(changed), WRONG).mean() > 0.8
    y = pd.Series(Y, index=np.arange(400) + 7, name="target")
    _, kept = RegressionLabelDetector(MODEL, action="relabel", random_state=0).fit_resample(X, y)
    assert (kept.index.equals(y.index), kept.name) == (True, "target")


def test_images_are_judged_by_the_built_in_models():
    images, brightness = load_digits().images[:500], load_digits().images[:500].mean(axis=(1, 2))
    y = brightness.copy()
    y[::50] += 8
    detector = RegressionLabelDetector(random_state=0).fit(images, y)
    assert detector.is_issue_[::50].all()


def test_generators_without_a_seed_are_seeded():
    one, two = (RegressionLabelDetector(ExtraTreesRegressor(5), random_state=0).fit(X, Y) for _ in range(2))
    np.testing.assert_array_equal(one.prediction_, two.prediction_)


@pytest.mark.parametrize("y", [Y > 10, pd.date_range("2020", periods=400), Y + 1j], ids=["bool", "dates", "complex"])
def test_what_is_no_number_is_refused(y):
    with pytest.raises(TableError, match="needs numbers"):
        RegressionLabelDetector(MODEL).fit(X, y)
