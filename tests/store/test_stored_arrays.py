import pickle

import numpy as np
import pytest
from scipy import sparse

from datafix import ParameterError, TableError
from datafix.store import ArrayWriter, FolderWriter, stored_arrays

RANDOM = np.random.default_rng(0)
ARRAYS = {
    "float32 noise": RANDOM.standard_normal((1003, 7), dtype=np.float32),
    "float64": RANDOM.standard_normal(1003),
    "one-hot": np.eye(20, dtype=np.float32)[RANDOM.integers(0, 20, 1003)],
    "images": RANDOM.integers(0, 30, (101, 9, 8, 3)).astype(np.uint8),
    "booleans": RANDOM.random((1003, 2)) < 0.5,
    "codes": np.arange(1003) % 3,
    "text": np.array([f"größe {i}" for i in range(103)]),
    "times": np.arange("2026-01-01", "2026-03-01", dtype="datetime64[D]"),
    "other byte order": np.arange(103, dtype=">i4"),
    "Fortran order": np.asfortranarray(RANDOM.random((103, 4))),
    "one row": np.ones((1, 3)),
    "no row": np.ones((0, 3), dtype=np.float32),
    "no column": np.ones((103, 0)),
    "one block": np.arange(16.0),
}


def written(folder, array, *, pieces=1, block_rows=16, shard_bytes=1000, kind="array"):
    with FolderWriter(folder) as writer:
        one = getattr(writer, kind)("x", block_rows=block_rows, shard_bytes=shard_bytes)
        for part in np.array_split(np.arange(array.shape[0]), pieces):
            one.append(array[part])
        writer.commit()
    return stored_arrays(folder)["x"]


@pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS)
@pytest.mark.parametrize("pieces", [1, 7])
def test_any_array_of_plain_values_comes_back_as_it_was(tmp_path, array, pieces):
    stored = written(tmp_path / "a folder ñ", array, pieces=pieces)

    assert (stored.shape, stored.dtype, len(stored), stored.ndim) == (array.shape, array.dtype, len(array), array.ndim)
    np.testing.assert_array_equal(np.asarray(stored), array)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(stored))[:], array)
    assert np.asarray(stored).dtype == array.dtype


@pytest.mark.parametrize("name", ["float32 noise", "one-hot"])
def test_rows_are_read_as_an_array_gives_them(tmp_path, name):
    array = ARRAYS[name]
    stored = written(tmp_path / "x", array)

    for key in (
        slice(3, 9),
        slice(None, None, -7),
        slice(-5, None),
        slice(9, 3),
        [5, 2, 5, 1002, -1],
        [],
        np.int64(17),
    ):
        np.testing.assert_array_equal(stored[key], array[key if np.size(key) else np.zeros(0, int)])
    np.testing.assert_array_equal(stored[array[:, 0] > 0], array[array[:, 0] > 0])
    for by_column in (np.s_[:, 0], np.s_[..., 0], None):
        with pytest.raises(IndexError, match="is read by rows.*take rows first"):
            stored[by_column]
    with pytest.raises(IndexError):
        stored[1003]


@pytest.mark.parametrize("pieces", [1, 7])
def test_a_sparse_matrix_comes_back(tmp_path, pieces):
    matrix = sparse.random(1003, 50, density=0.1, format="csr", random_state=0, dtype=np.float32)

    stored = written(tmp_path / "x", matrix, pieces=pieces, kind="sparse")

    assert stored.shape == (1003, 50) and stored.dtype == np.float32
    assert (stored[:] != matrix).nnz == 0
    assert (stored[[7, 1002, 3]] != matrix[[7, 1002, 3]]).nnz == 0
    np.testing.assert_array_equal(stored.toarray(), matrix.toarray())
    assert written(tmp_path / "none", matrix[:0], kind="sparse")[:].shape == (0, 50)


def test_plain_shards_are_what_numpy_reads_too(tmp_path):
    array = ARRAYS["float32 noise"]
    written(tmp_path / "x", array)

    shards = sorted((tmp_path / "x" / "x").glob("0*.npy"))

    assert len(shards) > 10
    np.testing.assert_array_equal(np.concatenate([np.load(shard) for shard in shards]), array)


def test_what_packs_well_is_packed_and_noise_is_not(tmp_path):
    packings = {
        name: written(tmp_path / name, ARRAYS[name], block_rows=100).packing
        for name in ("float32 noise", "one-hot", "images")
    }

    assert packings == {"float32 noise": "npy", "one-hot": "lz4", "images": "zstd"}
    size = sum(path.stat().st_size for path in (tmp_path / "one-hot" / "x").glob("*.lz4"))
    assert size < ARRAYS["one-hot"].nbytes / 4


def test_a_shard_ends_at_its_size_and_a_block_is_never_cut(tmp_path):
    stored = written(tmp_path / "x", ARRAYS["float32 noise"], block_rows=16, shard_bytes=1000)

    sizes = [shard["bytes"] - shard["head_bytes"] for shard in stored.blocks.shards]

    assert set(sizes[:-1]) == {2 * 16 * 7 * 4}
    assert sum(sizes) == ARRAYS["float32 noise"].nbytes


def test_a_folder_that_was_moved_still_reads(tmp_path):
    written(tmp_path / "x", ARRAYS["codes"])

    (tmp_path / "x").rename(tmp_path / "elsewhere")

    np.testing.assert_array_equal(stored_arrays(tmp_path / "elsewhere")["x"][:], ARRAYS["codes"])


def test_values_that_are_not_finite_are_counted_while_they_are_written(tmp_path):
    array = np.zeros((1003, 3))
    array[517, 1], array[900:, 2] = np.nan, 1e300
    matrix = sparse.csr_matrix(array)

    assert written(tmp_path / "x", array).not_finite == {"count": 104, "first": [517, 1]}
    assert written(tmp_path / "s", matrix, kind="sparse").not_finite == {"count": 104, "first": [517, 1]}
    assert written(tmp_path / "y", ARRAYS["codes"]).not_finite["count"] == 0
    # Whose float32 sum overflows, though each is finite.
    assert written(tmp_path / "z", np.full(100, 3e38)).not_finite["count"] == 0


def test_rows_unlike_those_before_and_objects_are_refused(tmp_path):
    writer = ArrayWriter(tmp_path / "x")
    writer.append(np.zeros((2, 3)))

    with pytest.raises(TableError, match=r"shape \(3,\) for 'x', as those before, got float64 and \(4,\)"):
        writer.append(np.zeros((2, 4)))
    with pytest.raises(TableError, match="got float32"):
        writer.append(np.zeros((2, 3), dtype=np.float32))
    with pytest.raises(TableError, match="got dtype object"):
        ArrayWriter(tmp_path / "y").append(np.array(["a", None], dtype=object))
    with pytest.raises(TableError, match="No rows were given for 'z'"):
        ArrayWriter(tmp_path / "z").close()


def files(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def cut(content):
    return content[:-1]


def edited_first(content):
    return bytes([content[0] ^ 1]) + content[1:]


def edited_last(content):
    return content[:-1] + bytes([content[-1] ^ 1])


def edited_amidst(content):
    at = len(content) // 2
    return content[:at] + bytes([content[at] ^ 0x40]) + content[at + 1 :]


@pytest.mark.parametrize("harm", [cut, edited_first, edited_amidst, edited_last, lambda _: b"", None])
@pytest.mark.parametrize("name", ["float32 noise", "one-hot"])
def test_a_torn_edited_or_lost_file_is_refused_by_name(tmp_path, name, harm):
    written(tmp_path / "x", ARRAYS[name][:200], shard_bytes=400)
    assert len(files(tmp_path / "x")) >= 4

    for file in files(tmp_path / "x"):
        path = tmp_path / "x" / file
        content = path.read_bytes()
        path.write_bytes(harm(content)) if harm else path.unlink()
        with pytest.raises(TableError, match=file):
            np.asarray(stored_arrays(tmp_path / "x")["x"])
        path.write_bytes(content)

    np.testing.assert_array_equal(stored_arrays(tmp_path / "x")["x"][:], ARRAYS[name][:200])


@pytest.mark.parametrize("harm", [cut, edited_last, None])
def test_a_file_that_is_harmed_after_it_was_opened_is_refused_when_it_is_read(tmp_path, harm):
    stored = written(tmp_path / "x", ARRAYS["float32 noise"])
    path = stored.folder / stored.blocks.shards[-1]["file"]

    path.write_bytes(harm(path.read_bytes())) if harm else path.unlink()

    stored[:100]
    with pytest.raises(TableError, match=path.name):
        stored[-1]


def test_a_file_that_tears_after_it_was_verified_is_refused_too(tmp_path):
    stored = written(tmp_path / "x", ARRAYS["float32 noise"])
    path = stored.folder / stored.blocks.shards[-1]["file"]
    stored[:]

    path.write_bytes(path.read_bytes()[:-1])

    with pytest.raises(TableError, match=f"{path.name}.*torn"):
        stored[-1]


@pytest.mark.parametrize("broken", [RuntimeError, KeyboardInterrupt, OSError(28, "No space left on device")])
def test_what_is_broken_off_leaves_nothing_behind(tmp_path, broken):
    def break_off():
        with FolderWriter(tmp_path / "new" / "deep" / "x") as writer:
            writer.array("x", block_rows=1).append(np.zeros((3, 3)))
            raise broken

    with pytest.raises(broken if isinstance(broken, type) else OSError):
        break_off()

    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_exists_is_not_written_over(tmp_path):
    with pytest.raises(ParameterError, match="exists"), FolderWriter(tmp_path):
        pass
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(ParameterError, match="exists"), FolderWriter(tmp_path / "link"):
        pass


@pytest.mark.parametrize("content", ["{", "[]", '{"format": 1}', '{"format": 2}', '{"format": 2, "digest": "0"}', "ÿ"])
def test_a_manifest_of_another_kind_is_refused(tmp_path, content):
    (tmp_path / "manifest.json").write_bytes(content.encode("latin-1"))

    with pytest.raises(TableError, match=r"manifest\.json.* Save it again"):
        stored_arrays(tmp_path)
    (tmp_path / "manifest.json").unlink()
    with pytest.raises(TableError, match=r"holds no manifest\.json"):
        stored_arrays(tmp_path)
