"""scikit-learn's own contract, kept by every row step, alone and inside ResampledTrainer."""

import pytest
from sklearn.ensemble import IsolationForest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import datafix
from datafix import (
    Augmenter,
    DropDuplicates,
    DropInvalid,
    DropOutliers,
    MislabelDetector,
    RegressionLabelDetector,
    ResampledTrainer,
    RowStep,
    Schema,
)
from datafix.augment import GaussianJitter

NO_EQUIVALENCE = "the step's choice depends on the data, so repeating a row is not the same as weighing it"
NO_RULE = Schema({})  # the checks' tables have columns of any name
FOREST = IsolationForest(n_estimators=5, contamination=0.05, random_state=0)
MODEL = GaussianNB()
COPIES = Augmenter(GaussianJitter(0.01), random_state=0)
ALONE = [
    COPIES,
    DropDuplicates(),
    DropInvalid(NO_RULE),
    DropOutliers(),
    DropOutliers(FOREST),
    MislabelDetector(MODEL, cv=2, random_state=0),
    MislabelDetector(MODEL, cv=2, action="relabel", random_state=0),
    RegressionLabelDetector(LinearRegression(), cv=2, random_state=0),
    RegressionLabelDetector(LinearRegression(), cv=2, action="relabel", random_state=0),
]
STEPS = [DropDuplicates(), DropInvalid(NO_RULE), DropOutliers(FOREST)]
INSIDE = [LogisticRegression(), LinearRegression(), StandardScaler()]
TRAINERS = [ResampledTrainer(inside, [step], min_kept=0) for inside in INSIDE for step in STEPS] + [
    ResampledTrainer(LogisticRegression(), [MislabelDetector(MODEL, cv=2, random_state=0)], min_kept=0),
    ResampledTrainer(LogisticRegression(), [MislabelDetector(MODEL, cv=2, action="reweight", random_state=0)]),
    ResampledTrainer(
        LinearRegression(), [RegressionLabelDetector(LinearRegression(), cv=2, random_state=0)], min_kept=0
    ),
    ResampledTrainer(LogisticRegression(), [DropOutliers()], min_kept=0),
    ResampledTrainer(LogisticRegression(), [COPIES]),
    ResampledTrainer(LinearRegression(), [FOREST], min_kept=0),
    ResampledTrainer(ResampledTrainer(StandardScaler(), []), [DropDuplicates()], min_kept=0),
]


def expected(estimator):
    """Tell which checks cannot hold, and why."""
    if not isinstance(estimator, ResampledTrainer) or isinstance(estimator.steps[0], DropInvalid):
        return {}
    inside, step = estimator.estimator, estimator.steps[0]
    why = {}
    if isinstance(step, Augmenter):
        why["check_dtype_object"] = "cells that hold dicts are refused by a TableError, which is no TypeError"
    if isinstance(step, DropOutliers) and step.detector is None:
        why["check_estimators_nan_inf"] = "a row with an infinite value is an outlier: the estimator never sees it"
    if isinstance(step, RegressionLabelDetector):
        why["check_regressor_multioutput"] = "targets are judged one column at a time, and more are refused"
    if isinstance(inside, LinearRegression) and isinstance(step, DropDuplicates | RegressionLabelDetector):
        return why  # nothing is dropped: the check's quantities differ from row to row, and follow the model
    why["check_sample_weight_equivalence_on_dense_data"] = NO_EQUIVALENCE
    if not isinstance(inside, StandardScaler | ResampledTrainer) and estimator.__sklearn_tags__().input_tags.sparse:
        why["check_sample_weight_equivalence_on_sparse_data"] = NO_EQUIVALENCE
    return why


@parametrize_with_checks(ALONE + TRAINERS, expected_failed_checks=expected)
@pytest.mark.filterwarnings("ignore::datafix.errors.DatafixWarning")  # the checks' tables are full of copies
def test_keeps_scikit_learns_own_contract(estimator, check):
    check(estimator)


def test_every_row_step_stands_in_these_checks():
    public = [getattr(datafix, name) for name in datafix.__all__]
    steps = {cls for cls in public if isinstance(cls, type) and issubclass(cls, RowStep) and cls is not RowStep}
    assert steps == {type(step) for step in ALONE}
    assert steps == {type(trainer.steps[0]) for trainer in TRAINERS} - {type(FOREST)}
