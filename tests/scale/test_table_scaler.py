import re

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import MinMaxScaler, PowerTransformer, QuantileTransformer, RobustScaler, StandardScaler

from datafix.errors import ParameterError, TableError
from datafix.scale import TableScaler

X = np.random.default_rng(0).lognormal(size=(200, 3))
PEERS = {
    "standard": StandardScaler(),
    "robust": RobustScaler(),
    "minmax": MinMaxScaler(),
    "quantile": QuantileTransformer(n_quantiles=200, subsample=None),
    "power": PowerTransformer(),
}


@pytest.mark.parametrize("method", PEERS)
def test_scales_as_scikit_learn_does(method):
    ours, theirs = TableScaler(method=method).fit_transform(X), PEERS[method].fit_transform(X)

    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("method", PEERS)
def test_constant_columns_become_zero_and_missing_values_stay(method):
    table = np.column_stack([np.full(50, 0.1), np.full(50, 1e9), np.arange(50.0)])
    table[3] = np.nan

    scaled = TableScaler(method=method).fit_transform(table)

    assert np.isnan(scaled[3]).all()
    assert (np.delete(scaled, 3, axis=0)[:, :2] == 0).all()
    assert np.isfinite(np.delete(scaled, 3, axis=0)).all()


def test_clip_bounds_held_out_extremes():
    scaler = TableScaler(clip=3).fit(X)

    assert scaler.transform([[1e9, -1e9, np.nan]])[0, :2].tolist() == [3, -3]


def test_a_column_that_is_mostly_one_value_keeps_a_scale_under_robust():
    gains = np.zeros((100, 1))
    gains[:10, 0] = np.arange(1e4, 1e5, 9e3)

    assert np.abs(TableScaler(method="robust").fit_transform(gains)).max() < 10


@pytest.mark.parametrize("options", [{"method": "log"}, {"clip": 0}, {"clip": -1.0}, {"clip": "no"}])
def test_refuses_arguments_that_cannot_be_meant(options):
    with pytest.raises(ParameterError, match="TableScaler needs"):
        TableScaler(**options).fit(X)


def test_names_columns_that_cannot_be_scaled():
    with pytest.raises(TableError, match=r"\['b'\]: all 2 training values"):
        TableScaler().fit(pd.DataFrame({"a": [1.0, 2.0], "b": [np.nan, np.nan]}))
    with pytest.raises(TableError, match=r"infinity in 1 column\(s\): 'b' \(2\)"):
        TableScaler().fit(pd.DataFrame({"a": [1.0, 2.0], "b": [np.inf, -np.inf]}))
    with pytest.raises(TableError, match="numbers in column 'b', got text"):
        TableScaler().fit(pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]}))


def test_a_held_out_column_that_is_all_missing_stays_so():
    scaler = TableScaler().fit(pd.DataFrame({"a": [1.0, 2.0]}))

    assert np.isnan(scaler.transform(pd.DataFrame({"a": [None, None]}))).all()


def test_says_which_columns_are_constant():
    frame = pd.DataFrame({"age": [20.0, 30.0, None], "one": [1.0, None, 1.0]})

    assert TableScaler().fit(frame).constant_ == ["one"]


@pytest.mark.parametrize("method", ["standard", "power"])
@pytest.mark.parametrize("huge", [1e155, 1e200])
def test_numbers_whose_squares_overflow_are_refused_by_name(method, huge):
    rows = pd.DataFrame({"a": np.arange(50.0), "b": np.random.default_rng(0).normal(size=50)})
    rows.loc[3, "b"] = huge
    with pytest.raises(TableError, match=rf"too large ones in 1 column\(s\): 'b' \(.* to {re.escape(f'{huge:g}')}\)"):
        TableScaler(method=method).fit(rows)
    assert np.isfinite(TableScaler(method="quantile").fit_transform(rows)).all()


def test_numbers_for_which_no_power_may_be_found_are_refused_or_scaled():
    rows = np.append(np.random.default_rng(0).normal(size=999), 1e150)[:, None]
    told = ""
    try:  # older versions of SciPy find one
        scaled = TableScaler(method="power").fit_transform(rows)
    except TableError as error:
        scaled, told = None, str(error)
    assert "no power for columns with numbers up to 1e+150" in told if scaled is None else np.isfinite(scaled).all()
