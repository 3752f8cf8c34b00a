import numpy as np
import pytest

from datafix.augment import GaussianJitter, MixUp
from datafix.errors import ParameterError


def test_jitter_is_in_units_of_each_columns_spread():
    X = np.random.default_rng(0).normal(size=(5000, 3)).astype(np.float32) * [1, 100, 0]

    noise = GaussianJitter(0.1, spread=X.std(axis=0))(X.astype(np.float32)).numpy() - X

    np.testing.assert_allclose(noise.std(axis=0), [0.1, 10, 0], rtol=0.05)


def test_a_spread_that_does_not_fit_is_refused():
    with pytest.raises(ParameterError, match="spread of 2 features, got rows of shape \\(3,\\)"):
        GaussianJitter(0.1, spread=[1, 2])(np.zeros((4, 3), np.float32))
    for spread in ([[1.0]], [np.nan], [-1.0], 2.0):
        with pytest.raises(ParameterError, match="one finite number of 0 or more a feature"):
            GaussianJitter(0.1, spread=spread)


def test_mixups_targets_are_the_shares_that_made_the_rows():
    codes = np.arange(200) % 5
    x = np.eye(5, dtype=np.float32)[codes]

    mixed, target = MixUp(0.4, n_classes=5)(x, codes)

    # A row that stands for its class holds, mixed, the shares that its target must hold.
    np.testing.assert_allclose(mixed, target, atol=1e-6)
    assert ((target.numpy().max(axis=1) < 0.99) & (target.numpy().max(axis=1) >= 0.5)).mean() > 0.3
