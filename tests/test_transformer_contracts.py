"""Contracts that every public transformer of the table rooms keeps; a new class is covered by standing in `__all__`."""

import importlib
import inspect
import pickle
import pkgutil

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.base import clone
from sklearn.utils.estimator_checks import parametrize_with_checks

import datafix
import datafix.clean
import datafix.encode
import datafix.impute
import datafix.scale
from datafix.columns import as_frame
from datafix.preprocess import TablePreprocessor

# The contracts transform the rows of the fit on purpose, to compare them.
pytestmark = pytest.mark.filterwarnings("ignore:CategoryEncoder.transform was given the rows")
ROOMS = (datafix.clean, datafix.impute, datafix.scale, datafix.encode)
PUBLIC = [getattr(room, name) for room in ROOMS for name in room.__all__] + [TablePreprocessor]
OPTIONS = {
    "TableScaler": [{"method": m} for m in ("robust", "minmax", "quantile", "power")] + [{"clip": 2.0}],
    "CategoryEncoder": [{"output": "ordinal"}, {"output": "target"}, {"min_frequency": 2}, {"max_categories": 3}],
    "TableImputer": [{"numeric": "mean", "indicator": False}, {"numeric": "most_frequent"}, {"numeric": 0.5}],
    "CategoryCleaner": [{"unseen": "rule"}, {"slips": False}],
    "BoostedImputer": [{"indicator": False, "max_samples": 30}],
    "TablePreprocessor": [{"clean": False}],
}
TRANSFORMERS = [make() for make in PUBLIC] + [
    make(**options) for make in PUBLIC for options in OPTIONS.get(make.__name__, [])
]
OF_FRAMES = [t for t in TRANSFORMERS if type(t).__name__ != "TargetCleaner"]
REPAIRING = [t for t in OF_FRAMES if hasattr(t, "changes") and type(t).__name__ != "TablePreprocessor"]
NUMERIC = ("TableScaler", "QuantileClipper")


def table(n=60):
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "age": np.where(rng.random(n) < 0.1, np.nan, rng.integers(18, 90, n)),
            "gain": np.where(np.arange(n) % 12 == 0, 99999, rng.integers(0, 4000, n)),
            "job": rng.choice(["clerk", "Clerk ", "smith", "?", "baker"], n, p=[0.4, 0.1, 0.2, 0.1, 0.2]),
            "price": [f"${value:,}" for value in rng.integers(500, 5000, n)],
            "member": rng.random(n) < 0.5,
            "seen": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 9_000_000, n), "s"),
            "city": np.where(rng.random(n) < 0.1, None, rng.choice(["Bern", "Basel", "Zug"], n)),
        }
    )


TABLE = table()
TARGET = np.random.default_rng(1).integers(0, 2, len(TABLE))


def columns_for(transformer):
    name = type(transformer).__name__
    if name in NUMERIC:
        return ["age", "gain", "member"]
    if name == "CategoryEncoder":
        return ["age", "job", "price", "member", "city"]
    return ["seen"] if name == "DatetimeEncoder" else list(TABLE.columns)


def assert_same_cells(left, right):
    assert len(left) == len(right)
    for one, two in zip(left, right, strict=True):
        numbers = [cell for cell in [*one, *two] if cell is not None]
        if numbers and all(isinstance(cell, float | int) for cell in numbers):
            np.testing.assert_allclose(np.array(one, float), np.array(two, float), rtol=1e-6, atol=1e-7)
        else:
            assert one == two


def input_for(transformer):
    return TABLE[columns_for(transformer)]


def as_cells(X):
    frame = as_frame(X)
    cells = {name: np.array(frame[name].to_list(), dtype=object) for name in frame.columns}
    return {name: [None if pd.isna(cell) else cell for cell in column] for name, column in cells.items()}


each = pytest.mark.parametrize("transformer", OF_FRAMES, ids=str)
each_repairing = pytest.mark.parametrize("transformer", REPAIRING, ids=str)


# Scikit-learn has no checks for transformers of y (LabelEncoder, TargetCleaner): it skips them with a warning.
@parametrize_with_checks(OF_FRAMES)
def test_keeps_scikit_learns_own_contract(estimator, check):
    check(estimator)


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.__name__)
def test_every_transformer_in_a_room_stands_in_its_registry(room):
    modules = [importlib.import_module(f"{room.__name__}.{m.name}") for m in pkgutil.iter_modules(room.__path__)]

    found = {
        name
        for module in modules
        for name, value in inspect.getmembers(module, inspect.isclass)
        if value.__module__ == module.__name__ and hasattr(value, "transform") and not name.startswith("_")
    }

    assert found == set(room.__all__)


@each
def test_transforms_each_row_by_itself(transformer):
    X = input_for(transformer)
    fitted = clone(transformer).fit(X, TARGET)

    together = as_cells(fitted.transform(X))
    alone = [as_cells(fitted.transform(X.iloc[[i]])) for i in range(len(X))]

    assert_same_cells([[row[name][0] for row in alone] for name in together], list(together.values()))


@each
def test_transform_changes_neither_its_state_nor_its_input(transformer):
    X = input_for(transformer).copy()
    before = X.copy()
    fitted = clone(transformer).fit(X, TARGET)
    state = pickle.dumps(fitted)

    fitted.transform(X)
    fitted.transform(X.head(3))
    if hasattr(fitted, "changes"):
        fitted.changes(X)

    assert pickle.dumps(fitted) == state
    pd.testing.assert_frame_equal(X, before)


@each
@pytest.mark.parametrize("other", [pl.from_pandas, pa.Table.from_pandas], ids=["polars", "pyarrow"])
def test_gives_the_same_on_every_engine_whatever_it_was_fitted_on(transformer, other):
    X = input_for(transformer)
    on_pandas, on_other = clone(transformer).fit(X, TARGET), clone(transformer).fit(other(X), TARGET)

    expected = as_cells(on_pandas.transform(X))
    outputs = [on_other.transform(X), on_pandas.transform(other(X)), on_other.transform(other(X))]

    for output in outputs:
        cells = as_cells(output)
        assert list(cells) == list(expected)
        assert_same_cells(list(cells.values()), list(expected.values()))


@each
def test_survives_clone_and_pickle(transformer):
    X = input_for(transformer)
    fitted = clone(transformer).fit(X, TARGET)

    again = pickle.loads(pickle.dumps(fitted))

    assert clone(fitted).get_params().keys() == transformer.get_params().keys()
    assert as_cells(again.transform(X)) == as_cells(fitted.transform(X))


@each
@pytest.mark.parametrize("engine", ["pandas", "polars"])
@pytest.mark.parametrize(
    "came_as", [pd.DataFrame, pl.from_pandas, pa.Table.from_pandas], ids=["pandas", "polars", "pyarrow"]
)
def test_gives_named_frames_when_asked(transformer, engine, came_as):
    X = came_as(input_for(transformer))
    fitted = clone(transformer).set_output(transform=engine).fit(X, TARGET)

    output = fitted.transform(X)

    assert type(output).__module__.split(".")[0] == engine
    assert list(output.columns) == fitted.get_feature_names_out().tolist()
    assert len(set(output.columns)) == len(output.columns)


@each_repairing
@pytest.mark.parametrize(
    "came_as", [pd.DataFrame, pl.from_pandas, pa.Table.from_pandas], ids=["pandas", "polars", "pyarrow"]
)
def test_changes_are_the_cells_in_which_transform_differs(transformer, came_as):
    X = came_as(TABLE)
    fitted = clone(transformer).fit(X)

    changes = fitted.changes(X)
    before, after = as_cells(X), as_cells(fitted.transform(X))

    told = {
        (row, column): (old, new)
        for row, column, old, new in zip(*(changes[key] for key in ("row", "column", "before", "after")), strict=True)
    }
    differ = {
        (i, name): (old, new)
        for name in before
        for i, (old, new) in enumerate(zip(before[name], after[name], strict=True))
        if old != new
    }
    assert told == differ
    assert changes["row"].dtype == np.int64 and changes["confidence"].dtype == np.float64
    assert ((changes["confidence"] >= 0) & (changes["confidence"] <= 1)).all()


@each
def test_an_array_gives_what_the_same_frame_gives(transformer):
    X = input_for(transformer)
    names = [f"x{j}" for j in range(X.shape[1])]
    array = X.to_numpy(dtype=object)

    from_frame = clone(transformer).fit(X.set_axis(names, axis=1), TARGET).transform(X.set_axis(names, axis=1))
    from_array = clone(transformer).fit(array, TARGET).transform(array)

    assert isinstance(from_array, np.ndarray)
    assert_same_cells(list(as_cells(from_array).values()), list(as_cells(from_frame).values()))


@each
def test_held_out_rows_cannot_move_what_was_learned(transformer):
    X = input_for(transformer).reset_index(drop=True)
    poisoned = X.copy()
    for name in X.select_dtypes("float"):
        poisoned.loc[40:, name] = 1e9
    if "random_state" in transformer.get_params():
        transformer = clone(transformer).set_params(random_state=0)
    split = datafix.Split(train=np.arange(40), test=np.arange(40, len(X)))
    y = np.asarray(TARGET)

    honest, other = (datafix.prepare(transformer, table, y, split=split).train for table in (X, poisoned))

    assert_same_cells(list(as_cells(honest.features).values()), list(as_cells(other.features).values()))
