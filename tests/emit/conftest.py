import numpy as np
import pytest

from datafix.emit import keras_inputs, to_keras


@pytest.fixture
def assert_same():
    """Assert that the exported model computes what ``transform`` does, to 1e-12 in float64."""

    def check(fitted, X, **options):
        expected = fitted.transform(X)
        expected = expected.toarray() if hasattr(expected, "toarray") else expected
        expected = np.asarray(expected, dtype=np.float64)

        inputs = keras_inputs(X)
        exact = to_keras(fitted, dtype="float64", **options)(inputs).numpy()
        short = to_keras(fitted, **options)(inputs).numpy()

        scale = np.maximum(1.0, np.abs(expected))
        np.testing.assert_allclose(exact / scale, expected / scale, rtol=0, atol=1e-12)
        np.testing.assert_allclose(short / scale, expected / scale, rtol=0, atol=5e-6)
        assert short.dtype == np.float32

    return check
