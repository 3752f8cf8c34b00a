import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from datafix import MislabelDetector, ParameterError, ResampledTrainer, TableError, find_label_issues
from datafix.labels import out_of_fold_proba

RNG = np.random.default_rng(0)
X = np.r_[RNG.normal(-2, 1, (150, 3)), RNG.normal(2, 1, (150, 3))]
TRUE = np.repeat(["left", "right"], 150)
WRONG = RNG.choice(300, 20, replace=False)
Y = TRUE.copy()
Y[WRONG] = np.where(TRUE[WRONG] == "left", "right", "left")
MODEL = make_pipeline(StandardScaler(), GaussianNB())


def test_wrong_labels_are_found_and_the_right_ones_suggested():
    detector = MislabelDetector(MODEL, random_state=0).fit(X, Y)
    found = np.flatnonzero(detector.is_issue_)
    assert np.isin(WRONG, found).mean() >= 0.9
    assert np.isin(found, WRONG).mean() >= 0.9
    np.testing.assert_array_equal(detector.suggested_label_[WRONG], TRUE[WRONG])
    assert detector.noise_rate_ == pytest.approx(20 / 300, abs=0.02)
    assert detector.estimated_precision_ > 0.8


def test_the_built_in_models_find_noise_in_mixed_tables():
    frame = pd.DataFrame(X, columns=list("abc")).assign(text=RNG.choice(["u", "v"], 300))
    found = np.flatnonzero(MislabelDetector(random_state=0, cv=3).fit(frame, Y).is_issue_)
    assert np.isin(WRONG, found).mean() >= 0.75
    assert np.isin(found, WRONG).mean() >= 0.9


def test_the_built_in_models_find_noise_in_images():
    digits = load_digits()
    images, y = digits.images[:600], digits.target[:600].copy()
    wrong = RNG.choice(600, 40, replace=False)
    y[wrong] = (y[wrong] + 1 + RNG.integers(0, 9, 40)) % 10
    found = MislabelDetector(random_state=0, cv=3).fit(images, y).is_issue_
    assert found[wrong].mean() > 0.7
    assert np.isin(np.flatnonzero(found), wrong).mean() > 0.85


def test_probabilities_are_out_of_fold():
    class Memory(GaussianNB):
        """Know every row it was fitted on by heart."""

        def fit(self, X, y, sample_weight=None):
            self.seen_ = {row.tobytes() for row in np.asarray(X)}
            return super().fit(X, y)

        def predict_proba(self, X):
            assert not self.seen_ & {row.tobytes() for row in np.asarray(X)}
            return super().predict_proba(X)

    MislabelDetector(Memory(), random_state=0).fit(X, Y)


def test_groups_are_never_parted():
    groups = np.repeat(np.arange(30), 10)

    class Watcher(GaussianNB):
        def fit(self, X, y, sample_weight=None):
            self.groups_ = set(X[:, 0])
            return super().fit(X, y)

        def predict_proba(self, X):
            assert not self.groups_ & set(X[:, 0])
            return super().predict_proba(X)

    MislabelDetector(Watcher(), random_state=0).fit(np.c_[groups, X], Y, groups=groups)


@pytest.mark.parametrize(
    ("action", "check"),
    [
        ("drop", lambda plan, flagged: set(plan.indices) == set(range(300)) - set(flagged)),
        ("reweight", lambda plan, flagged: set(np.flatnonzero(plan.weight < 1)) == set(flagged)),
        ("relabel", lambda plan, flagged: (plan.y == TRUE).mean() > (Y == TRUE).mean()),
    ],
)
def test_actions_plan_what_they_say(action, check):
    detector = MislabelDetector(MODEL, action=action, random_state=0).fit(X, Y)
    assert check(detector.plan_, np.flatnonzero(detector.is_issue_))


def test_relabelling_keeps_labels_it_is_not_sure_of():
    unsure = LogisticRegression(C=1e-4)
    detector = MislabelDetector(unsure, action="relabel", random_state=0).fit(X, Y)
    assert detector.is_issue_.any()
    assert detector.pred_proba_.max() < 0.8
    np.testing.assert_array_equal(detector.plan_.y, Y)


def test_it_is_a_row_step():
    trainer = ResampledTrainer(MODEL, [MislabelDetector(MODEL, random_state=0)]).fit(X, Y)
    assert 270 <= len(trainer.sample_indices_) <= 290


def test_a_second_round_learns_without_the_rows_of_the_first():
    one, two = (MislabelDetector(MODEL, rounds=n, random_state=0).fit(X, Y) for n in (1, 2))
    assert not np.allclose(one.pred_proba_, two.pred_proba_)
    assert np.isin(WRONG, np.flatnonzero(two.is_issue_)).mean() >= 0.9


def test_neither_the_estimator_nor_global_random_state_is_touched_and_refit_is_fresh():
    np.random.seed(3)
    before = np.random.get_state()[1].copy()
    detector = MislabelDetector(MODEL, random_state=0).fit(X, Y)
    np.testing.assert_array_equal(np.random.get_state()[1], before)
    assert not hasattr(MODEL[0], "mean_")

    again = clone(detector).fit(X[:100], Y[:100] if len(set(Y[:100])) > 1 else Y[100:200]).fit(X, Y)
    np.testing.assert_array_equal(again.pred_proba_, detector.pred_proba_)


@pytest.mark.parametrize("labels", [TRUE == "left", (TRUE == "left") * 7 + 1, pd.Series(TRUE, dtype="category")])
def test_labels_of_any_type_come_back_as_they_came(labels):
    detector = MislabelDetector(MODEL, random_state=0).fit(X, labels)
    assert set(detector.suggested_label_) == set(labels)


@pytest.mark.parametrize(
    ("y", "told"),
    [
        (RNG.normal(size=300), "continuous"),
        (np.full(300, "one"), "one class"),
        (np.where(np.arange(300) == 7, None, Y), "1 label.*position 7"),
        (Y[:10], "300"),
    ],
)
def test_targets_without_classes_are_refused(y, told):
    with pytest.raises((TableError, ValueError), match=told):
        MislabelDetector(MODEL).fit(X, y)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [({"action": "flag"}, "'flag'"), ({"rounds": 0}, "rounds"), ({"cv": 1}, "cv"), ({"threshold": 2}, "threshold")],
)
def test_arguments_that_cannot_be_meant_are_refused(arguments, told):
    with pytest.raises(ParameterError, match=told):
        MislabelDetector(MODEL, **arguments).fit(X, Y)


def test_rare_classes_get_a_probability_of_zero_where_no_model_knows_them():
    codes = np.r_[np.repeat([0, 1], 150)[:-1], 2]
    proba = out_of_fold_proba(GaussianNB(), X, codes, random_state=0)
    assert proba.shape == (300, 3)
    assert proba[-1, 2] == 0
    np.testing.assert_allclose(proba.sum(axis=1), 1)


def test_folds_that_leave_rows_out_are_refused():
    folds = KFold(3)
    folds.split = lambda X, y=None, groups=None: [(np.arange(200), np.arange(200, 300))]
    with pytest.raises(ParameterError, match="200 row"):
        out_of_fold_proba(GaussianNB(), X, np.repeat([0, 1], 150), cv=folds)


def test_issues_keep_the_index_and_order_of_y():
    y = pd.Series(Y, index=np.arange(300)[::-1])
    proba = out_of_fold_proba(MODEL, X, (Y == "right").astype(int), random_state=0)
    issues = find_label_issues(y, proba)
    assert issues.index.equals(y.index)
    assert issues["given_label"].tolist() == Y.tolist()
    assert find_label_issues(y, proba, threshold=0.5)["is_issue"].sum() >= 15


@pytest.mark.parametrize(
    ("proba", "told"), [(np.ones((300, 3)) / 3, r"\(300, 2\).*got \(300, 3\)"), (np.full((300, 2), np.nan), "missing")]
)
def test_probabilities_that_do_not_fit_are_refused(proba, told):
    with pytest.raises(TableError, match=told):
        find_label_issues(Y, proba)
