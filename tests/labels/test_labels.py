from typing import ClassVar

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits, load_iris, make_classification, make_gaussian_quantiles
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.model_selection import KFold
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

import datafix
from datafix import MislabelDetector, ParameterError, ResampledTrainer, TableError, find_label_issues
from datafix.labels import out_of_fold_proba
from datafix.labels.pool import pool

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
    overlapping = X + np.random.default_rng(1).normal(0, 2, X.shape)
    sure = MislabelDetector(GaussianNB(), action="relabel", random_state=0).fit(overlapping, Y)
    changed = sure.plan_.y != Y
    np.testing.assert_array_equal(changed, sure.is_issue_ & (sure.suggestion_confidence_ >= 0.8))
    assert changed.sum() < sure.is_issue_.sum()
    never = MislabelDetector(GaussianNB(), action="relabel", relabel_confidence=1.0, random_state=0).fit(overlapping, Y)
    np.testing.assert_array_equal(never.plan_.y, Y)


def test_confidence_does_not_hang_on_how_sure_of_itself_an_estimator_is():
    detector = MislabelDetector(LogisticRegression(C=1e-4), action="relabel", random_state=0).fit(X, Y)
    assert detector.pred_proba_.max() < 0.8
    changed = detector.plan_.y != Y
    assert changed.sum() >= 0.9 * len(WRONG)
    assert (detector.plan_.y[changed] == TRUE[changed]).mean() >= 0.95


def test_a_relabelled_target_is_kept_as_it_came():
    y = pd.Series(Y, index=np.arange(300) + 1000, name="side").astype("category")
    frame = pd.DataFrame(X).set_axis(y.index)
    _, labels = MislabelDetector(MODEL, action="relabel", random_state=0).fit_resample(frame, y)
    assert labels.index.equals(y.index)
    assert (labels.name, labels.dtype) == (y.name, y.dtype)
    assert (labels.to_numpy() != y.to_numpy()).sum() > 10
    polars = pl.Series("side", Y)
    _, labels = MislabelDetector(MODEL, action="relabel", random_state=0).fit_resample(X, polars)
    assert (type(labels), labels.name, labels.dtype) == (pl.Series, "side", polars.dtype)
    _, codes = MislabelDetector(MODEL, action="relabel", random_state=0).fit_resample(X, (Y == "left").astype("int8"))
    assert codes.dtype == "int8"


def test_what_is_done_to_a_row_is_on_record_with_how_sure_it_is():
    overlapping = X + np.random.default_rng(1).normal(0, 2, X.shape)
    split = datafix.split(overlapping, Y, stratify=True, random_state=0)
    step = MislabelDetector(MODEL, action="relabel", random_state=0)
    prepared = datafix.prepare(None, overlapping, Y, split=split, row_steps=[step])
    changes = prepared.changes.to_frame()
    assert len(changes) > 3
    assert changes["confidence"].between(0.8, 1).all()
    assert changes["confidence"].nunique() > 3


def test_any_whole_numbers_are_classes_and_quantities_are_refused():
    codes = np.repeat(np.arange(100), 20)
    noisy = codes.copy()
    noisy[::50] = (noisy[::50] + 7) % 100
    features = np.random.default_rng(0).permutation(100)[codes][:, None] * 10 + RNG.normal(size=(2000, 1))
    detector = MislabelDetector(LogisticRegression(max_iter=50), random_state=0)
    assert MislabelDetector(KNeighborsClassifier(5), random_state=0).fit(features, noisy).is_issue_[::50].mean() > 0.8
    assert MislabelDetector(MODEL, cv=2, random_state=0).fit(X[:12], np.arange(12) % 8).classes_.tolist() == [*range(8)]
    for quantity in (RNG.normal(size=2000), np.where(codes == 3, np.inf, codes), pd.date_range("2020", periods=2000)):
        with pytest.raises(TableError, match="needs classes"):
            detector.fit(features, quantity)


def test_a_class_that_models_have_not_learned_is_left_alone():
    random = np.random.default_rng(0)
    rare = np.arange(1000) < 50
    features = random.normal(size=(1000, 4)) + rare[:, None] * [1, 0, 0, 0]
    assert not MislabelDetector(random_state=0).fit(features, rare).is_issue_.any()
    split = datafix.split(features, rare, stratify=True, random_state=0)
    prepared = datafix.prepare(None, features, rare, split=split, row_steps=[MislabelDetector(random_state=0)])
    assert prepared.train.target.sum() == rare[split.train].sum()


def test_precision_is_that_of_the_labels_called_suspicious():
    overlapping = np.r_[RNG.normal(-1, 1, (400, 2)), RNG.normal(1, 1, (400, 2))]
    y = np.repeat([0, 1], 400)
    wrong = RNG.random(800) < 0.1
    noisy = np.where(wrong, 1 - y, y)
    by = {
        t: MislabelDetector(GaussianNB(), threshold=t, random_state=0).fit(overlapping, noisy) for t in (0.0, 0.1, 0.9)
    }
    assert np.isnan(by[0.0].estimated_precision_)
    assert by[0.1].estimated_precision_ > by[0.9].estimated_precision_
    assert len({detector.noise_rate_ for detector in by.values()}) == 1


@pytest.mark.parametrize("shift", [0.7, 1.0, 1.5, 2.0, 4.0])
def test_precision_is_estimated_to_a_fifth(shift):
    truths, told = [], []
    for seed in range(4):
        random = np.random.default_rng(seed)
        features = np.r_[random.normal(-shift, 1, (400, 2)), random.normal(shift, 1, (400, 2))]
        y = np.repeat([0, 1], 400)
        wrong = random.random(800) < 0.1
        detector = MislabelDetector(GaussianNB(), random_state=0).fit(features, np.where(wrong, 1 - y, y))
        truths.append(wrong[detector.is_issue_].mean())
        told.append(detector.estimated_precision_)
    assert np.mean(told) == pytest.approx(np.mean(truths), abs=0.2)


def test_generators_without_a_seed_are_seeded_and_the_global_one_is_left_alone():
    before = np.random.get_state()[1].copy()
    trees = ExtraTreesClassifier(5)
    one, two = (MislabelDetector(trees, random_state=0).fit(X, Y) for _ in range(2))
    np.testing.assert_array_equal(one.pred_proba_, two.pred_proba_)
    np.testing.assert_array_equal(np.random.get_state()[1], before)
    assert trees.random_state is None


@pytest.mark.parametrize(
    ("options", "given", "told"),
    [
        ({"cv": [(np.arange(300), np.arange(300))]}, {}, "tests rows that it trains on"),
        ({"cv": []}, {}, "pairs"),
        ({"cv": "x"}, {}, "pairs"),
        ({"threshold": None}, {}, "threshold"),
        ({"threshold": True}, {}, "threshold"),
        ({"relabel_confidence": 2}, {}, "relabel_confidence"),
        ({"rounds": True}, {}, "rounds"),
        ({"estimator": LinearSVC()}, {}, "predict_proba"),
        ({"estimator": KNeighborsClassifier()}, {"sample_weight": np.ones(300)}, "takes no sample_weight"),
        ({}, {"sample_weight": -np.ones(300)}, "not negative"),
        ({}, {"groups": np.repeat(["a", "b"], 150)}, "5 folds need as many groups, got 2"),
        ({}, {"groups": [None, *range(299)]}, "1 group"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name(options, given, told):
    with pytest.raises(datafix.DatafixError, match=told):
        MislabelDetector(**{"estimator": GaussianNB(), "random_state": 0, **options}).fit(X, Y, **given)


def test_folds_come_as_scikit_learn_takes_them():
    folds = list(KFold(5, shuffle=True, random_state=0).split(X))
    masks = [(np.isin(np.arange(300), train), np.isin(np.arange(300), test)) for train, test in folds]
    known = MislabelDetector(MODEL, cv=folds, random_state=0).fit(X, Y).pred_proba_
    for cv in (iter(folds), masks):
        np.testing.assert_array_equal(MislabelDetector(MODEL, cv=cv, random_state=0).fit(X, Y).pred_proba_, known)
    assert MislabelDetector(MODEL, cv=None, random_state=0).fit(X, Y).is_issue_.any()
    twice = MislabelDetector(MODEL, cv=iter(folds), rounds=2, random_state=0).fit(X, Y)
    assert twice.n_rounds_ == 2


def test_labels_in_another_order_than_the_rows_are_refused():
    names = [f"row {at}" for at in range(300)]
    shuffled = pd.Series(Y, index=names).sample(frac=1, random_state=0)
    with pytest.raises(TableError, match=r"y\.loc\[X\.index\]"):
        MislabelDetector(MODEL).fit(pd.DataFrame(X, index=names), shuffled)
    MislabelDetector(MODEL).fit(pd.DataFrame(X), shuffled)  # positions have no names to contradict


def test_probabilities_go_by_the_names_of_their_columns():
    sure = np.where(Y[:, None] == ["left", "right"], 0.9, 0.1)
    sure[3] = sure[3][::-1]
    known = find_label_issues(Y, sure)
    named = pd.DataFrame(sure, columns=["left", "right"])
    pd.testing.assert_frame_equal(find_label_issues(Y, named[["right", "left"]]), known)
    pd.testing.assert_frame_equal(find_label_issues(Y, sure[:, ::-1], classes=["right", "left"]), known)
    wider = np.column_stack([sure[:, 0], np.zeros(300), sure[:, 1]])
    with_another = find_label_issues(Y, wider, classes=["left", "middle", "right"])
    assert with_another["is_issue"].tolist() == known["is_issue"].tolist()
    with pytest.raises(TableError, match="got none for"):
        find_label_issues(Y, sure, classes=["left", "top"])
    names = [f"row {at}" for at in range(300)]
    with pytest.raises(TableError, match="another order"):
        find_label_issues(pd.Series(Y, index=names), named.set_axis(names).sample(frac=1, random_state=0))
    with pytest.raises(TableError, match="add up to 1"):
        find_label_issues(Y, sure * 0.5)


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


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
def test_a_second_round_that_the_data_do_not_support_does_no_harm(seed):
    features, true = make_gaussian_quantiles(n_samples=600, n_features=10, n_classes=3, random_state=seed)
    random = np.random.default_rng(seed)
    wrong = random.random(600) < 0.1
    y = np.where(wrong, (true + random.integers(1, 3, 600)) % 3, true)
    one, auto = (MislabelDetector(rounds=n, random_state=0).fit(features, y) for n in (1, "auto"))
    assert auto.n_rounds_ == 1
    np.testing.assert_array_equal(auto.pred_proba_, one.pred_proba_)


@pytest.mark.long
def test_a_second_round_that_the_data_support_finds_more():
    features, true = make_classification(2000, n_informative=8, n_classes=3, class_sep=1.5, random_state=0)
    wrong = np.arange(2000) % 5 == 0
    y = np.where(wrong, (true + 1) % 3, true)
    one, auto = (MislabelDetector(rounds=n, random_state=0).fit(features, y) for n in (1, "auto"))
    assert auto.n_rounds_ == 2
    quality = [average_precision_score(wrong, -detector.label_quality_) for detector in (one, auto)]
    assert quality[1] > quality[0]


def test_a_round_that_explains_the_labels_worse_is_left_out(monkeypatch):
    likelihoods = iter([-0.1, -0.2])

    def worse(*arguments):
        return pool(*arguments)._replace(log_likelihood=next(likelihoods))

    monkeypatch.setattr("datafix.labels.mislabel_detector.pool", worse)
    auto = MislabelDetector(random_state=0, cv=3).fit(X, Y)
    monkeypatch.undo()
    assert auto.n_rounds_ == 1
    assert MislabelDetector(random_state=0, cv=3, rounds=2).fit(X, Y).n_rounds_ == 2
    expected = MislabelDetector(random_state=0, cv=3, rounds=1).fit(X, Y)
    np.testing.assert_array_equal(auto.pred_proba_, expected.pred_proba_)


def test_right_labels_are_left_alone():
    features, y = load_iris(return_X_y=True)
    assert MislabelDetector(random_state=0).fit(features, y).noise_rate_ < 0.05
    assert not MislabelDetector(random_state=0).fit(X, TRUE).is_issue_.any()


def test_the_channel_learns_which_labels_are_mistaken_for_which():
    random = np.random.default_rng(0)
    true = random.integers(0, 3, 2000)
    given = np.where((true == 0) & (random.random(2000) < 0.3), 2, true)
    proba = np.full((2000, 3), 0.1)
    proba[np.arange(2000), true] = 0.8
    pooled = pool([proba], given, 0)
    assert pooled.transition[0, 2] == pytest.approx(0.3, abs=0.05)
    assert pooled.transition[[0, 1, 1, 2, 2], [1, 0, 2, 0, 1]].max() < 0.02
    np.testing.assert_allclose(pooled.posterior.sum(axis=1), 1)
    assert (pooled.posterior.argmax(axis=1) == true).mean() > 0.99


def test_the_pool_trusts_the_better_model():
    random = np.random.default_rng(0)
    codes = random.integers(0, 2, 1000)
    good = np.where(codes[:, None] == [0, 1], 0.7, 0.3) + random.normal(0, 0.1, (1000, 1)) * [1, -1]
    noise = random.uniform(0.05, 0.95, 1000)
    pooled = pool([good, np.column_stack([noise, 1 - noise])], codes, 0)
    assert (pooled.proba.argmax(axis=1) == codes).mean() > 0.95


def test_soft_labels_lean_to_the_true_class():
    detector = MislabelDetector(random_state=0).fit(X, Y)
    np.testing.assert_allclose(detector.soft_label_.sum(axis=1), 1)
    assert (detector.classes_[detector.soft_label_.argmax(axis=1)] == TRUE).mean() > 0.99


def test_the_precision_is_low_where_classes_overlap():
    random = np.random.default_rng(0)
    features = np.r_[random.normal(-0.5, 1, (300, 2)), random.normal(0.5, 1, (300, 2))]
    overlapping = MislabelDetector(random_state=0).fit(features, np.repeat([0, 1], 300))
    apart = MislabelDetector(random_state=0).fit(X, Y)
    assert apart.estimated_precision_ > 0.9
    assert not overlapping.is_issue_.any() or overlapping.estimated_precision_ < 0.5


class CountingFits(GaussianNB):
    sizes: ClassVar[list[int]] = []

    def fit(self, X, y, sample_weight=None):
        self.sizes.append(len(y))
        if len(self.sizes) == 4:
            raise KeyboardInterrupt
        return super().fit(X, y)


def test_a_run_that_was_stopped_goes_on(tmp_path):
    detector = MislabelDetector(CountingFits(), random_state=0, memory=tmp_path)
    with pytest.raises(KeyboardInterrupt):
        detector.fit(X, Y)
    detector.fit(X, Y)
    assert len(CountingFits.sizes) == 4 + 2  # three folds were kept
    np.testing.assert_array_equal(
        detector.pred_proba_, MislabelDetector(GaussianNB(), random_state=0).fit(X, Y).pred_proba_
    )


def test_progress_is_shown_when_asked_for(capsys):
    MislabelDetector(GaussianNB(), random_state=0).fit(X, Y)
    assert capsys.readouterr() == ("", "")
    MislabelDetector(GaussianNB(), random_state=0, progress=True).fit(X, Y)
    assert "Folds of GaussianNB" in capsys.readouterr().out


def test_processes_find_what_one_finds():
    expected = MislabelDetector(random_state=0, cv=3).fit(X, Y)
    np.testing.assert_allclose(
        MislabelDetector(random_state=0, cv=3, n_jobs=2).fit(X, Y).pred_proba_, expected.pred_proba_
    )


def test_confident_learning_can_be_asked_for():
    proba = out_of_fold_proba(MODEL, X, (Y == "right").astype(int), random_state=0)
    flags = find_label_issues(Y, proba, threshold="confident_learning")["is_issue"]
    detector = MislabelDetector(MODEL, threshold="confident_learning", cv=5, random_state=0).fit(X, Y)
    assert flags.sum() > 10
    assert detector.is_issue_.sum() > 10
