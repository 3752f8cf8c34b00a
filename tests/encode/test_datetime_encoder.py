import numpy as np
import pandas as pd
import polars as pl
import pytest

from datafix.encode import DatetimeEncoder
from datafix.errors import TableError

TIMES = pd.DataFrame({"t": pd.to_datetime(["2024-01-01 06:00", "2024-01-08 18:00", None])})


def test_gives_elapsed_days_and_the_phases_of_day_week_and_year():
    encoder = DatetimeEncoder().fit(TIMES)

    first, second, missing = encoder.transform(TIMES)
    seconds = pd.Timestamp("2024-01-08 18:00").timestamp()
    phases = [seconds % 86400 / 86400, (seconds / 86400 + 3) % 7 / 7, seconds / 86400 / 365.2425 % 1]

    assert encoder.origin_ == {"t": int(pd.Timestamp("2024-01-01 06:00").timestamp())}
    assert first[0] == 0 and second[0] == 7.5
    np.testing.assert_allclose(second[1:], [f(2 * np.pi * p) for p in phases for f in (np.sin, np.cos)], atol=1e-12)
    assert np.isnan(missing).all()


def test_monday_midnight_begins_the_week():
    encoder = DatetimeEncoder().fit(TIMES)

    assert encoder.transform(pd.DataFrame({"t": pd.to_datetime(["2024-01-01"])}))[0, 3] == pytest.approx(0, abs=1e-9)


def test_zones_dates_and_seconds_are_the_same_moments():
    utc = pd.DataFrame({"t": pd.to_datetime(["1969-12-31", "2024-02-03"])})
    berlin = pd.DataFrame({"t": utc["t"].dt.tz_localize("UTC").dt.tz_convert("Europe/Berlin")})
    dates = pl.DataFrame({"t": utc["t"].dt.date.tolist()})
    seconds = pd.DataFrame({"t": [-86400, int(utc["t"][1].timestamp())]})

    outputs = [DatetimeEncoder().fit_transform(X) for X in (utc, berlin, dates, seconds)]

    for output in outputs[1:]:
        np.testing.assert_array_equal(output, outputs[0])


def test_refuses_what_is_no_time():
    with pytest.raises(TableError, match="needs times, or seconds since 1970, in column 'a', got text"):
        DatetimeEncoder().fit(pd.DataFrame({"a": ["x"]}))
    with pytest.raises(TableError, match="'a': all 2 training values are missing"):
        DatetimeEncoder().fit(pd.DataFrame({"a": [None, None]}))
    with pytest.raises(TableError, match="infinity"):
        DatetimeEncoder().fit(pd.DataFrame({"a": [np.inf]}))
