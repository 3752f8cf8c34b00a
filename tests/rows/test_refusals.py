"""What cannot be is refused with the library's own errors, before any step runs."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.neighbors import LocalOutlierFactor
from sklearn.preprocessing import StandardScaler

from datafix import DropDuplicates, DropOutliers, ParameterError, ResampledTrainer, TableError

X = np.random.default_rng(0).normal(size=(40, 3))
Y = np.arange(40.0)
STEP = DropDuplicates()


class Tagged(LinearRegression):
    """Remember the tags that fit was given."""

    def fit(self, X, y, tags=None):
        self.tags_ = tags
        return super().fit(X, y)


def trainer(estimator=None, steps=(STEP,), **options):
    return ResampledTrainer(LinearRegression() if estimator is None else estimator, list(steps), **options)


@pytest.mark.parametrize(
    ("refused", "told"),
    [
        (trainer(LinearRegression), r"class LinearRegression. Write LinearRegression\(\)"),
        (trainer("forest"), "estimator with fit, got 'forest'"),
        (ResampledTrainer(None, [STEP]), "estimator with fit, got None"),
        (ResampledTrainer(LinearRegression(), None), "must be a list.*got None"),
        (ResampledTrainer(LinearRegression(), STEP), r"must be a list.*got DropDuplicates\(\)"),
        (trainer(steps=[DropDuplicates]), "instance, got the class DropDuplicates"),
        (trainer(steps=["drop"]), "'passthrough' or None, got 'drop'"),
        (trainer(steps=[3]), "get_params.*got 3"),
        (trainer(steps=[("a", 3)]), "get_params.*got 3"),
        (trainer(steps=[("a", STEP, 1)]), r"tuple \(name, step\)"),
        (trainer(steps=[(STEP, "a")]), r"tuple \(name, step\)"),
        (trainer(steps=[("a__b", STEP)]), "must not hold '__'.*'a__b'"),
        (trainer(steps=[("min_kept", STEP)]), "'min_kept'"),
        (trainer(steps=[("a", STEP), ("a", STEP)]), "names that occur once"),
        (trainer(steps=[StandardScaler()]), "got StandardScaler"),
        (trainer(steps=[LocalOutlierFactor(novelty=True)]), "fit_predict.*got LocalOutlierFactor"),
        (trainer(min_kept=1.5), "0 <= min_kept <= 1, got 1.5"),
        (trainer(min_kept="half"), "0 <= min_kept <= 1, got 'half'"),
        (trainer(min_kept=float("nan")), "got nan"),
    ],
)
def test_a_trainer_that_cannot_be_is_refused(refused, told):
    with pytest.raises(ParameterError, match=told):
        refused.fit(X, Y)


@pytest.mark.parametrize(
    ("table", "target", "options", "told"),
    [
        ([[1.0, 2.0], [3.0]], [0, 1], {}, "rows of one length, got a ragged list"),
        (X, Y[:3], {}, r"value of y a row: X has 40 rows, got y of shape \(3,\)"),
        (X, Y, {"groups": [1, 2]}, "value of groups a row"),
        (X, Y, {"sample_weight": [1, 2]}, "value of sample_weight a row"),
        (X, Y, {"sample_weight": ["heavy"] * 40}, "sample_weight as numbers: could not convert"),
        (X, Y, {"sample_weight": np.append(np.ones(39), np.nan)}, "1 missing or infinite"),
        (X, Y, {"sample_weight": np.zeros(40)}, "no row would count"),
    ],
)
def test_a_table_that_cannot_be_is_refused(table, target, options, told):
    with pytest.raises(TableError, match=told):
        trainer().fit(table, target, **options)


@pytest.mark.parametrize("step", [DropDuplicates(), DropOutliers()], ids=str)
def test_a_bare_step_refuses_a_target_of_another_length(step):
    for call in (step.select, step.fit, step.fit_resample):
        with pytest.raises(TableError, match="40 rows, got"):
            call(X, Y[:3])


def test_a_passed_over_step_is_a_step():
    assert len(trainer(steps=[("a", "passthrough"), ("b", None)]).fit(X, Y).sample_indices_) == 40


@pytest.mark.parametrize("came_as", [list, tuple, np.array, pd.Series, pa.array, lambda tags: pa.chunked_array([tags])])
def test_metadata_of_every_kind_are_cut(came_as):
    twice = np.vstack([X, X[:8]])
    fitted = trainer(Tagged()).fit(twice, np.append(Y, Y[:8]), tags=came_as(list(range(48))))
    assert np.asarray(fitted.estimator_.tags_).tolist() == list(range(40))
