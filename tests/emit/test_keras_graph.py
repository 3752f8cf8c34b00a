import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import TruncatedSVD
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import (
    Binarizer,
    FunctionTransformer,
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

from datafix.emit import keras_inputs, to_keras
from datafix.errors import NotExportableError, ParameterError

NUMBERS = ["age", "income", "n/a rate"]
TEXTS = ["town", "job"]


def table(n, seed):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "age": rng.integers(18, 90, n).astype(float),
            "income": np.exp(rng.normal(8, 2, n)),
            "n/a rate": rng.choice([0.1, 0.2, 0.3, -5.0], n),
            "town": rng.choice(["Bonn", "Köln", "", "New York", "x\ny"], n, p=[0.6, 0.2, 0, 0.15, 0.05]),
            "job": rng.choice(["a", "b", "c"], n),
        }
    )
    frame.loc[rng.random(n) < 0.2, "income"] = np.nan
    frame.loc[rng.random(n) < 0.2, "town"] = np.nan
    frame.loc[::7, "income"] = 100.0
    return frame


TRAIN, NEW = table(300, 0), table(200, 1)
NEW.loc[:3, "income"] = [-1e6, 1e9, 0.0, -3.5]


numeric_steps = pytest.mark.parametrize(
    "step",
    [
        StandardScaler(),
        StandardScaler(with_mean=False),
        StandardScaler(with_std=False),
        RobustScaler(),
        RobustScaler(with_centering=False, with_scaling=False),
        MinMaxScaler(),
        MinMaxScaler((-1, 2), clip=True),
        MaxAbsScaler(),
        QuantileTransformer(n_quantiles=100),
        QuantileTransformer(n_quantiles=300, output_distribution="normal"),
        QuantileTransformer(n_quantiles=1),
        PowerTransformer(),
        PowerTransformer(standardize=False),
        FunctionTransformer(),
        SimpleImputer(),
        SimpleImputer(strategy="median", add_indicator=True),
        make_pipeline(SimpleImputer(), SimpleImputer(strategy="constant", fill_value=-1, missing_values=100.0)),
        make_pipeline(SimpleImputer(), Normalizer(), Binarizer(threshold=0.3)),
        make_pipeline(SimpleImputer(), FunctionTransformer(np.abs), FunctionTransformer(np.log1p)),
        make_pipeline(SimpleImputer(), FunctionTransformer(np.abs), Normalizer("l1"), "passthrough"),
        FeatureUnion(
            [("gaps", MissingIndicator()), ("half", SimpleImputer()), ("none", "drop"), ("as is", "passthrough")],
            transformer_weights={"half": 0.5},
        ),
    ],
    ids=str,
)


@numeric_steps
def test_a_numeric_step_computes_what_transform_does(assert_same, step):
    if "PowerTransformer" in str(step):
        train, new = TRAIN.assign(income=np.log(TRAIN["income"])), NEW.assign(income=NEW["income"] % 20)
    else:
        train, new = TRAIN, NEW
    fitted = step.fit(train[NUMBERS])

    assert_same(fitted, new[NUMBERS])


def test_columns_of_an_array_are_named_by_position(assert_same):
    X = TRAIN[NUMBERS].to_numpy()
    fitted = make_pipeline(SimpleImputer(), StandardScaler()).fit(X)

    assert_same(fitted, NEW[NUMBERS].to_numpy())
    assert sorted(to_keras(fitted).input) == ["x0", "x1", "x2"]


def test_a_column_without_any_value_is_dropped_as_the_imputer_does(assert_same):
    X = TRAIN[NUMBERS].assign(age=np.nan)

    with pytest.warns(UserWarning, match="Skipping features"):
        assert_same(SimpleImputer().fit(X), X)
    assert_same(SimpleImputer(keep_empty_features=True).fit(X), X)


@pytest.mark.parametrize(
    "encoder",
    [
        OneHotEncoder(handle_unknown="ignore"),
        OneHotEncoder(handle_unknown="ignore", drop="if_binary", sparse_output=False),
        OneHotEncoder(drop="first", handle_unknown="ignore"),
        OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=0.2),
        OneHotEncoder(max_categories=2, drop="first", handle_unknown="infrequent_if_exist"),
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan, encoded_missing_value=-7),
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, max_categories=2),
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore:Found unknown categories:UserWarning")
def test_an_encoder_computes_what_transform_does_for_unknown_categories_too(assert_same, encoder):
    columns = ["town", "job", "n/a rate"]
    fitted = encoder.fit(TRAIN[columns])

    new = NEW[columns].copy()
    new.loc[:2, "town"], new.loc[3:5, "job"], new.loc[6:8, "n/a rate"] = "[UNK]", "Z", 0.15

    assert_same(fitted, new)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_target_encoder_computes_what_transform_does(assert_same, n_classes):
    y = np.random.default_rng(2).integers(0, n_classes, len(TRAIN))
    fitted = TargetEncoder(random_state=0).fit(TRAIN[TEXTS], y)

    new = NEW[TEXTS].copy()
    new.loc[:5, "job"] = "new"

    assert_same(fitted, new)


def whole():
    return ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()), ["income", "age"]),
            (
                "texts",
                Pipeline(
                    [
                        ("fill", SimpleImputer(strategy="most_frequent")),
                        ("encode", OneHotEncoder(handle_unknown="ignore")),
                    ]
                ),
                TEXTS,
            ),
            ("gone", "drop", ["age"]),
        ],
        remainder="passthrough",
    )


def test_a_whole_column_transformer_computes_what_transform_does(assert_same):
    fitted = whole().fit(TRAIN)

    assert_same(fitted, NEW)


@pytest.mark.parametrize("columns", [[1, 2], [-4, -3], slice(1, 3), [False, True, True, False, False]])
def test_columns_may_be_chosen_by_position_mask_and_slice(assert_same, columns):
    fitted = ColumnTransformer([("scale", StandardScaler(), columns)]).fit(TRAIN)

    assert_same(fitted, NEW, schema={"town": "text", "job": "text"})
    assert sorted(to_keras(fitted).input) == sorted(["age", "income", "n_a_rate", "town", "job"])


def test_predict_over_a_dataset_equals_the_call():
    model, inputs = to_keras(whole().fit(TRAIN)), keras_inputs(NEW)

    by_dataset = model.predict(tf.data.Dataset.from_tensor_slices(inputs).batch(64), verbose=0)

    np.testing.assert_array_equal(by_dataset, model(inputs))
    np.testing.assert_allclose(model.predict(inputs, verbose=0), by_dataset, rtol=1e-5)


def test_a_step_without_an_exact_form_is_named():
    fitted = Pipeline([("fill", SimpleImputer()), ("shrink", TruncatedSVD(1))]).fit(TRAIN[NUMBERS])

    with pytest.raises(NotExportableError, match=r"step 'shrink' \(TruncatedSVD\) has no exact form"):
        to_keras(fitted)
    with pytest.raises(NotExportableError, match="calls 'hypot'"):
        to_keras(FunctionTransformer(np.hypot).fit(TRAIN[NUMBERS]))


def test_a_subclass_is_not_taken_for_its_parent():
    class Doubling(StandardScaler):
        def transform(self, X):
            return 2 * super().transform(X)

    with pytest.raises(NotExportableError, match="Doubling"):
        to_keras(Doubling().fit(TRAIN[["age"]]))


def test_text_that_nothing_encodes_is_refused():
    fitted = ColumnTransformer([("a", StandardScaler(), ["age"]), ("t", "passthrough", ["town"])]).fit(TRAIN)

    with pytest.raises(NotExportableError, match="column 'town' still holds text"):
        to_keras(fitted, schema={"town": "text"})


def test_a_column_is_of_one_kind_in_all_branches():
    union = FeatureUnion([("one", OneHotEncoder()), ("two", OneHotEncoder())]).fit(TRAIN[["job"]])
    union.transformer_list[1] = ("two", StandardScaler().fit(TRAIN[["age"]].rename(columns={"age": "job"})))

    with pytest.raises(NotExportableError, match="'job' still holds text"):
        to_keras(union)


def test_empty_text_and_missing_cannot_be_told_apart():
    fitted = OneHotEncoder().fit(pd.DataFrame({"a": ["x", "", None]}))

    with pytest.raises(NotExportableError, match="several sorts of missing"):
        to_keras(fitted)


def test_only_the_two_float_types_are_features():
    with pytest.raises(ParameterError, match='"float32" or "float64"'):
        to_keras(StandardScaler().fit(TRAIN[["age"]]), dtype="int8")


def test_the_model_holds_built_in_operations_only():
    model = to_keras(whole().fit(TRAIN))

    assert all(type(operation).__module__.startswith("keras.") for operation in model.operations)
    assert isinstance(model, keras.Model)


def test_any_column_has_an_input_that_saved_model_keeps_by_name(tmp_path):
    names = [
        "n/a rate",
        "größe",
        "price ($)",
        "_x",
        "hours-per-week",
        "1x",
        "",
        "self",
        "class",
        "None",
        "年齢",
        "名前",
    ]
    X = pd.DataFrame({name: np.arange(3.0) for name in names})
    model, inputs = to_keras(StandardScaler().fit(X)), keras_inputs(X)

    specs = [{name: keras.InputSpec(shape=x.shape, dtype=x.dtype, name=name) for name, x in model.input.items()}]
    model.export(tmp_path / "served", verbose=False, input_signature=specs)
    signature = tf.saved_model.load(tmp_path / "served").signatures["serving_default"]

    assert set(signature.structured_input_signature[1]) == set(inputs)
    np.testing.assert_array_equal(*signature(**inputs).values(), model(inputs))


@pytest.mark.parametrize("names", [["a b", "a-b"], ["Age", "age"]])
def test_columns_that_tensorflow_cannot_tell_apart_are_named(names):
    X = pd.DataFrame({name: np.arange(3.0) for name in names})

    with pytest.raises(NotExportableError, match=f"{names[0]}.*{names[1]}.*Rename"):
        to_keras(StandardScaler().fit(X))


def test_several_values_a_row_are_refused_where_every_step_would_broadcast_them():
    model = to_keras(StandardScaler().fit(TRAIN[["age"]]))

    with pytest.raises((ValueError, tf.errors.InvalidArgumentError), match="[Rr]eshape"):
        model({"age": tf.zeros((4, 2), tf.float64)})
