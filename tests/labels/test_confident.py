import numpy as np
import pytest
from cleanlab.filter import find_label_issues
from hypothesis import given, settings
from hypothesis import strategies as st

from datafix.labels.confident import confident_flags


def judged(n_rows, n_classes, noise, sharpness, seed, dtype=np.float64, skew=0.0):
    random = np.random.default_rng(seed)
    share = np.exp(-skew * np.arange(n_classes))
    true = random.choice(n_classes, n_rows, p=share / share.sum())
    true[:n_classes] = np.arange(n_classes)  # cleanlab wants each class to be given
    scores = random.normal(size=(n_rows, n_classes))
    scores[np.arange(n_rows), true] += sharpness
    proba = np.exp(scores)
    codes = np.where(random.random(n_rows) < noise, random.integers(0, n_classes, n_rows), true)
    codes[:n_classes] = np.arange(n_classes)
    return codes, (proba / proba.sum(axis=1, keepdims=True)).astype(dtype)


def theirs(codes, proba):
    return find_label_issues(codes, proba, filter_by="both", n_jobs=1, min_examples_per_class=0)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(40, 400),
    st.integers(2, 12),
    st.sampled_from([0.0, 0.05, 0.3]),
    st.sampled_from([0.0, 1.0, 4.0]),
    st.integers(0, 1000),
    st.sampled_from([0.0, 0.6]),
)
def test_flags_are_those_of_cleanlab(n_rows, n_classes, noise, sharpness, seed, skew):
    codes, proba = judged(n_rows, n_classes, noise, sharpness, seed, skew=skew)
    np.testing.assert_array_equal(confident_flags(codes, proba), theirs(codes, proba))


@pytest.mark.parametrize(("n_rows", "n_classes"), [(40_000, 3), (6000, 300)])
def test_flags_are_those_of_cleanlab_beyond_one_block(n_rows, n_classes):
    codes, proba = judged(n_rows, n_classes, 0.1, 4.0, 0)
    found = confident_flags(codes, proba)
    assert found.any()
    np.testing.assert_array_equal(found, theirs(codes, proba))


def test_single_precision_flags_as_many():
    codes, proba = judged(5000, 6, 0.1, 3.0, 0)
    single = confident_flags(codes, proba.astype(np.float32))
    assert (single != confident_flags(codes, proba)).mean() < 0.001


def test_a_class_that_no_row_has_is_no_hindrance():
    codes, proba = judged(500, 3, 0.1, 3.0, 0)
    wider = np.column_stack([proba, np.zeros(500)])
    np.testing.assert_array_equal(confident_flags(codes, wider), confident_flags(codes, proba))


def test_perfect_probabilities_flag_nothing():
    codes = np.repeat([0, 1, 2], 50)
    assert not confident_flags(codes, np.eye(3)[codes]).any()
