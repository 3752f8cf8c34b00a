import narwhals as nw
import numpy as np
import pandas as pd
import pytest
from sklearn import datasets

from datafix.sentinels import find_sentinels, find_table_sentinels, is_marker

RNG = np.random.default_rng(0)
N = 3000


def found(values):
    return list(find_sentinels(nw.from_native(pd.Series(values), series_only=True)))


HONEST = {
    "ages": RNG.integers(18, 100, N),
    "percentages": RNG.integers(0, 101, N),
    "prices that end in nines": RNG.choice([19, 49, 99, 199, 299, 499, 999], N),
    "counts": RNG.poisson(3, N),
    "heavy counts": np.minimum(RNG.zipf(1.5, N), 10**6),
    "amounts, mostly zero": np.where(RNG.random(N) < 0.7, 0, RNG.lognormal(6, 2, N).round()),
    "normal": RNG.normal(size=N),
    "whole normal": RNG.normal(20, 7, N).round(),
    "binary": RNG.integers(0, 2, N),
    "plus and minus one": RNG.choice([-1, 1], N),
    "minus one, nought, one": RNG.choice([-1, 0, 1], N),
    "small codes": RNG.integers(1, 10, N),
    "codes of three digits": RNG.choice([101, 205, 310, 999], N),
    "years": RNG.integers(1950, 2024, N),
    "ids": np.arange(10_000),
    "temperatures": RNG.normal(5, 10, N).round(),
    "clusters": RNG.integers(-1, 8, N),
    "booleans": RNG.random(N) < 0.5,
    "countries with Namibia": RNG.choice(["US", "NA", "DE", "FR"], N),
    "signs": RNG.choice(["+", "-"], N),
    "none as an answer": RNG.choice(["none", "some", "unknown"], N),
    "lost or found": RNG.choice(["missing", "found"], N),
    "infinities": [1.0, 2.0, np.inf, -np.inf] * 5,
    "nothing": [None, None],
    "one value": [-999, -999, -999],
}


@pytest.mark.parametrize("values", HONEST.values(), ids=HONEST.keys())
def test_does_not_cry_wolf(values):
    assert found(values) == []


@pytest.mark.parametrize("name", ["wine", "breast_cancer", "digits", "iris", "diabetes"])
def test_finds_nothing_in_clean_numbers(name):
    frame = getattr(datasets, f"load_{name}")(as_frame=True).frame

    assert {column: found(frame[column]) for column in frame if found(frame[column])} == {}


@pytest.mark.parametrize(
    ("filler", "others"),
    [
        (99999, np.where(RNG.random(N) < 0.9, 0, RNG.integers(100, 41310, N))),
        (-999, RNG.lognormal(5, 1, N)),
        (-999, RNG.normal(0, 10, N)),
        (-1, RNG.integers(1, 300, N)),
        (99, RNG.integers(1, 8, N)),
        (9999, RNG.integers(1950, 2024, N)),
        (-9, RNG.integers(1, 4, N)),
    ],
)
def test_finds_fillers_of_numbers(filler, others):
    values = np.where(np.arange(N) % 20 == 0, filler, others)

    assert found(values) == [filler]


@pytest.mark.parametrize("marker", ["?", " ?", "N/A", "", "  ", "nan", "NULL", "-", "#N/A", "Missing"])
def test_finds_markers_in_text_as_they_are_spelt(marker):
    assert is_marker(marker)
    assert found(["private", "public", marker, "self-employed"]) == [marker]


def test_finds_fillers_in_numbers_kept_as_text():
    assert found([*map(str, range(40)), "-999", "-999", "-999", "?"]) == ["?", "-999"]


def test_tells_its_evidence():
    evidence = find_sentinels(nw.from_native(pd.Series([*range(10), 999, 999, 999]), series_only=True))

    assert evidence[999.0] == {"count": 3, "share": 0.231, "nearest": 9.0, "gap": 990.0, "range": 9.0}


def zeros_in(**columns):
    series = {name: nw.from_native(pd.Series(values), series_only=True) for name, values in columns.items()}
    return sorted(name for name, sentinels in find_table_sentinels(series).items() if 0.0 in sentinels)


def with_zeros(values, share, rows=None):
    rows = RNG.random(len(values)) < share if rows is None else rows
    return np.where(rows, 0.0, values)


def test_finds_zero_where_zero_is_impossible():
    assert zeros_in(pulse=with_zeros(RNG.normal(72, 12, N).clip(35).round(), 0.05)) == ["pulse"]


def test_a_zero_that_goes_with_an_impossible_one_is_found_in_a_skewed_column_too():
    unmeasured = RNG.random(N) < 0.1
    pulse = with_zeros(RNG.normal(72, 12, N).clip(35).round(), 0, unmeasured)
    insulin = with_zeros(RNG.lognormal(5, 0.7, N).clip(14).round(), 0, unmeasured)

    assert zeros_in(pulse=pulse, insulin=insulin) == ["insulin", "pulse"]
    assert zeros_in(insulin=insulin) == []


@pytest.mark.parametrize(
    "values",
    [
        with_zeros(RNG.lognormal(5, 1, N).round(2), 0.9),
        RNG.poisson(3, N),
        with_zeros(RNG.exponential(10, N), 0.3),
        with_zeros(RNG.integers(1, 72, N), 0.01),
        with_zeros(RNG.normal(72, 12, N).clip(35).round(), 0.6),
        with_zeros(RNG.integers(3, 9, N), 0.1),
        with_zeros((30 + RNG.exponential(60, N)).round(), 0.05),
        with_zeros(RNG.normal(16, 4, N).clip(4).round(), 0.05),
        RNG.normal(0, 1, N).round(1),
        np.r_[[0.0, 0.0], RNG.normal(72, 12, N).clip(35)],
    ],
    ids=["gains", "counts", "rain", "months", "mostly zero", "few values", "fees", "coarse", "both signs", "two zeros"],
)
def test_an_honest_zero_is_no_sentinel(values):
    assert zeros_in(values=values) == []


def test_zeros_of_a_skewed_column_that_go_their_own_way_are_honest():
    pulse = with_zeros(RNG.normal(72, 12, N).clip(35).round(), 0.1)
    insulin = with_zeros(RNG.lognormal(5, 0.7, N).clip(14).round(), 0.1)

    assert zeros_in(pulse=pulse, insulin=insulin) == ["pulse"]


def test_a_filler_does_not_hide_an_impossible_zero():
    pulse = with_zeros(RNG.normal(72, 12, N).clip(35).round(), 0.05)
    pulse[:5] = 99999.0

    assert zeros_in(pulse=pulse) == ["pulse"]
