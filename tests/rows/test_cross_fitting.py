"""Steps that cross-fit, and rows that are new, on their way through ResampledTrainer and prepare."""

import numpy as np
import pandas as pd
import pytest
from imblearn.over_sampling import SMOTE
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler, TargetEncoder

from datafix import ResampledTrainer, RowPlan, RowStep, Split, prepare

RNG = np.random.default_rng(0)
NOISE = pd.DataFrame({"id": RNG.integers(0, 1000, 3000).astype(str)})
COIN = RNG.integers(0, 2, 3000)


class Every(RowStep):
    """Leave out every so manieth row."""

    def __init__(self, nth=5):
        self.nth = nth

    def select(self, X, y=None, *, sample_weight=None, groups=None):
        return RowPlan(np.flatnonzero(np.arange(len(X)) % self.nth))


def encoder():
    return TargetEncoder(target_type="binary")


def test_a_target_encoder_inside_a_trainer_learns_nothing_from_noise():
    features = NOISE
    trainer = ResampledTrainer(encoder(), [Every(5)])

    crossed = trainer.fit_transform(features, COIN)[:, 0]
    learned = np.isin(np.arange(3000), trainer.sample_indices_)
    leaking = trainer.transform(features)[:, 0]

    assert crossed.shape == (3000,)
    assert abs(roc_auc_score(COIN[learned], crossed[learned]) - 0.5) < 0.1
    assert abs(roc_auc_score(COIN[~learned], crossed[~learned]) - 0.5) < 0.1
    assert roc_auc_score(COIN[learned], leaking[learned]) > 0.7


def test_a_target_encoder_in_prepare_learns_nothing_from_noise():
    split = Split(train=np.arange(2400), test=np.arange(2400, 3000))

    prepared = prepare(encoder(), NOISE, COIN, split=split, row_steps=[Every(5)])

    train = prepared.train
    assert train.index.tolist() == [i for i in range(2400) if i % 5]
    assert abs(roc_auc_score(train.target, train.features[:, 0]) - 0.5) < 0.1
    assert roc_auc_score(train.target, prepared.pipeline.transform(NOISE.iloc[train.index])[:, 0]) > 0.7


@pytest.mark.parametrize("frame", [True, False])
def test_rows_that_an_oversampler_made_are_marked_and_weigh_one(frame):
    table = RNG.normal(size=(200, 3))
    table = pd.DataFrame(table, columns=list("abc")) if frame else table
    labels = np.where(np.arange(200) % 10 == 0, "rare", "usual")
    split = Split(train=np.arange(40, 200), test=np.arange(40))
    weight = np.arange(200.0) + 2

    prepared = prepare(
        StandardScaler(), table, labels, split=split, row_steps=[SMOTE(random_state=0)], sample_weight=weight
    )

    train, test = prepared.train, prepared.test
    assert train.index[:160].tolist() == list(range(40, 200)) and set(train.index[160:]) == {-1}
    assert np.bincount(train.target).tolist() == [144, 144]
    np.testing.assert_array_equal(train.sample_weight, np.append(weight[40:], np.ones(128)))
    assert test.index.tolist() == list(range(40)) and len(test.features) == 40
    np.testing.assert_allclose(train.features.mean(axis=0), 0, atol=1e-9)
    assert len(prepared.changes) == 0
