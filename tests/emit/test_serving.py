from dataclasses import replace

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from datafix import prepare, split
from datafix.emit import keras_inputs, with_preprocessing
from datafix.errors import NotExportableError, TableError

# Keras (3.15) reads a variable in a way that NumPy 2 deprecates, when it saves a model.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn.t accept a copy:DeprecationWarning")

rng = np.random.default_rng(0)
X = pd.DataFrame({"age": rng.normal(40, 10, 50), "town": rng.choice(["Bonn", "Ulm"], 50)})
PIPELINE = make_column_transformer((StandardScaler(), ["age"]), (OneHotEncoder(), ["town"])).fit(X)
FEATURES = PIPELINE.transform(X)


def prepared(classes=None, target_transformer=None):
    made = prepare(PIPELINE, X, np.arange(50) / 7, split=split(X, np.arange(50) / 7, random_state=0))
    classes = None if classes is None else np.array(classes)
    return replace(made, pipeline=PIPELINE, classes_=classes, target_transformer=target_transformer)


def network(units, activation, loss=None):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(units, activation=activation)])
    if loss is not None:
        model.compile(loss=loss)
    return model


def test_raw_columns_give_what_the_network_predicts_for_prepared_features():
    model = network(3, "softmax")

    served = with_preprocessing(model, prepared())

    np.testing.assert_allclose(served(keras_inputs(X)), model.predict(FEATURES, verbose=0), atol=1e-5)


def test_the_served_model_has_the_weights_of_the_network():
    model = network(1, None)
    served = with_preprocessing(model, prepared())

    model.layers[-1].bias.assign([7.0])

    np.testing.assert_allclose(served(keras_inputs(X)), model.predict(FEATURES, verbose=0), atol=1e-5)


@pytest.mark.parametrize("classes", [["blue", "green", "red"], [10, 20, 30]])
def test_decoding_gives_the_class_of_the_highest_output(classes, tmp_path):
    model = network(3, "softmax", "sparse_categorical_crossentropy")
    model.fit(FEATURES, np.arange(50) % 3, verbose=0)

    served = with_preprocessing(model, prepared(classes), decode=True)
    served.save(tmp_path / "served.keras")
    named = keras.saving.load_model(tmp_path / "served.keras")(keras_inputs(X)).numpy().ravel()

    expected = np.array(classes)[model.predict(FEATURES, verbose=0).argmax(axis=1)]
    assert len(set(expected)) > 1
    assert [v.decode() if isinstance(v, bytes) else v for v in named.tolist()] == expected.tolist()


@pytest.mark.parametrize(
    ("activation", "loss", "threshold"),
    [("sigmoid", "binary_crossentropy", 0.5), (None, keras.losses.BinaryCrossentropy(from_logits=True), 0.0)],
)
def test_a_single_output_is_cut_where_its_activation_says(activation, loss, threshold):
    model = network(1, activation, loss)

    served = with_preprocessing(model, prepared(["no", "yes"]), decode=True)

    expected = np.where(model.predict(FEATURES, verbose=0) > threshold, b"yes", b"no")
    assert len(np.unique(expected)) == 2
    np.testing.assert_array_equal(served(keras_inputs(X)), expected)


def test_decoding_undoes_the_scaling_of_the_target():
    scaler = StandardScaler().fit(rng.normal(1000, 50, (30, 1)))
    model = network(1, None)

    served = with_preprocessing(model, prepared(target_transformer=scaler), decode=True)

    expected = scaler.inverse_transform(model.predict(FEATURES, verbose=0))
    np.testing.assert_allclose(served(keras_inputs(X)), expected, rtol=1e-6)


def test_what_cannot_be_decoded_is_said():
    with pytest.raises(NotExportableError, match="probability or a logit"):
        with_preprocessing(bare(), prepared(["a", "b"]), decode=True)
    with pytest.raises(NotExportableError, match="one output a class to name 2 classes"):
        with_preprocessing(network(4, "softmax"), prepared(["a", "b"]), decode=True)
    with pytest.raises(NotExportableError, match="cannot undo FunctionTransformer"):
        with_preprocessing(network(1, None), prepared(target_transformer=FunctionTransformer(np.log)), decode=True)


def bare():
    return keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])


def test_a_network_of_another_width_is_refused():
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(1)])

    with pytest.raises(NotExportableError, match="takes the pipeline's 3 features, got one that takes 5"):
        with_preprocessing(model, prepared())


def test_inputs_are_checked_against_the_kinds_asked_for():
    with pytest.raises(TableError, match=r"needs the columns \['sex'\]"):
        keras_inputs(X, {"age": "number", "sex": "text"})
    with pytest.raises(TableError, match="needs number in column 'town', got text"):
        keras_inputs(X, {"town": "number"})
    assert sorted(keras_inputs(X, {"age": "number"})) == ["age"]
