import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer, StandardScaler

import datafix
from datafix import DropDuplicates, MislabelDetector, ParameterError, Split, TableError, TablePreprocessor
from datafix.clean import SentinelCleaner
from datafix.impute import BoostedImputer, TableImputer

RNG = np.random.default_rng(0)
FRAME = pd.DataFrame(
    {
        "income": np.r_[RNG.normal(50, 10, 119), -999.0],
        "age": RNG.integers(18, 90, 120).astype(float),
        "city": RNG.choice(["Bern", "Basel", "?"], 120),
        "since": pd.to_datetime("2020-01-01") + pd.to_timedelta(RNG.integers(0, 900, 120), unit="D"),
    }
)
Y = pd.Series(np.where(RNG.random(120) < 0.5, "no", "yes"), name="label")
SPLIT = Split(train=np.arange(80), validation=np.arange(80, 100), test=np.arange(100, 120))


def part_values(part):
    features = part.features
    return features.to_numpy(dtype=object) if hasattr(features, "to_numpy") else np.asarray(features)


PIPELINES = {
    "none": (None, ["income", "age"]),
    "scaler": (StandardScaler(), ["income", "age"]),
    "quantiles": (QuantileTransformer(n_quantiles=20), ["income", "age"]),
    "imputer": (make_pipeline(SimpleImputer(), StandardScaler()), ["income", "age"]),
    "table": (TablePreprocessor(), list(FRAME)),
    "cleaned": (make_pipeline(SentinelCleaner(), TableImputer()), list(FRAME)),
    "boosted": (BoostedImputer(random_state=0, max_iter=5), list(FRAME)),
    "target encoded": (datafix.encode.CategoryEncoder(output="target", random_state=0), ["city", "income"]),
}
each_pipeline = pytest.mark.parametrize("name", PIPELINES)


@each_pipeline
@pytest.mark.parametrize("row_steps", [(), (DropDuplicates(),)], ids=["all rows", "row step"])
def test_held_out_values_cannot_move_the_training_part(name, row_steps):
    pipeline, columns = PIPELINES[name]
    poisoned = FRAME.copy()
    held_out = poisoned.index >= 80
    for column in ("income", "age"):
        poisoned[column] = poisoned[column].mask(held_out, 1e9)
    poisoned["city"] = poisoned["city"].mask(held_out, "poison")
    poisoned["since"] = poisoned["since"].mask(held_out, pd.Timestamp("2200-01-01"))
    turned = Y.mask(held_out, Y.map({"no": "yes", "yes": "no"}))

    honest = datafix.prepare(pipeline, FRAME[columns], Y, split=SPLIT, row_steps=row_steps)
    other = datafix.prepare(pipeline, poisoned[columns], turned, split=SPLIT, row_steps=row_steps)

    np.testing.assert_array_equal(part_values(honest.train), part_values(other.train))
    np.testing.assert_array_equal(honest.train.target, other.train.target)
    np.testing.assert_array_equal(honest.train.index, other.train.index)


def test_a_mislabel_detector_sees_training_rows_only():
    X = RNG.normal(size=(120, 4))
    y = (X[:, 0] > 0).astype(int)
    y[:8] = 1 - y[:8]
    poisoned_X, poisoned_y = X.copy(), y.copy()
    poisoned_X[80:], poisoned_y[80:] = 1e9, 1 - y[80:]
    steps = [MislabelDetector(LogisticRegression(), action="reweight", random_state=0)]

    honest = datafix.prepare(StandardScaler(), X, y, split=SPLIT, row_steps=steps)
    other = datafix.prepare(StandardScaler(), poisoned_X, poisoned_y, split=SPLIT, row_steps=steps)

    np.testing.assert_array_equal(honest.train.sample_weight, other.train.sample_weight)
    assert honest.train.sample_weight.min() < 0.5


@each_pipeline
def test_held_out_parts_are_transformed_in_order_and_nothing_else(name):
    pipeline, columns = PIPELINES[name]
    prepared = datafix.prepare(pipeline, FRAME[columns], Y, split=SPLIT, row_steps=[DropDuplicates()])
    assert prepared.test.index.tolist() == list(range(100, 120))
    if pipeline is not None:
        expected = prepared.pipeline.transform(FRAME[columns].iloc[100:])
        np.testing.assert_array_equal(
            part_values(prepared.test), np.asarray(expected, dtype=part_values(prepared.test).dtype)
        )


def test_the_users_pipeline_is_left_alone():
    scaler = StandardScaler()
    datafix.prepare(scaler, FRAME[["age"]], Y, split=SPLIT)
    assert not hasattr(scaler, "mean_")


def test_telling_the_repairs_before_a_target_encoder_transforms_nothing_behind_them():
    city = pd.Series(RNG.choice(list("abcdefgh"), 120)).where(FRAME.index % 9 != 0, "?")
    behind = TablePreprocessor(clean=False, categorical=datafix.encode.CategoryEncoder(output="target"))
    pipeline = make_pipeline(SentinelCleaner(), behind)

    # A warning (the encoder's, of the rows of its fit) would be an error here.
    prepared = datafix.prepare(pipeline, pd.DataFrame({"city": city}), Y, split=SPLIT)

    assert prepared.changes.to_frame()["step"].eq("SentinelCleaner").sum() == (city == "?").sum()


def test_telling_the_repairs_does_not_transform_by_the_last_step():
    class Counting(SentinelCleaner):
        calls = 0

        def transform(self, X):
            Counting.calls += 1
            return super().transform(X)

    datafix.prepare(make_pipeline(Counting()), FRAME[["age"]], Y, split=SPLIT)

    parts = sum(part is not None for part in (SPLIT.train, SPLIT.validation, SPLIT.test))
    assert Counting.calls == parts


def test_a_cross_fitted_step_sees_its_own_fit_transform():
    noise = pd.DataFrame({"id": RNG.integers(0, 400, 1000).astype(str)})
    y = RNG.integers(0, 2, 1000)
    split = datafix.split(noise, y, duplicates="ignore", random_state=0)
    prepared = datafix.prepare(datafix.encode.CategoryEncoder(output="target", random_state=0), noise, y, split=split)
    assert roc_auc_score(prepared.train.target, prepared.train.features[:, 0]) < 0.6


def test_classes_become_codes_by_their_mended_names():
    y = Y.copy()
    y.iloc[[110, 111]] = [f"{y[110]}.", f" {y[111]}"]
    prepared = datafix.prepare(TablePreprocessor(), FRAME, y, split=SPLIT)
    assert prepared.classes_.tolist() == ["no", "yes"]
    np.testing.assert_array_equal(prepared.classes_[prepared.test.target], Y[100:])
    assert prepared.changes.to_frame().query("column == 'label'")["row"].tolist() == [110, 111]


def test_an_unknown_label_in_a_held_out_part_is_refused():
    y = Y.copy()
    y.iloc[110] = "maybe"
    with pytest.raises(TableError, match="maybe"):
        datafix.prepare(None, FRAME[["age"]], y, split=SPLIT)


@pytest.mark.parametrize("values", [Y.mask(Y.index == 3), pd.Series(RNG.normal(size=120)).mask(Y.index == 3)])
def test_missing_targets_are_refused(values):
    with pytest.raises(TableError, match=r"1 (label|row)|missing"):
        datafix.prepare(None, FRAME[["age"]], values, split=SPLIT)


def test_a_scaled_target_is_learned_from_training_rows():
    y = RNG.normal(100, 5, 120)
    prepared = datafix.prepare(None, FRAME[["age"]], y, split=SPLIT, target_transformer=StandardScaler())
    np.testing.assert_allclose(prepared.target_transformer.mean_, y[:80].mean())
    assert prepared.test.target.shape == (20,)
    assert prepared.classes_ is None


def test_every_repair_is_on_record_and_can_be_undone():
    prepared = datafix.prepare(make_pipeline(SentinelCleaner()), FRAME, Y, split=SPLIT)
    cleaned = pd.concat([part.features for part in prepared.parts.values()])
    assert cleaned["city"].isna().sum() == (FRAME["city"] == "?").sum() > 0
    pd.testing.assert_frame_equal(prepared.changes.undo(cleaned), FRAME)


def test_dropped_rows_are_on_record_with_their_label_and_come_back():
    twice = pd.concat([FRAME.head(80), FRAME.head(5)], ignore_index=True)
    labels = pd.concat([Y.head(80), Y.head(5)], ignore_index=True)
    split = Split(train=np.arange(85))
    prepared = datafix.prepare(None, twice[["age", "income"]], labels, split=split, row_steps=[DropDuplicates()])
    assert len(prepared.train) == 80
    kept = twice[["age", "income"]].assign(label=labels).iloc[prepared.train.index]
    restored = prepared.changes.undo(kept)
    pd.testing.assert_frame_equal(restored, twice[["age", "income"]].assign(label=labels))
    with pytest.raises(TableError, match="80 kept rows in order.*got 85"):
        prepared.changes.undo(twice)


@pytest.mark.parametrize(
    "make", [pl.from_pandas, lambda frame: pl.from_pandas(frame).to_arrow()], ids=["polars", "arrow"]
)
def test_every_engine_gives_the_same_numbers(make):
    from_pandas = datafix.prepare(TablePreprocessor(), FRAME, Y, split=SPLIT)
    other = datafix.prepare(TablePreprocessor(), make(FRAME), Y, split=SPLIT)
    np.testing.assert_array_equal(from_pandas.train.features, other.train.features)
    np.testing.assert_array_equal(from_pandas.test.features, other.test.features)


def test_images_go_through_as_they_are():
    images = RNG.integers(0, 255, (120, 4, 4, 1), dtype="uint8")
    prepared = datafix.prepare(None, images, Y, split=SPLIT)
    np.testing.assert_array_equal(prepared.test.features, images[100:])
    assert prepared.kinds is None


class Halver(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return np.asarray(X)[::2]


def test_a_pipeline_that_loses_rows_is_refused():
    with pytest.raises(TableError, match="Halver.fit_transform gave 40 rows for 80"):
        datafix.prepare(Halver(), FRAME[["age"]], Y, split=SPLIT)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"split": (1, 2)}, "needs split=.*got tuple"),
        ({"split": Split(train=[0, 500])}, "at least 501 rows"),
        ({"y": Y[:5]}, "120 rows, got 5 values"),
        ({"sample_weight": [1.0]}, "sample_weight"),
        ({"target_transformer": "scale"}, "'scale'"),
    ],
)
def test_arguments_that_cannot_be_meant_are_refused(arguments, told):
    given = {"X": FRAME[["age"]], "y": Y, "split": SPLIT} | arguments
    with pytest.raises((ParameterError, TableError), match=told):
        datafix.prepare(None, **given)


def test_a_target_in_another_order_is_refused():
    with pytest.raises(TableError, match="another order"):
        datafix.prepare(None, FRAME[["age"]], Y.sample(frac=1, random_state=0), split=SPLIT)


def test_rows_in_no_part_are_told():
    with pytest.warns(datafix.DatafixWarning, match="40 of 120 rows are in no part"):
        datafix.prepare(None, FRAME[["age"]], Y, split=Split(train=np.arange(80)))


@pytest.mark.parametrize("weight", [np.nan, -1.0, np.inf])
def test_weights_that_are_none_are_refused(weight):
    with pytest.raises(TableError, match="finite and not negative"):
        datafix.prepare(None, FRAME[["age"]], Y, split=SPLIT, sample_weight=np.full(120, weight))


def test_a_cross_fitted_step_keeps_its_folds_inside_a_trainer():
    noise = pd.DataFrame({"id": RNG.integers(0, 400, 1000).astype(str)})
    y = RNG.integers(0, 2, 1000)
    split = datafix.split(noise, y, duplicates="ignore", random_state=0)
    encoder = datafix.encode.CategoryEncoder(output="target", random_state=0)
    prepared = datafix.prepare(datafix.ResampledTrainer(encoder, []), noise, y, split=split)
    assert roc_auc_score(prepared.train.target, prepared.train.features[:, 0]) < 0.6


@pytest.mark.parametrize(
    "wrap",
    [
        lambda step: make_pipeline(make_pipeline(step)),
        lambda step: ColumnTransformer([("one", step, list(FRAME))]),
        lambda step: datafix.ResampledTrainer(step, []),
    ],
    ids=["nested", "columns", "trainer"],
)
def test_repairs_are_on_record_wherever_the_step_stands(wrap):
    bare = datafix.prepare(SentinelCleaner(), FRAME, Y, split=SPLIT).changes
    wrapped = datafix.prepare(wrap(SentinelCleaner()), FRAME, Y, split=SPLIT).changes
    assert len(wrapped) == len(bare) > 0


def test_the_table_may_come_from_the_split():
    split = Split.from_parts(FRAME.assign(y=Y)[:100], FRAME.assign(y=Y)[100:], target="y", on_overlap="ignore")
    prepared = datafix.prepare(TablePreprocessor(), split=split)
    assert (len(prepared.train), len(prepared.test), prepared.validation) == (100, 20, None)
    with pytest.raises(ParameterError, match="needs the table"):
        datafix.prepare(None, split=Split(train=[0]))


@pytest.mark.parametrize("pipeline", [StandardScaler, "scale", LogisticRegression()], ids=["class", "text", "model"])
def test_what_is_no_transformer_is_refused(pipeline):
    with pytest.raises(ParameterError, match="instance with fit_transform"):
        datafix.prepare(pipeline, FRAME[["age"]], Y, split=SPLIT)
