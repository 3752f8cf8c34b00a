import numpy as np
import pandas as pd
import pytest

from datafix import ParameterError
from datafix.near_duplicates import near_duplicates

RNG = np.random.default_rng(0)


def test_jittered_copies_are_found_and_nothing_else():
    X = RNG.normal(size=(2000, 10)) * 100
    jittered = X[:100] + RNG.uniform(-5e-3, 5e-3, (100, 10))
    group = near_duplicates(np.vstack([X, jittered]))
    assert np.array_equal(group[2000:], group[:100])
    assert len(np.unique(group)) == 2000


def test_text_and_missing_values_must_agree():
    frame = pd.DataFrame({"a": [1.0, 1.0, 1.0, np.nan], "b": ["x", "x", "y", "x"], "c": [0.0, 5.0, 0.0, 0.0]})
    assert near_duplicates(frame).tolist() == [0, 1, 2, 3]


def test_slightly_brighter_images_are_copies():
    images = RNG.integers(0, 255, (50, 16, 16, 1)).astype(float)
    group = near_duplicates(np.concatenate([images, images[:5] + 1.0]))
    assert np.array_equal(group[50:], group[:5])
    assert len(np.unique(group)) == 50


def test_a_negative_tolerance_is_refused():
    with pytest.raises(ParameterError, match="-1"):
        near_duplicates([[1.0]], tolerance=-1)
