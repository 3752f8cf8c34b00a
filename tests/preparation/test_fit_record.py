import numpy as np
import pandas as pd

import datafix
from datafix.preparation.fit_record import FitRecord

X = np.random.default_rng(0).normal(size=(200, 3))
Y = np.arange(200) % 2
SPLIT = datafix.split(X, Y, random_state=0, validation_size=0)


def table(rows):
    return pd.DataFrame(X[rows], columns=["x0", "x1", "x2"])


def seen(train, test, prepared):
    return datafix.audit(train, test=test, prepared=prepared, checks=["seen_in_preparation"])


def test_a_test_row_that_was_fitted_on_is_proved():
    prepared = datafix.prepare(None, X, Y, split=SPLIT, record=True)

    report = seen(table(SPLIT.train[5:]), table(np.r_[SPLIT.test, SPLIT.train[:5]]), prepared)

    assert report.issues[0].rows.tolist() == [40, 41, 42, 43, 44]
    assert report.issues[0].evidence["leakage"] == "L1.2"


def test_unseen_test_rows_are_ruled_out():
    prepared = datafix.prepare(None, X, Y, split=SPLIT, record=True)

    assert seen(table(SPLIT.train), table(SPLIT.test), prepared).passed == ("seen_in_preparation",)


def test_a_test_row_equal_to_a_training_row_proves_nothing():
    prepared = datafix.prepare(None, X, Y, split=SPLIT, record=True)

    assert seen(table(SPLIT.train), table(np.r_[SPLIT.test, SPLIT.train[:5]]), prepared).issues == ()


def test_nothing_is_recorded_unless_asked():
    prepared = datafix.prepare(None, X, Y, split=SPLIT)

    assert prepared.record is None
    assert "record=True" in seen(table(SPLIT.train), table(SPLIT.test), prepared).skipped["seen_in_preparation"]


def test_the_digest_is_of_the_rows_whatever_their_order_and_width():
    record = FitRecord.of(X)

    assert record == FitRecord.of(X[::-1].astype(np.float32))
    assert record != FitRecord.of(X[1:])
    assert record.n_rows == 200
    assert record.share == 1


def test_a_sketch_knows_a_random_share_and_is_never_wrong():
    many = np.random.default_rng(1).normal(size=(5000, 2))

    sketch = FitRecord.of(many, most=1000)

    assert len(sketch.hashes) == 1000
    assert abs(sketch.share - 0.2) < 0.03
    assert abs(sketch.seen(many).mean() - 0.2) < 0.001
    assert not sketch.seen(many + 1).any()
    assert sketch.n_rows == 5000
