import numpy as np
import pandas as pd
import pytest
from PIL import Image

from datafix import TableError
from datafix.table import Table

FRAME = pd.DataFrame({"a": [1.0, 2.0, 2.0, np.nan], "b": ["x", "y", "y", "y"], "y": ["no", "yes", "no", "no"]})


def test_target_ids_and_weights_are_no_features():
    table = Table(FRAME.assign(i=range(4), w=1.0), target="y", ids="i", sample_weight="w")
    assert table.columns == ["a", "b"]
    assert table.target.to_list() == ["no", "yes", "no", "no"]


def test_most_frequent_counts_missing_as_a_value():
    table = Table(FRAME, target="y")
    assert table.most_frequent("b") == ("y", 0.75)
    assert Table({"a": [None, None, 1.0]}).most_frequent("a") == (None, pytest.approx(2 / 3))


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".parquet", ".tsv"])
def test_files_are_read_as_the_frame_that_was_written(tmp_path, suffix):
    path = tmp_path / f"table{suffix}"
    if suffix == ".parquet":
        FRAME.to_parquet(path)
    else:
        FRAME.to_csv(path, index=False, sep="\t" if suffix == ".tsv" else ",")
    pd.testing.assert_frame_equal(Table(str(path)).frame.to_native(), FRAME, check_dtype=False)


def test_a_folder_of_images_gives_images_and_labels(tmp_path):
    for name, shade in (("cat", 0), ("dog", 255)):
        (tmp_path / name).mkdir()
        Image.fromarray(np.full((5, 4), shade, dtype="uint8")).save(tmp_path / name / "one.png")
    table = Table(tmp_path)
    assert table.shape == (2, 5, 4, 1)
    assert table.target.to_list() == ["cat", "dog"]


def test_a_torn_image_is_refused_by_name(tmp_path):
    (tmp_path / "cat").mkdir()
    (tmp_path / "cat" / "torn.png").write_bytes(b"\x89PNG\r\n")
    with pytest.raises(TableError, match="torn.png"):
        Table(tmp_path)


@pytest.mark.parametrize(
    ("given", "roles", "told"),
    [
        (pd.DataFrame(), {}, "no rows"),
        (FRAME.head(0), {}, "no rows"),
        (FRAME, {"target": "nope"}, "target='nope' is no column of the train table. It has \\['a', 'b', 'y'\\]"),
        (FRAME, {"target": [1, 2]}, "4 rows, got 2"),
        (FRAME[["y"]], {"target": "y"}, "nothing to learn from"),
        ("no/such.csv", {}, "no file"),
        ({"a": [1], "b": [1, 2]}, {}, "one length"),
        (np.array([[["a"]]]), {}, "Images must be numbers"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(given, roles, told):
    with pytest.raises(TableError, match=told):
        Table(given, **roles)


def test_a_file_that_is_no_parquet_is_refused_by_name(tmp_path):
    path = tmp_path / "x.parquet"
    path.write_text("no parquet")
    with pytest.raises(TableError, match=r"x\.parquet.*cannot be read"):
        Table(path)


def test_an_empty_csv_is_refused_by_name(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("")
    with pytest.raises(TableError, match=r"x\.csv.*cannot be read"):
        Table(path)
