"""Workers write the shards of their partitions, and a folder of them is as any other."""

import dask
import dask.dataframe as dd
import keras
import numpy as np
import pandas as pd
import polars as pl
import pytest
import tensorflow as tf
from sklearn.pipeline import make_pipeline

import datafix
from datafix.emit import service_dataset
from datafix.encode import CategoryEncoder
from datafix.engines import RemotePartitions, partitions_of
from datafix.errors import TableError
from datafix.preparation.part_shards import layout_of, write_shards
from datafix.preprocess import TablePreprocessor
from datafix.store import FolderWriter, stored_arrays

N = 30_000


@pytest.fixture(scope="module")
def people():
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({f"x{at}": rng.normal(at, 1, N) for at in range(20)})
    frame["town"] = rng.choice([f"town {at}" for at in range(30)], N)
    frame["weight"] = rng.random(N)
    frame["label"] = rng.choice(["no", "yes"], N)
    return frame


def prepared_of(frame, pipeline, **how):
    return datafix.prepare(pipeline, split=datafix.split(frame, "label", assign="hash", random_state=1, **how))


def assert_holds(loaded, people, expected_features, apart=("label",)):
    """Every row is there once, in its part, with what belongs to it."""
    expected = datafix.split(people.drop(columns=list(apart)), assign="hash", random_state=1)
    for name, part in loaded.parts.items():
        index = part.index[:]
        assert loaded.split.parts[name].tolist() == index.tolist()
        assert np.sort(index).tolist() == expected.parts[name].tolist()
        features = part.features[:]
        features = features.toarray() if hasattr(features, "toarray") else features
        np.testing.assert_allclose(features, expected_features(people.iloc[index]), atol=1e-6)
        assert part.target[:].tolist() == (people["label"].iloc[index] == "yes").astype(int).tolist()


@pytest.mark.parametrize("how", ["dense", "sparse", "columns"])
def test_every_row_is_written_once(how, people, lazily, tmp_path):
    pipelines = {
        "dense": TablePreprocessor(),
        "sparse": TablePreprocessor(sparse_output=True),
        "columns": make_pipeline(TablePreprocessor(categorical="drop")),
    }
    prepared = prepared_of(lazily(people), pipelines[how], sample_weight="weight")
    loaded = datafix.load(prepared.save(tmp_path / "made"), in_memory=False)

    def features(rows):
        found = prepared.pipeline.transform(rows.drop(columns=["label", "weight"]))
        return found.toarray() if hasattr(found, "toarray") else found

    assert_holds(loaded, people, features, apart=("label", "weight"))
    for part in loaded.parts.values():
        np.testing.assert_array_equal(part.sample_weight[:], people["weight"].iloc[part.index[:]])
    writers = {path.name.split("-")[0] for path in (tmp_path / "made").rglob("*-*")}
    by_workers = isinstance(partitions_of(lazily(people)), RemotePartitions)
    assert writers >= {"00000", "00001", "rest"} if by_workers else not writers


def test_groups_and_ids_go_with_their_rows(people, lazily, tmp_path):
    people = people.assign(id=np.arange(N), house=[f"house {number // 3}" for number in range(N)])
    roles = {"groups": "house", "ids": "id", "duplicates": "ignore"}
    parts = datafix.split(lazily(people), "label", assign="hash", **roles)
    prepared = datafix.prepare(datafix.TablePreprocessor(categorical="drop"), split=parts)
    assert {"house", "id"}.isdisjoint(prepared.kinds)

    here = datafix.load(prepared.save(tmp_path / "made"))
    written = {path.name.split("-")[0].split(".")[0] for path in (tmp_path / "made" / "train.roles").iterdir()}
    by_workers = isinstance(partitions_of(parts.X), RemotePartitions)
    assert written >= ({"00000", "rest"} if by_workers else {"00000"})
    on_disk = datafix.load(tmp_path / "made", in_memory=False)
    again = datafix.load(on_disk.save(tmp_path / "again"), in_memory=False)
    once_more = datafix.load(here.save(tmp_path / "once more"))

    for name, part in here.parts.items():
        expected = people.loc[part.index, ["house", "id"]].reset_index(drop=True)
        for found in (part.roles, once_more.parts[name].roles):
            pd.testing.assert_frame_equal(found, expected, check_dtype=False)
        for stored in (on_disk, again):
            found = stored.parts[name].roles.take([2, 0]).to_pandas()
            pd.testing.assert_frame_equal(found, expected.iloc[[2, 0]].reset_index(drop=True), check_dtype=False)
    assert set(here.train.roles["house"]).isdisjoint(here.test.roles["house"])


def test_ids_beside_gaps_and_of_categories_stay_what_they_are(tmp_path):
    """Whole numbers past 2^53 beside gaps; objects, and categories, of which a frame without rows tells nothing."""
    n_rows = 600
    wide = pd.array([2**60 + at if at % 5 else None for at in range(n_rows)], dtype="Int64")
    frame = pd.DataFrame(
        {"a": np.arange(float(n_rows)), "house": [f"house {at // 3}" for at in range(n_rows)], "id": wide}
    )
    kinds = {"objects": frame.astype({"house": object}), "categories": frame.astype({"house": "category"})}
    with dask.config.set({"dataframe.convert-string": False}):
        for kind, made in kinds.items():
            lazy = dd.from_pandas(made, npartitions=3)
            parts = datafix.split(lazy, assign="hash", groups="house", ids="id", duplicates="ignore")
            folder = datafix.prepare(None, split=parts).save(tmp_path / kind)
            for loaded in (datafix.load(folder), datafix.load(datafix.load(folder).save(tmp_path / f"{kind} again"))):
                for part in loaded.parts.values():
                    assert part.roles["house"].tolist() == frame["house"][part.index].tolist()
                    expected = [None if value is pd.NA else value for value in frame["id"][part.index]]
                    assert part.roles["id"].tolist() == expected


def test_rows_that_take_the_place_of_others_do_not_get_their_ids(people, tmp_path):
    frame = people[["x0", "x1"]].assign(id=np.arange(N))
    parts = datafix.split(pl.from_pandas(frame).lazy(), assign="hash", ids="id", duplicates="ignore")
    loaded = datafix.load(datafix.prepare(None, split=parts).save(tmp_path / "made"))
    again = datafix.load(loaded.save(tmp_path / "again", train=[np.zeros((5, 2))]))
    assert again.train.roles is None
    assert len(again.train) == 5
    assert again.test.roles["id"].tolist() == loaded.test.roles["id"].tolist()


def test_shards_are_named_by_partitions_unless_rows_come_through_this_process(people, tmp_path):
    frame = dd.from_pandas(people, npartitions=3)
    prepared = prepared_of(frame, TablePreprocessor())
    by_workers = datafix.load(prepared.save(tmp_path / "made"), in_memory=False)
    here = datafix.load(prepared.save(tmp_path / "here", workers=False), in_memory=False)

    names = {path.name for path in (tmp_path / "made" / "train.features").iterdir()}
    assert {name.split(".")[0] for name in names} == {
        "00000-00000",
        "00001-00000",
        "00002-00000",
        "rest-00000",
        "blocks",
    }
    assert here.train.index[:].tolist() == sorted(by_workers.train.index[:].tolist())
    # What is not in order are the last rows of each partition, fewer than a block.
    late = np.flatnonzero(np.diff(by_workers.train.index[:]) < 0)
    assert len(late) == 1
    assert len(by_workers.train) - late[0] < 3 * by_workers.train.features.block_rows


def test_a_network_is_fed_from_what_workers_wrote(people, cluster, tmp_path):
    prepared = prepared_of(dd.from_pandas(people, npartitions=4), TablePreprocessor())
    loaded = datafix.load(prepared.save(tmp_path / "made"), in_memory=False)
    data = datafix.to_tf_data(loaded, batch_size=512, seed=0)
    features, target = (np.concatenate(arrays) for arrays in zip(*data["train"].as_numpy_iterator(), strict=True))
    order, own = np.lexsort(features.T), np.lexsort(loaded.train.features[:].T)
    np.testing.assert_array_equal(features[order], loaded.train.features[:][own])
    np.testing.assert_array_equal(target[order], loaded.train.target[:][own])


@pytest.mark.parametrize("engine", ["dask", pytest.param("spark", marks=pytest.mark.long)])
def test_a_network_learns_by_a_service_from_what_workers_wrote(engine, people, request, tmp_path):
    service = tf.data.experimental.service
    numbers = people[[f"x{at}" for at in range(20)]].assign(label=(people["x0"] > 0).astype(int))
    if engine == "spark":
        numbers.to_parquet(tmp_path / "numbers.parquet", row_group_size=N // 4)
        frame = request.getfixturevalue("spark").read.parquet(str(tmp_path / "numbers.parquet")).coalesce(4)
    else:
        request.getfixturevalue("cluster")
        frame = dd.from_pandas(numbers, npartitions=4)
    prepared = prepared_of(frame, TablePreprocessor())
    train = datafix.load(prepared.save(tmp_path / "made", pack=False), in_memory=False).train
    dispatcher = service.DispatchServer()
    worker = service.WorkerServer(service.WorkerConfig(dispatcher.target.split("://")[1]))
    data = service_dataset(train.features, train.target, service=dispatcher.target, batch_size=64, shuffle=True, seed=0)
    features, target = (np.concatenate(arrays) for arrays in zip(*data.as_numpy_iterator(), strict=True))
    assert sorted(features[:, 0].tolist()) == sorted(train.features[:][:, 0].tolist())
    np.testing.assert_array_equal(features[:, 0] > features[target == 0, 0].max(), target == 1)

    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((20,)), keras.layers.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
    history = model.fit(data, epochs=4, shuffle=False, verbose=0).history
    assert history["accuracy"][-1] > 0.9
    del worker


def test_a_worker_that_is_killed_while_it_writes_is_replaced(people, cluster, killing, tmp_path):
    deadly, killed = killing
    prepared = prepared_of(dd.from_pandas(people, npartitions=4), TablePreprocessor())
    object.__setattr__(prepared, "split", prepared_of(deadly(people, 4), None).split)
    killed.unlink(missing_ok=True)  # what looked at the frame before may have been killed
    folder = prepared.save(tmp_path / "made")
    assert killed.exists()
    assert not list(folder.rglob("*.part"))
    assert_holds(
        datafix.load(folder, in_memory=False),
        people,
        lambda rows: prepared.pipeline.transform(rows.drop(columns="label")),
    )


def test_values_that_are_not_finite_are_named_by_their_row(people, tmp_path):
    numbers = people[["x0", "x1", "label"]].copy()
    numbers.loc[[17_000, 29_000], "x1"] = np.nan
    frame = dd.from_pandas(numbers, npartitions=3)
    folder = prepared_of(frame, TablePreprocessor(numeric="passthrough")).save(tmp_path / "made")
    loaded = datafix.load(folder, in_memory=False)
    bad = {name: part.features.not_finite for name, part in loaded.parts.items()}
    assert sum(found["count"] for found in bad.values()) == 2
    for name, found in bad.items():
        if found["count"]:
            row, column = found["first"]
            assert column == 1
            assert np.isnan(loaded.parts[name].features[row][column])


def test_a_folder_that_workers_do_not_see_is_refused(tmp_path):
    fields = {"features": np.zeros((9, 2), np.float32), "target": None, "sample_weight": None}
    with pytest.raises(TableError, match="is not to be seen from a worker.*workers=False"):
        write_shards(tmp_path / "elsewhere", "train", 0, layout_of(fields, ["train"]), fields)


def test_shards_that_are_not_here_are_refused(tmp_path):
    with FolderWriter(tmp_path / "made") as writer, FolderWriter(tmp_path / "elsewhere") as other:
        fields = {"features": np.zeros((9000, 2), np.float32), "target": None, "sample_weight": None}
        layout = layout_of(fields, ["train"])
        written = write_shards(other.draft, "train", 0, layout, fields)
        joining = writer.joining("train.features", is_sparse=False, block_rows=layout.block_rows, packing="lz4")
        with pytest.raises(TableError, match=r"lz4' was written by a worker and is not here.*workers=False"):
            joining.join(*written["features"])


def test_rows_unlike_those_of_other_workers_are_refused(tmp_path):
    layout = layout_of({"features": np.zeros((9, 2), np.float32), "target": None, "sample_weight": None}, ["train"])
    with FolderWriter(tmp_path / "made") as writer:
        joining = writer.joining("train.features", is_sparse=False, block_rows=layout.block_rows, packing="lz4")
        for number, dtype in enumerate((np.float32, np.float64)):
            fields = {"features": np.zeros((9000, 2), dtype), "target": None, "sample_weight": None}
            written = write_shards(writer.draft, "train", number, layout, fields)
            if number:
                with pytest.raises(TableError, match="rows of 'train.features' as those before"):
                    joining.join(*written["features"])
            else:
                joining.join(*written["features"])


def test_a_stranger_reads_them_without_unpickling(people, tmp_path):
    frame = dd.from_pandas(people, npartitions=3)
    pipeline = TablePreprocessor(categorical=CategoryEncoder(output="ordinal"))
    folder = prepared_of(frame, pipeline).save(tmp_path / "made")
    arrays = stored_arrays(folder)
    assert sorted(arrays) == sorted(
        f"{part}.{field}" for part in ("train", "validation", "test") for field in ("features", "index", "target")
    )
    assert sum(len(arrays[f"{part}.index"]) for part in ("train", "validation", "test")) == N
