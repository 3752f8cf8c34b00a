"""Every step on random rows with missing and unseen values, in both precisions; and in processes without datafix."""

import functools
import json
import subprocess
import sys
import warnings

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.experimental import enable_iterative_imputer  # noqa: F401 (scikit-learn asks for it)
from sklearn.impute import IterativeImputer, KNNImputer, SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
    TargetEncoder,
)

from datafix.clean import CategoryCleaner, SentinelCleaner
from datafix.emit import input_schema, keras_inputs, to_keras
from datafix.encode import CategoryEncoder, DatetimeEncoder
from datafix.impute import TableImputer
from datafix.preprocess import TablePreprocessor
from datafix.scale import QuantileClipper, TableScaler

pytestmark = pytest.mark.filterwarnings("ignore:Found unknown categories:UserWarning")

NUMBERS = ["age", "income", "rate %", "stamp"]
TEXTS = ["town", "job"]
TIMES = ["seen"]


def table(n, seed, gaps=0.15, unseen=0.0):
    """Return random rows; ``stamp`` is 1.7e9 ± 1e3, which float32 cannot carry."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "age": rng.integers(18, 90, n) + rng.normal(size=n) / 8,
            "income": np.exp(rng.normal(8, 1.5, n)),
            "rate %": rng.normal(size=n),
            "stamp": 1.7e9 + 1e3 * rng.normal(size=n),
            "town": rng.choice(np.array(["Bonn", "bonn ", "Köln", "Ulm", "N/A"], dtype=object), n),
            "job": rng.choice(np.array(["a", "b", "c"], dtype=object), n),
            "seen": (1.7e9 + rng.integers(-(10**9), 10**9, n)).astype("int64").astype("datetime64[s]"),
        }
    )
    for name in frame:
        frame.loc[rng.random(n) < gaps, name] = None
        if unseen and name not in TIMES:
            frame.loc[rng.random(n) < unseen, name] = "never seen" if name in TEXTS else frame["age"].max() * 100
    return frame


STEPS = {
    "StandardScaler": (StandardScaler(), NUMBERS),
    "RobustScaler": (RobustScaler(), NUMBERS),
    "MinMaxScaler": (MinMaxScaler((0.1, 0.7), clip=True), NUMBERS),
    "MaxAbsScaler": (MaxAbsScaler(), NUMBERS),
    "QuantileTransformer": (QuantileTransformer(n_quantiles=50), NUMBERS),
    "normal QuantileTransformer": (QuantileTransformer(n_quantiles=50, output_distribution="normal"), NUMBERS),
    "PowerTransformer": (make_pipeline(StandardScaler(), PowerTransformer()), NUMBERS),
    "SimpleImputer": (SimpleImputer(strategy="median", add_indicator=True), NUMBERS),
    "Normalizer": (
        FeatureUnion([("a", StandardScaler()), ("b", make_pipeline(SimpleImputer(), Normalizer()))]),
        NUMBERS,
    ),
    "KBinsDiscretizer": (make_pipeline(SimpleImputer(), KBinsDiscretizer(4, strategy="uniform")), NUMBERS),
    "PCA": (make_pipeline(StandardScaler(), SimpleImputer(), PCA(2, whiten=True)), NUMBERS),
    "IterativeImputer": (make_pipeline(StandardScaler(), IterativeImputer(Ridge(), max_iter=3, tol=10)), NUMBERS),
    "KNNImputer": (make_pipeline(StandardScaler(), KNNImputer(n_neighbors=3, add_indicator=True)), NUMBERS),
    "OneHotEncoder": (OneHotEncoder(handle_unknown="ignore"), TEXTS),
    "OrdinalEncoder": (OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), TEXTS),
    "TargetEncoder": (TargetEncoder(random_state=0), TEXTS),
    "ColumnTransformer": (
        ColumnTransformer(
            [
                ("numbers", make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()), NUMBERS),
                ("texts", OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=0.2), TEXTS),
            ]
        ),
        NUMBERS + TEXTS,
    ),
    "marker": (
        make_pipeline(SimpleImputer(strategy="constant", fill_value=0.1), SimpleImputer(missing_values=0.1)),
        NUMBERS,
    ),
    "TableScaler": (TableScaler(method="robust", clip=0.7), NUMBERS),
    "QuantileClipper": (QuantileClipper(), NUMBERS),
    "TableImputer": (make_pipeline(TableImputer(), CategoryEncoder(output="ordinal")), TEXTS),
    "CategoryEncoder": (CategoryEncoder(min_frequency=0.2), [*TEXTS, "rate %"]),
    "target CategoryEncoder": (CategoryEncoder(output="target"), TEXTS),
    "cleaners": (make_pipeline(SentinelCleaner(), CategoryCleaner(), CategoryEncoder()), TEXTS),
    "DatetimeEncoder": (DatetimeEncoder(), TIMES),
    "TablePreprocessor": (TablePreprocessor(), NUMBERS + TEXTS + TIMES),
}
"""Name to an unfitted step and the columns that it reads."""


@functools.cache
def fitted(name):
    step, columns = STEPS[name]
    train = table(300, 0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return step.fit(train[columns], np.arange(300) % 2)


def expected(name, X):
    made = fitted(name).transform(X[STEPS[name][1]])
    return np.asarray(made.toarray() if hasattr(made, "toarray") else made, dtype=np.float64)


def kinds(name):
    return {column: _kind(column) for column in STEPS[name][1]}


def _kind(column):
    return "text" if column in TEXTS else "time" if column in TIMES else "number"


quickly = settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@functools.cache
def exported(name, dtype):
    return to_keras(fitted(name), schema=kinds(name), dtype=dtype)


@functools.cache
def graph(name, dtype):
    """Return what ``predict`` and serving run: TensorFlow rewrites a graph, and rounds otherwise than op by op."""
    return tf.function(exported(name, dtype), reduce_retracing=True)


def assert_alike(made, wanted, within):
    np.testing.assert_array_equal(np.isnan(made), np.isnan(wanted))
    np.testing.assert_allclose(made / np.maximum(1, np.abs(wanted)), wanted / np.maximum(1, np.abs(wanted)), 0, within)


@pytest.mark.parametrize("name", STEPS)
@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(1, 40),
    gaps=st.sampled_from([0.0, 0.2, 0.7, 1.0]),
    unseen=st.sampled_from([0.0, 0.2]),
)
@quickly
def test_random_rows_become_what_transform_makes_of_them(name, seed, n, gaps, unseen):
    X = table(n, seed, gaps, unseen)
    rounded = X.assign(**{column: X[column].astype("float32").astype("float64") for column in NUMBERS[:3]})

    exact = graph(name, "float64")(keras_inputs(X, kinds(name))).numpy()
    short = graph(name, "float32")(keras_inputs(rounded, kinds(name))).numpy()

    # TablePreprocessor itself rounds to float32.
    assert_alike(exact, expected(name, X), 1e-12 if name != "TablePreprocessor" else 1.2e-7)
    assert_alike(short, expected(name, rounded), 5e-6)


FRESH = """
import sys
import numpy as np
import tensorflow as tf

inputs = {name: value.item() for name, value in np.load("inputs.npz", allow_pickle=True).items()}
tensors = {name: {key: tf.constant(value) for key, value in columns.items()} for name, columns in inputs.items()}
made = {}
for name, columns in tensors.items():
    made["tensorflow " + name] = tf.saved_model.load(name).serve(columns).numpy()

import keras
import json

schemas = {}
for name, columns in tensors.items():
    model = keras.saving.load_model(name + ".keras")
    made["keras " + name] = model(columns).numpy()
    schemas[name] = [json.loads(text) for text in model.get_layer("schema").get_vocabulary()]
json.dump(schemas, open("schemas.json", "w"))
np.savez("made.npz", **made)
assert not any(name.startswith("datafix") for name in sys.modules)
"""


@pytest.mark.long
def test_keras_alone_and_tensorflow_alone_make_the_same_of_saved_models(tmp_path):
    rows = table(50, 1, 0.2, 0.2)
    inputs = {name: keras_inputs(rows, kinds(name)) for name in STEPS}
    for name in STEPS:
        model = exported(name, "float64")
        model.save(tmp_path / f"{name}.keras")
        model.export(tmp_path / name, verbose=False, input_signature=signature(model))
    np.savez(
        tmp_path / "inputs.npz",
        **{name: {key: value.numpy() for key, value in columns.items()} for name, columns in inputs.items()},
    )

    subprocess.run([sys.executable, "-c", FRESH], cwd=tmp_path, check=True, capture_output=True)

    made, schemas = np.load(tmp_path / "made.npz"), json.loads((tmp_path / "schemas.json").read_text())
    for name in STEPS:
        within = 1e-12 if name != "TablePreprocessor" else 1.2e-7
        assert_alike(made[f"keras {name}"], expected(name, rows), within)
        assert_alike(made[f"tensorflow {name}"], expected(name, rows), within)
        assert schemas[name] == input_schema(exported(name, "float64"))


def signature(model):
    """Return what Keras 3.8 needs to keep the names of the inputs."""
    return [{name: keras.InputSpec(shape=x.shape, dtype=x.dtype, name=name) for name, x in model.input.items()}]


@pytest.mark.parametrize("name", STEPS)
def test_the_models_hold_operations_of_keras_alone(name):
    assert all(type(operation).__module__.startswith("keras.") for operation in exported(name, "float64").operations)
