import numpy as np
import pandas as pd
import pytest

from datafix.errors import ParameterError, TableError
from datafix.scale import QuantileClipper


def test_clips_to_the_quantiles_of_training():
    clipper = QuantileClipper(lower=0.25, upper=0.75).fit(pd.DataFrame({"a": [0.0, 1.0, 2.0, 3.0, 4.0]}))

    assert clipper.bounds_.tolist() == [[1.0], [3.0]]
    np.testing.assert_array_equal(
        clipper.transform(pd.DataFrame({"a": [-9, 2, 9, None]})), [[1.0], [2.0], [3.0], [np.nan]]
    )


@pytest.mark.parametrize(("lower", "upper"), [(0.5, 0.5), (-0.1, 1), (0, 1.1), (0.9, 0.1)])
def test_refuses_bounds_that_are_none(lower, upper):
    with pytest.raises(ParameterError, match="0 <= lower < upper <= 1"):
        QuantileClipper(lower=lower, upper=upper).fit([[1.0], [2.0]])


def test_names_columns_without_values():
    with pytest.raises(TableError, match=r"\['b'\]"):
        QuantileClipper().fit(pd.DataFrame({"a": [1.0], "b": [None]}))
