import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse

from datafix import ParameterError
from datafix.fingerprint import found_among, row_hashes

FRAME = pd.DataFrame(
    {
        "number": [1.5, np.nan, -0.0, 1.5],
        "text": ["x", None, "y", "x"],
        "time": pd.to_datetime(["2020-01-01", None, "2021-01-01", "2020-01-01"]),
    }
)


def test_equal_rows_have_equal_hashes_and_others_do_not():
    hashes = row_hashes(FRAME)
    assert hashes[0] == hashes[3]
    assert len(np.unique(hashes)) == 3


@pytest.mark.parametrize(
    "stored",
    [
        FRAME[["time", "text", "number"]],
        FRAME.set_axis([9, 8, 7, 6]),
        FRAME.assign(text=FRAME["text"].astype("category")),
        FRAME.assign(number=FRAME["number"].astype("float32")),
        FRAME.assign(number=FRAME["number"].astype("Float64")),
        FRAME.assign(number=[1.5, np.nan, 0.0, 1.5]),
        pl.from_pandas(FRAME),
        pl.from_pandas(FRAME).to_arrow(),
    ],
)
def test_storage_does_not_hide_a_row(stored):
    np.testing.assert_array_equal(row_hashes(stored), row_hashes(FRAME))


def test_a_float32_copy_is_seen_in_float32_and_only_there():
    X = np.random.default_rng(0).normal(size=(50, 3))
    copy = X.astype("float32")
    assert (row_hashes(X, precision="float32") == row_hashes(copy, precision="float32")).all()
    assert not (row_hashes(X) == row_hashes(copy)).any()


def test_values_count_in_their_column_only():
    hashes = row_hashes(np.array([[1.0, 2.0], [2.0, 1.0]]))
    assert hashes[0] != hashes[1]


def test_a_number_is_not_its_text():
    assert row_hashes(pd.DataFrame({"a": [1]}))[0] != row_hashes(pd.DataFrame({"a": ["1"]}))[0]


def test_sparse_rows_hash_as_dense_ones():
    X = np.random.default_rng(0).integers(0, 3, (40, 5))
    np.testing.assert_array_equal(row_hashes(sparse.csr_array(X)), row_hashes(X))


def test_images_are_told_apart_by_single_pixels():
    images = np.zeros((3, 4, 4, 1), dtype="uint8")
    images[1, 2, 3, 0] = 1
    hashes = row_hashes(images)
    assert hashes[0] == hashes[2] != hashes[1]


def test_moments_of_a_second_are_told_apart():
    times = pd.DataFrame({"t": pd.to_datetime(["2020-01-01 00:00:00.1", "2020-01-01 00:00:00.2"])})
    assert len(np.unique(row_hashes(times))) == 2


def test_an_unknown_precision_is_refused():
    with pytest.raises(ParameterError, match="float64"):
        row_hashes(FRAME, precision="float64")


@pytest.mark.parametrize(("n_hashes", "n_known"), [(0, 5), (5, 0), (10_000, 300), (300, 10_000)])
def test_hashes_are_found_among_others_as_isin_does(n_hashes, n_known):
    random = np.random.default_rng(0)
    known = random.integers(0, 2**64, n_known, dtype=np.uint64)
    hashes = random.integers(0, 2**64, n_hashes, dtype=np.uint64)
    hashes[::7] = random.choice(known, len(hashes[::7])) if n_known else 3
    np.testing.assert_array_equal(found_among(hashes, known), np.isin(hashes, known))


BEYOND = 1_234_567_890_123_456_000


def test_whole_numbers_past_what_floats_tell_apart_stay_apart_in_every_storage():
    numbers = [BEYOND + i for i in range(50)]
    wanted = row_hashes(pd.DataFrame({"a": numbers}))

    assert len(np.unique(wanted)) == 50
    for stored in (
        pd.Series(numbers, dtype="uint64"),
        pd.Series(numbers, dtype="Int64"),
        pd.Series(numbers, dtype=object),
        pl.Series(numbers),
        pl.Series(numbers).cast(pl.UInt64),
    ):
        frame = stored.to_frame("a") if isinstance(stored, pd.Series) else pl.DataFrame({"a": stored})
        assert (row_hashes(frame) == wanted).all()
    assert len(np.unique(row_hashes(pd.DataFrame({"a": [10**30 + i for i in range(50)]})))) == 50


def test_whole_numbers_equal_the_float_that_holds_them():
    whole, floats = [1, 2**53 - 1, 2**60], [1.0, 2.0**53 - 1, 2.0**60]
    assert (row_hashes(pd.DataFrame({"a": whole})) == row_hashes(pd.DataFrame({"a": floats}))).all()
