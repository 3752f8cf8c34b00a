import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from datafix.encode import CategoryEncoder
from datafix.errors import DatafixWarning, ParameterError, TableError
from datafix.preprocess import TablePreprocessor
from datafix.scale import TableScaler

RNG = np.random.default_rng(0)


def table(n=200):
    return pd.DataFrame(
        {
            "age": np.where(RNG.random(n) < 0.1, np.nan, RNG.integers(18, 90, n)),
            "gain": np.where(np.arange(n) % 20 == 0, 99999.0, RNG.integers(0, 4000, n)),
            "price": [f"${value:,}" for value in RNG.integers(500, 5000, n)],
            "job": RNG.choice(["clerk", "Clerk", "smith", "?"], n, p=[0.5, 0.1, 0.3, 0.1]),
            "user": RNG.choice([f"u{i}" for i in range(60)], n),
            "member": RNG.random(n) < 0.5,
            "seen": pd.Timestamp("2024-01-01") + pd.to_timedelta(RNG.integers(0, 9_000_000, n), "s"),
        }
    )


TABLE = table()
TARGET = (RNG.random(len(TABLE)) < 0.5).astype(int)


def test_routes_every_kind_to_its_block():
    preprocessor = TablePreprocessor().fit(TABLE)

    assert preprocessor.kinds_["price"] == "text"
    assert [(name, columns) for name, _, columns in preprocessor.blocks_] == [
        ("numeric", ["age", "gain", "price", "member"]),
        ("categorical", ["job"]),
        ("high_cardinality", ["user"]),
        ("datetime", ["seen"]),
    ]
    assert preprocessor.cleaner_["sentinels"].sentinels_ == {"gain": [99999.0], "job": ["?"]}


def test_gives_float32_without_missing_values_and_a_name_for_each_column():
    preprocessor = TablePreprocessor()

    prepared = preprocessor.fit_transform(TABLE)

    assert prepared.dtype == np.float32 and np.isfinite(prepared).all()
    assert prepared.shape[1] == len(preprocessor.get_feature_names_out())
    np.testing.assert_array_equal(prepared, preprocessor.transform(TABLE))


def test_high_cardinality_keeps_the_most_frequent_and_one_code_for_the_rest():
    preprocessor = TablePreprocessor(cardinality_threshold=10).fit(TABLE[["user"]])

    names = preprocessor.get_feature_names_out().tolist()

    assert len(names) == 10 and names[-1] == "user_rare"


def test_uses_each_blocks_own_fit_transform_so_that_encoders_are_cross_fitted():
    X = pd.DataFrame({"id": np.repeat(np.arange(100), 2).astype(str)})
    y = RNG.integers(0, 2, 200)
    encoder = CategoryEncoder(output="target", random_state=0)
    preprocessor = TablePreprocessor(high_cardinality=encoder, clean=False)

    cross_fitted = preprocessor.fit_transform(X, y)

    np.testing.assert_allclose(cross_fitted, encoder.fit_transform(X, y).astype(np.float32))
    with pytest.warns(DatafixWarning, match="Use fit_transform"):
        assert not np.allclose(cross_fitted, preprocessor.transform(X))


def test_takes_scikit_learns_steps_passthrough_and_drop():
    preprocessor = TablePreprocessor(
        numeric=SimpleImputer(),
        categorical=OneHotEncoder(handle_unknown="ignore"),
        high_cardinality="drop",
        datetime="drop",
    )

    prepared = preprocessor.fit_transform(TABLE)

    assert list(preprocessor.get_feature_names_out())[:4] == ["age", "gain", "price", "member"]
    assert prepared.shape[1] == len(preprocessor.get_feature_names_out())
    passed = TablePreprocessor(numeric="passthrough", clean=False).fit_transform(TABLE[["age", "member"]])
    np.testing.assert_allclose(passed, TABLE[["age", "member"]].to_numpy(float))


def test_changes_tells_what_cleaners_and_imputers_did_to_raw_cells():
    changes = pd.DataFrame(TablePreprocessor().fit(TABLE).changes(TABLE))

    filled = changes[changes["reason"].str.startswith("missing, filled")]

    assert set(changes["column"]) == {"age", "gain", "price", "job"}
    assert set(filled["row"][filled["column"] == "gain"]) == set(np.flatnonzero(TABLE["gain"] == 99999))
    assert (filled["row"][filled["column"] == "age"].to_numpy() == np.flatnonzero(TABLE["age"].isna())).all()
    assert (changes.loc[changes["column"] == "job", "before"].value_counts()["?"]) == (TABLE["job"] == "?").sum()


def test_drops_columns_that_are_all_missing_and_says_so():
    X = TABLE.assign(empty=None, marks="?")

    with pytest.warns(DatafixWarning, match=r"drops \['empty', 'marks'\]: all 200"):
        preprocessor = TablePreprocessor().fit(X)

    assert preprocessor.dropped_ == ["empty", "marks"]
    assert preprocessor.transform(X).shape == TablePreprocessor().fit_transform(TABLE).shape


def test_refuses_a_table_of_nothing():
    with pytest.warns(DatafixWarning), pytest.raises(TableError, match="no column left"):
        TablePreprocessor().fit(pd.DataFrame({"a": [None, None]}))
    with pytest.raises(TableError, match="at least one row"):
        TablePreprocessor().fit(TABLE.head(0))
    with pytest.raises(TableError, match="more than once"):
        TablePreprocessor().fit(pd.DataFrame([[1, 2]], columns=["a", "a"]))


def test_names_columns_with_infinities_at_fit_and_after():
    bad = TABLE.assign(age=np.where(np.arange(200) < 3, np.inf, 1.0))

    with pytest.raises(TableError, match=r"infinity in 1 column\(s\): 'age' \(3\)"):
        TablePreprocessor().fit(bad)
    with pytest.raises(TableError, match=r"'age' \(3\)"):
        TablePreprocessor().fit(TABLE).transform(bad)


def test_unseen_categories_and_one_row_are_no_trouble():
    preprocessor = TablePreprocessor().fit(TABLE)
    row = TABLE.head(1).assign(job="astronaut", user="nobody", age=np.nan)

    assert np.isfinite(preprocessor.transform(row)).all()
    assert np.isfinite(TablePreprocessor().fit_transform(TABLE.head(1))).all()
    assert preprocessor.transform(TABLE.head(0)).shape[0] == 0


def test_mixed_columns_are_encoded_by_how_they_print():
    X = pd.DataFrame({"a": np.array([1, "x", None, "x"], dtype=object)})

    preprocessor = TablePreprocessor().fit(X)

    assert preprocessor.get_feature_names_out().tolist() == ["a_1", "a_x", "a_missing"]


def test_as_dict_gives_a_block_of_numbers_and_codes_for_embeddings():
    preprocessor = TablePreprocessor(high_cardinality=CategoryEncoder(output="ordinal")).fit(TABLE)

    tensors = preprocessor.as_dict(TABLE.head(5).assign(job="astronaut"))

    assert list(tensors) == ["numeric", "job", "user", "datetime"]
    assert tensors["numeric"].dtype == np.float32 and tensors["user"].dtype == np.int32
    assert (tensors["job"] == 0).all() and (tensors["user"] > 0).all()


def test_composes_with_pipeline_and_grid_search():
    model = make_pipeline(TablePreprocessor(), LogisticRegression(max_iter=1000))
    grid = {"tablepreprocessor__cardinality_threshold": [5, 40], "tablepreprocessor__clean": [True, False]}

    search = GridSearchCV(model, grid, cv=2, error_score="raise").fit(TABLE, TARGET)

    assert search.predict(TABLE).shape == TARGET.shape


@pytest.mark.parametrize(
    "options",
    [
        {"numeric": "scale"},
        {"numeric": TableScaler},
        {"categorical": 3},
        {"cardinality_threshold": 0},
        {"sparse_output": 1},
    ],
)
def test_refuses_arguments_that_cannot_be_meant(options):
    with pytest.raises(ParameterError, match="TablePreprocessor needs"):
        TablePreprocessor(**options).fit(TABLE)


def test_two_thousand_columns_are_prepared_in_reason():
    X = pd.DataFrame(RNG.normal(size=(20, 2000)), columns=[f"c{i}" for i in range(2000)])

    prepared = TablePreprocessor().fit_transform(X)

    assert isinstance(prepared, np.ndarray) and prepared.shape == (20, 2000)


def test_a_wide_output_is_sparse_and_the_same():
    frame = TABLE.assign(code=[f"code {i:04d}" for i in range(len(TABLE))])
    dense = TablePreprocessor(cardinality_threshold=500, sparse_output=False).fit(frame)

    for told, width in ((True, 200), ("auto", 1500)):
        many = {f"code {j}": [f"code {i % 190:04d}" for i in range(len(TABLE))] for j in range(width // 190)}
        wide = frame.assign(**many)
        sparse = TablePreprocessor(cardinality_threshold=500, sparse_output=told)

        fitted = sparse.fit_transform(wide, TARGET)

        assert fitted.format == "csr" and fitted.dtype == np.float32
        np.testing.assert_array_equal(fitted.toarray(), sparse.transform(wide).toarray())
        np.testing.assert_array_equal(
            fitted.toarray(), clone(sparse).set_params(sparse_output=False).fit_transform(wide)
        )
        assert sparse.transform(wide.head(0)).shape == (0, fitted.shape[1])
    assert isinstance(dense.transform(frame), np.ndarray)


def test_a_wide_output_that_is_mostly_numbers_is_dense():
    numbers = pd.DataFrame(RNG.normal(size=(2000, 800)), columns=[f"n{j}" for j in range(800)])
    texts = pd.Series([f"code {i % 750:04d}" for i in range(2000)], name="text")

    out = TablePreprocessor(cardinality_threshold=900).fit_transform(numbers.assign(text=texts))

    assert isinstance(out, np.ndarray) and out.shape[1] > 1000


def test_frames_are_dense_however_wide():
    wide = pd.DataFrame({f"code {j}": [f"{(i * j) % 97:04d} x" for i in range(400)] for j in range(1, 15)})

    out = TablePreprocessor(cardinality_threshold=500).set_output(transform="pandas").fit_transform(wide)

    assert isinstance(out, pd.DataFrame) and out.shape[1] > 1000


def test_its_page_shows_what_was_learned_and_escapes_it():
    frame = TABLE.assign(job=TABLE["job"].replace("smith", "<b>smith</b>"), empty=np.nan, one=1.0)
    with pytest.warns(DatafixWarning, match="all 200 training values are missing"):
        preprocessor = TablePreprocessor().fit(frame)

    page = preprocessor._repr_mimebundle_()["text/html"]

    for told in (
        "99999.0 made missing",
        "text read as number",
        "spellings unified",
        "dropped: all missing",
        "days since",
    ):
        assert told in page
    assert "&lt;b&gt;smith&lt;/b&gt;" in page and "<b>smith</b>" not in page
    assert "What TablePreprocessor learned" not in TablePreprocessor()._repr_html_()


def test_its_page_shows_steps_of_others_by_name():
    preprocessor = TablePreprocessor(numeric=make_pipeline(SimpleImputer()), datetime="drop", clean=False).fit(TABLE)

    assert "SimpleImputer" in preprocessor._repr_html_()


def test_refuses_images_with_a_next_step():
    with pytest.raises(TableError, match=r"needs a table.*got an array of shape \(5, 4, 4, 3\)"):
        TablePreprocessor().fit(np.zeros((5, 4, 4, 3)))
