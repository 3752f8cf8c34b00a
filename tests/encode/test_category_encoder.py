import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.model_selection import KFold
from sklearn.preprocessing import OneHotEncoder, TargetEncoder

from datafix.encode import CategoryEncoder
from datafix.errors import DatafixWarning, ParameterError, TableError
from datafix.preprocess import TablePreprocessor

RNG = np.random.default_rng(0)
CITIES = pd.DataFrame({"city": ["a", "b", "a", None, "c", "a", "b"]})


def random_frame(n=500):
    return pd.DataFrame(
        {name: RNG.choice(list("abcdefgh"), n, p=[0.4, 0.2, 0.2, 0.1, 0.04, 0.03, 0.02, 0.01]) for name in "xy"}
    )


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ({}, {"handle_unknown": "ignore"}),
        ({"min_frequency": 20}, {"handle_unknown": "infrequent_if_exist", "min_frequency": 20}),
        ({"min_frequency": 0.05}, {"handle_unknown": "infrequent_if_exist", "min_frequency": 0.05}),
        ({"max_categories": 4}, {"handle_unknown": "infrequent_if_exist", "max_categories": 4}),
    ],
    ids=str,
)
def test_one_hot_is_that_of_scikit_learn(ours, theirs):
    train, test = random_frame(), pd.concat([random_frame(50), pd.DataFrame({"x": ["new"], "y": ["a"]})])

    encoded = CategoryEncoder(**ours).fit(train).transform(test)

    np.testing.assert_array_equal(encoded, OneHotEncoder(sparse_output=False, **theirs).fit(train).transform(test))


STORAGES = {
    "object": lambda texts: pd.Series(texts, dtype=object).to_frame("x"),
    "str": lambda texts: pd.Series(texts, dtype="str").to_frame("x"),
    "string[python]": lambda texts: pd.Series(texts, dtype=pd.StringDtype("python")).to_frame("x"),
    "category": lambda texts: pd.Series(texts, dtype="category").to_frame("x"),
    "pyarrow": lambda texts: pa.table({"x": pa.array(texts, pa.string())}),
    "pyarrow dictionary": lambda texts: pa.table({"x": pa.array(texts, pa.string()).dictionary_encode()}),
    "pandas arrow": lambda texts: pd.Series(texts, dtype=pd.ArrowDtype(pa.string())).to_frame("x"),
    "polars": lambda texts: pl.DataFrame({"x": pl.Series(texts, dtype=pl.String)}),
    "polars categorical": lambda texts: pl.DataFrame({"x": pl.Series(texts, dtype=pl.String).cast(pl.Categorical)}),
}
# Older pandas takes "" and "\x00" for one text.
short_text = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=3)
some_texts = st.lists(st.none() | st.sampled_from(["a", "b", "ä", "", "a ", "x" * 40]) | short_text, min_size=1)


@pytest.mark.parametrize("storage", STORAGES)
@settings(max_examples=40, deadline=None)
@given(train=some_texts, test=some_texts, least=st.none() | st.integers(1, 3))
def test_one_hot_of_any_storage_is_that_of_scikit_learn(storage, train, test, least):
    assume(any(text is not None for text in train))
    theirs = OneHotEncoder(sparse_output=False, handle_unknown="infrequent_if_exist", min_frequency=least)
    known = np.array([[text] for text in train if text is not None], dtype=object)
    theirs.fit(known)
    encoder = CategoryEncoder(min_frequency=least).fit(STORAGES[storage]([text for text in train if text is not None]))

    encoded = encoder.transform(STORAGES[storage](test))

    there = [text for text in test if text is not None]
    expected = theirs.transform(np.array([[text] for text in there], dtype=object)) if there else encoded[:0]
    np.testing.assert_array_equal(encoded[[text is not None for text in test]], expected)


@pytest.mark.parametrize("storage", STORAGES)
def test_missing_values_of_any_storage_have_their_code(storage):
    encoder = CategoryEncoder(output="ordinal").fit(STORAGES[storage](["b", None, "a"]))

    assert encoder.transform(STORAGES[storage]([None, "a", "new", "b"])).ravel().tolist() == [3, 1, 0, 2]


@pytest.mark.parametrize("output", ["onehot", "ordinal"])
def test_the_sparse_output_is_the_dense_one(output):
    train, test = random_frame(), pd.concat([random_frame(50), pd.DataFrame({"x": ["new", None], "y": ["a", "b"]})])
    encoder = CategoryEncoder(output=output).fit(train)

    np.testing.assert_array_equal(encoder.transform_sparse(test).toarray(), encoder.transform(test))


def test_missing_rare_and_unseen_values_have_a_code_each():
    encoder = CategoryEncoder(min_frequency=2).fit(CITIES)

    assert encoder.codes_ == {"city": {"a": 0, "b": 1, None: 2}}
    assert encoder.default_code_ == {"city": 3} and encoder.n_codes_ == {"city": 4}
    assert encoder.get_feature_names_out().tolist() == ["city_a", "city_b", "city_missing", "city_rare"]
    assert encoder.codes(pd.DataFrame({"city": ["c", "never", None, "a"]})).ravel().tolist() == [3, 3, 2, 0]


def test_without_rare_values_an_unseen_one_is_all_zeros():
    encoder = CategoryEncoder().fit(CITIES)

    assert encoder.default_code_ == {"city": -1}
    assert encoder.transform(pd.DataFrame({"city": ["never"]})).tolist() == [[0.0] * 4]


def test_ordinal_codes_fit_an_embedding_and_keep_zero_for_the_unseen():
    encoder = CategoryEncoder(output="ordinal").fit(CITIES)

    codes = encoder.transform(pd.DataFrame({"city": ["a", "b", "c", None, "never"]}))

    assert codes.ravel().tolist() == [1, 2, 3, 4, 0]
    assert encoder.n_codes_ == {"city": 5}


@pytest.mark.parametrize(
    "y",
    [RNG.integers(0, 2, 500), RNG.integers(0, 3, 500), RNG.normal(size=500), RNG.choice(["no", "yes"], 500)],
    ids=["binary", "multiclass", "continuous", "names"],
)
def test_target_encoding_is_that_of_scikit_learn(y):
    X = random_frame()
    ours = CategoryEncoder(output="target", random_state=0)

    encoded = ours.fit_transform(X, y)

    for rest, fold in KFold(5, shuffle=True, random_state=0).split(X):
        theirs = TargetEncoder().fit(X.iloc[rest], y[rest])
        np.testing.assert_allclose(encoded[fold], theirs.transform(X.iloc[fold]))
    unseen = pd.DataFrame({"x": ["a", "never"], "y": ["h", "b"]})
    np.testing.assert_allclose(ours.transform(unseen), TargetEncoder().fit(X, y).transform(unseen))
    assert len(ours.get_feature_names_out()) == ours.transform(unseen).shape[1]
    assert ours.encodings_["x"].shape == (9, ours.transform(unseen).shape[1] // 2)


@pytest.mark.parametrize("smooth", [0.0, 7, "auto"])
@pytest.mark.parametrize(
    "y", [RNG.normal(size=500), np.ones(500), np.repeat("same", 500)], ids=["noise", "one", "class"]
)
def test_smoothed_means_are_those_of_scikit_learn(smooth, y):
    X = random_frame()

    encoded = CategoryEncoder(output="target", smooth=smooth).fit(X, y).transform(X.head(60))

    np.testing.assert_allclose(encoded, TargetEncoder(smooth=smooth).fit(X, y).transform(X.head(60)), atol=1e-12)


def test_refuses_a_target_of_several_columns():
    with pytest.raises(ParameterError, match="one quantity or of classes, got a continuous-multioutput one"):
        CategoryEncoder(output="target").fit(CITIES, RNG.normal(size=(7, 2)))


def test_target_encoding_of_noise_does_not_leak_when_cross_fitted():
    X, y = pd.DataFrame({"id": RNG.permutation(np.repeat(np.arange(200), 2)).astype(str)}), RNG.integers(0, 2, 400)

    honest = CategoryEncoder(output="target", random_state=0).fit_transform(X, y).ravel()
    with pytest.warns(DatafixWarning, match="Use fit_transform"):
        leaking = CategoryEncoder(output="target", smooth=1.0).fit(X, y).transform(X).ravel()

    assert abs(np.corrcoef(honest, y)[0, 1]) < 0.2 < np.corrcoef(leaking, y)[0, 1]


def test_numbers_and_booleans_are_known_by_value():
    encoder = CategoryEncoder().fit(pd.DataFrame({"n": [3, 1, 3], "b": [True, False, True]}))

    assert encoder.codes_ == {"n": {1.0: 0, 3.0: 1}, "b": {0.0: 0, 1.0: 1}}
    assert encoder.get_feature_names_out().tolist() == ["n_1", "n_3", "b_0", "b_1"]


def test_mixed_values_are_known_by_how_they_print():
    encoder = CategoryEncoder().fit(pd.DataFrame({"a": np.array([1, "x", None, b"y"], dtype=object)}))

    assert list(encoder.codes_["a"]) == ["1", "b'y'", "x", None]


def test_names_do_not_collide():
    encoder = CategoryEncoder().fit(pd.DataFrame({"a": ["missing", None, "rare"], "a_b": ["c", "c", "c"]}))

    names = encoder.get_feature_names_out().tolist()

    assert names == ["a_missing", "a_rare", "a_missing_", "a_b_c"]


def test_refuses_times_and_columns_of_another_kind():
    with pytest.raises(TableError, match="Use DatetimeEncoder"):
        CategoryEncoder().fit(pd.DataFrame({"t": pd.to_datetime(["2024-01-01"])}))
    with pytest.raises(TableError, match="'city' of kind text, got number"):
        CategoryEncoder().fit(CITIES).transform(pd.DataFrame({"city": [1.0, 2.0]}))


def test_a_held_out_column_that_is_all_missing_is_missing():
    encoder = CategoryEncoder(output="ordinal").fit(CITIES)

    assert encoder.transform(pl.DataFrame({"city": [None, None]})).ravel().tolist() == [4, 4]


@pytest.mark.parametrize(
    "options",
    [{"output": "hash"}, {"min_frequency": 0}, {"min_frequency": 1.5}, {"max_categories": 0}, {"output": "target"}],
)
def test_refuses_arguments_that_cannot_be_meant(options):
    with pytest.raises(ParameterError, match="CategoryEncoder"):
        CategoryEncoder(**options).fit(CITIES)


def test_encoding_the_rows_of_the_fit_by_their_own_target_warns():
    X, y = np.arange(100).reshape(-1, 1) % 7, np.arange(100.0)
    encoder = CategoryEncoder(output="target", random_state=0).fit(X, y)

    with pytest.warns(DatafixWarning, match="Use fit_transform"):
        encoder.transform(X)
    encoder.transform(X[:90])
    encoder.fit_transform(X, y)


def test_the_preprocessor_round_the_encoder_warns_too():
    X, y = pd.DataFrame({"city": [f"c{i % 7}" for i in range(100)], "n": range(100)}), np.arange(100) % 2
    encoder = CategoryEncoder(output="target", random_state=0)
    preprocessor = TablePreprocessor(categorical=encoder, high_cardinality=encoder).fit(X, y)

    with pytest.warns(DatafixWarning, match="Use fit_transform"):
        preprocessor.transform(X)
