"""From a lazy frame to a folder of prepared parts, without any part of it whole in memory."""

from datetime import date
from decimal import Decimal

import dask
import dask.dataframe as dd
import numpy as np
import pandas as pd
import polars as pl
import pytest

import datafix
from datafix.engines import select
from datafix.errors import ParameterError, TableError
from datafix.sketches import sketch, table_sketch

N = 2000


@pytest.fixture(scope="module")
def people():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            "id": np.arange(N),
            "age": rng.integers(17, 90, N).astype(np.float64),
            "town": rng.choice(["Bern", "Basel", "Genf"], N),
            "weight": rng.random(N),
            "label": rng.choice(["no", "yes", "Yes."], N, p=[0.6, 0.38, 0.02]),
        }
    )
    frame.loc[::9, "age"] = np.nan
    return frame


def test_rows_have_the_parts_that_they_have_in_memory(people, lazily, collected):
    found = datafix.split(lazily(people), "label", assign="hash", random_state=5)
    expected = datafix.split(people.drop(columns="label"), people["label"], assign="hash", random_state=5)

    for name, part in found.parts.items():
        assert sorted(collected(part)["id"]) == expected.parts[name].tolist()


def test_a_column_of_a_part_is_that_of_its_rows(people, lazily, collected):
    train = datafix.split(lazily(people), "label", assign="hash").train
    assert collected(select(train, ["id"]))["id"].tolist() == collected(train)["id"].tolist()


def test_groups_stay_together(people, lazily, collected):
    found = datafix.split(lazily(people), assign="hash", groups="age", duplicates="ignore", test_size=0.4)
    ages = [set(collected(part)["age"].dropna()) for part in found.parts.values()]
    assert all(ages)
    assert not (ages[0] & ages[1] or ages[0] & ages[2] or ages[1] & ages[2])


def test_what_is_loaded_is_what_is_prepared_in_memory(people, lazily, tmp_path):
    parts = datafix.split(lazily(people), "label", assign="hash", sample_weight="weight")
    expected = datafix.prepare(
        datafix.TablePreprocessor(),
        people.drop(columns=["label", "weight"]),
        people["label"],
        split=datafix.split(people.drop(columns=["label", "weight"]), assign="hash"),
        sample_weight=people["weight"],
    )

    prepared = datafix.prepare(datafix.TablePreprocessor(), split=parts)
    loaded = datafix.load(prepared.save(tmp_path / "made"), in_memory=False)

    assert loaded.classes_.tolist() == ["no", "yes"]
    assert {name: rows.tolist() for name, rows in loaded.split.parts.items()} == {
        name: rows.tolist() for name, rows in expected.split.parts.items()
    }
    for name, part in expected.parts.items():
        got = getattr(loaded, name)
        np.testing.assert_allclose(got.features[:], part.features, atol=1e-6)
        np.testing.assert_array_equal(got.target[:], part.target)
        np.testing.assert_allclose(got.sample_weight[:], part.sample_weight)
        np.testing.assert_array_equal(got.index[:], part.index)


def test_copies_stay_together_whatever_their_labels_and_weights(lazily, collected):
    rows = pd.DataFrame({"age": np.repeat(np.arange(500), 2), "label": ["no", "yes"] * 500, "weight": np.arange(1000)})
    parts = datafix.split(lazily(rows), "label", assign="hash", sample_weight="weight").parts.values()
    ages = [set(collected(part)["age"]) for part in parts]
    assert all(ages)
    assert not (ages[0] & ages[1] or ages[0] & ages[2] or ages[1] & ages[2])


def test_copies_without_a_group_stay_together_whatever_their_ids():
    nowhere = pl.Series([None] * 400, dtype=pl.String)
    rows = pl.DataFrame({"id": range(400), "house": nowhere, "age": list(range(200)) * 2})
    parts = datafix.split(rows.lazy(), assign="hash", groups="house", ids="id", duplicates="ignore").parts.values()
    ages = [set(part.collect()["age"]) for part in parts]
    assert all(ages)
    assert not (ages[0] & ages[1] or ages[0] & ages[2] or ages[1] & ages[2])


def test_held_out_rows_teach_nothing(people, lazily, tmp_path, monkeypatch):
    monkeypatch.setattr(table_sketch, "SAMPLE_ROWS", 300)
    how = {"assign": "hash", "ids": "id", "duplicates": "ignore"}
    train = datafix.split(people, **how).train
    poisoned = people.copy()
    poisoned.loc[poisoned.index.difference(train), ["age", "town"]] = [1e9, "Nowhere"]

    found = []
    for name, frame in (("honest", people), ("poisoned", poisoned)):
        prepared = datafix.prepare(datafix.TablePreprocessor(), split=datafix.split(lazily(frame), "label", **how))
        found.append(datafix.load(prepared.save(tmp_path / name), in_memory=False).train)

    assert found[0].index[:].tolist() == train.tolist()
    assert found[0].features[:].tobytes() == found[1].features[:].tobytes()


def test_a_class_beyond_the_sample_is_known(people, lazily, tmp_path, monkeypatch):
    monkeypatch.setattr(table_sketch, "SAMPLE_ROWS", 50)
    rare = people.assign(label=people["label"].where(people["id"] >= 3, "perhaps"))
    parts = datafix.split(lazily(rare.drop(columns="weight")), "label", assign="hash", test_size=0, validation_size=0)
    prepared = datafix.prepare(datafix.TablePreprocessor(), split=parts)
    assert prepared.classes_.tolist() == ["no", "perhaps", "yes"]


def test_nothing_is_left_behind_where_a_partition_fails(people, lazily, tmp_path):
    parts = datafix.split(lazily(people), "label", assign="hash", test_size=0, validation_size=0)
    prepared = datafix.prepare(datafix.TablePreprocessor(), split=parts)
    bad = people.assign(label=people["label"].where(people["id"] != N - 1, "maybe"))
    broken = datafix.split(lazily(bad), "label", assign="hash", test_size=0, validation_size=0)
    object.__setattr__(prepared, "split", broken)

    with pytest.raises(TableError, match=r"Partition \d of the \w+ frame \(\d+ rows\): .*'maybe'"):
        prepared.save(tmp_path / "made")
    assert not [path for path in tmp_path.iterdir() if path.name.startswith("made")]


@pytest.mark.parametrize("weight", [-1.0, np.nan])
def test_a_bad_weight_is_refused_and_its_partition_named(weight, people, lazily, tmp_path):
    bad = people.assign(weight=people["weight"].where(people["id"] != N - 1, weight))
    parts = datafix.split(lazily(bad), "label", assign="hash", sample_weight="weight")
    prepared = datafix.prepare(datafix.TablePreprocessor(), split=parts)
    with pytest.raises(TableError, match=r"Partition \d of the .* needs weights that are finite"):
        prepared.save(tmp_path / "made")


def test_all_of_many_partitions_are_looked_at(people, tmp_path):
    frame = dd.from_pandas(people, npartitions=40)
    assert sketch(frame).columns["id"].mean == people["id"].mean()
    prepared = datafix.prepare(datafix.TablePreprocessor(), split=datafix.split(frame, "label", assign="hash"))
    loaded = datafix.load(prepared.save(tmp_path / "made", workers=False), in_memory=False)
    assert sum(len(part) for part in loaded.parts.values()) == N


def test_kinds_are_those_of_values_where_columns_are_of_objects(people, tmp_path):
    frame = people[["age", "label"]].assign(
        flag=pd.Series([True, None] * (N // 2), dtype=object),
        cost=[Decimal(at) / 4 for at in range(N)],
        day=[date(2024, 1, 1 + at % 28) for at in range(N)],
    )
    with dask.config.set({"dataframe.convert-string": False}):
        lazy = dd.from_pandas(frame, npartitions=3)
        prepared = datafix.prepare(datafix.TablePreprocessor(), split=datafix.split(lazy, "label", assign="hash"))
    assert prepared.kinds == {"age": "number", "flag": "boolean", "cost": "number", "day": "time"}


def test_what_is_said_of_rows_in_memory_is_refused(people, lazily):
    parts = datafix.split(lazily(people), "label", assign="hash")
    with pytest.raises(ParameterError, match="takes no y, groups"):
        datafix.prepare(None, y=people["label"], groups=people["age"], split=parts)
    with pytest.raises(ParameterError, match=r"takes no sample_weight: it has .* weights from the split"):
        datafix.prepare(None, split=parts, sample_weight="weight")
    with pytest.raises(TableError, match="no column sample_weight='w'"):
        datafix.split(lazily(people), "label", assign="hash", sample_weight="w")
    with pytest.raises(ParameterError, match="sample_weight of lazy frames alone"):
        datafix.split(people, assign="hash", sample_weight="weight")
    endless = people.assign(age=people["age"].fillna(np.inf))
    with pytest.raises(TableError, match="'age' is infinite on "):
        datafix.prepare(None, split=datafix.split(lazily(endless), "age", assign="hash"))
    missing = people.assign(label=people["label"].where(people["id"] != 7))
    with pytest.raises(TableError, match="'label' is missing on 1 of"):
        datafix.prepare(None, split=datafix.split(lazily(missing), "label", assign="hash", test_size=0))


def test_a_column_has_one_role(people):
    frame = pl.from_pandas(people).lazy()
    for role in ("groups", "ids"):
        with pytest.raises(ParameterError, match=f"the target, 'label', as {role} too"):
            datafix.split(frame, "label", assign="hash", duplicates="ignore", **{role: "label"})
    for name in ("label", "id"):
        with pytest.raises(ParameterError, match=f"{name!r} as sample_weight, which is the target, groups or ids"):
            datafix.split(frame, "label", assign="hash", duplicates="ignore", ids="id", sample_weight=name)


def test_what_needs_rows_in_memory_says_so(people, lazily):
    parts = datafix.split(lazily(people), "label", assign="hash")
    with pytest.raises(ParameterError, match="row_steps and record= need all rows in memory"):
        datafix.prepare(datafix.TablePreprocessor(), split=parts, row_steps=[datafix.DropDuplicates()])
    encoder = datafix.encode.CategoryEncoder(output="target")
    with pytest.raises(ParameterError, match="A lazy frame has no y to give: collect it"):
        datafix.prepare(datafix.TablePreprocessor(categorical=encoder), split=parts)


def test_a_frame_without_training_rows_is_refused(people, lazily):
    parts = datafix.split(lazily(people[:0]), "label", assign="hash")
    with pytest.raises(TableError, match="train part of the lazy frame has no rows"):
        datafix.prepare(datafix.TablePreprocessor(), split=parts)


def test_a_network_is_fed_from_the_folder(people, tmp_path):
    parts = datafix.split(pl.from_pandas(people).lazy(), "label", assign="hash")
    prepared = datafix.prepare(datafix.TablePreprocessor(), split=parts)
    loaded = datafix.load(prepared.save(tmp_path / "made"), in_memory=False)

    data = datafix.to_tf_data(loaded, batch_size=64, seed=0)

    features, target = (np.concatenate(arrays) for arrays in zip(*data["train"].as_numpy_iterator(), strict=True))
    assert features.shape == loaded.train.features.shape
    order, own = np.lexsort(features.T), np.lexsort(loaded.train.features[:].T)
    np.testing.assert_array_equal(features[order], loaded.train.features[:][own])
    assert np.bincount(target).tolist() == np.bincount(loaded.train.target[:]).tolist()
