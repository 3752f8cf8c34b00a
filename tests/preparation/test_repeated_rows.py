"""Rows that a step repeats must not tell a cross-fitted step their own target."""

import numpy as np
import pandas as pd
import pytest
from imblearn.over_sampling import RandomOverSampler
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import datafix
from datafix import DatafixWarning
from datafix.encode import CategoryEncoder

RANDOM = np.random.default_rng(0)
NOISE = pd.DataFrame({"id": RANDOM.integers(400, size=2000).astype(str)})
Y = (RANDOM.random(2000) < 0.1).astype(int)
STEPS = [RandomOverSampler(random_state=0)]


def encoder():
    return CategoryEncoder(output="target", random_state=0)


def test_prepare_encodes_each_row_once_and_repeats_it():
    split = datafix.split(NOISE, Y, duplicates="ignore", random_state=0)

    train = datafix.prepare(encoder(), NOISE, Y, split=split, row_steps=STEPS).train

    assert train.target.mean() == 0.5
    assert abs(roc_auc_score(train.target, train.features[:, 0]) - 0.5) < 0.08
    values = pd.Series(train.features[:, 0]).groupby(train.index)
    assert (values.max() == values.min()).all()


def test_a_transformer_inside_a_trainer_learns_from_each_row_once():
    trainer = datafix.ResampledTrainer(encoder(), STEPS)

    encoded = trainer.fit_transform(NOISE, Y)

    assert len(trainer.sample_indices_) > len(NOISE)
    assert abs(roc_auc_score(Y, encoded[:, 0]) - 0.5) < 0.08


def test_fit_and_fit_transform_of_a_trainer_learn_the_same():
    X, y = RANDOM.normal(size=(200, 2)), np.arange(200) % 10 == 0
    first, second = (datafix.ResampledTrainer(StandardScaler(), STEPS) for _ in range(2))

    np.testing.assert_allclose(first.fit(X, y).transform(X), second.fit_transform(X, y))


def test_an_encoder_before_the_model_inside_a_trainer_warns():
    inside = datafix.ResampledTrainer(make_pipeline(encoder(), LogisticRegression()), STEPS)
    before = make_pipeline(encoder(), datafix.ResampledTrainer(LogisticRegression(), STEPS))

    with pytest.warns(DatafixWarning, match="Put them before the trainer"):
        inside.fit(NOISE, Y)
    before.fit(NOISE, Y)
