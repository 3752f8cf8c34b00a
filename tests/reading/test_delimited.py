"""CSV files of any dialect are read, odd ones refused with their place, and nothing but TableError is raised."""

import gzip

import numpy as np
import pandas as pd
import pytest

from datafix.errors import TableError
from datafix.reading import read_table

TABLE = pd.DataFrame({"name": ["Müller", "Zoë", "a, b"], "size": [1.5, -2.25, 3.0], "n": [1, 2, 3]})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_delimiter_and_encoding_are_found(tmp_path, encoding, separator):
    path = tmp_path / "t.csv"
    TABLE.to_csv(path, sep=separator, encoding=encoding, index=False)
    pd.testing.assert_frame_equal(read_table(path), TABLE)


@pytest.mark.parametrize("suffix", ["gz", "bz2", "xz", "zip"])
def test_compressed_files_are_read(tmp_path, suffix):
    path = tmp_path / f"t.csv.{suffix}"
    TABLE.to_csv(path, index=False)
    pd.testing.assert_frame_equal(read_table(path), TABLE)


def test_decimal_commas_are_numbers(tmp_path):
    path = tmp_path / "t.csv"
    TABLE.to_csv(path, sep=";", decimal=",", index=False)
    pd.testing.assert_frame_equal(read_table(path), TABLE)


def test_a_delimiter_inside_quotes_or_values_is_none(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('a,b\n"x;y",1;2\n"p\nq",3;4\n')
    assert read_table(path)["a"].to_list() == ["x;y", "p\nq"]


def test_one_column_has_no_delimiter(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a\n1\n2\n")
    assert read_table(path)["a"].to_list() == [1, 2]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"a,b\n1,2\n3,4,5\n", "line 3, where the lines before have 2: field 3"),
        (b"a,b\n0,2,3\n1,5,6\n", "more fields in its rows than in its header"),
        (b'a,b\n1,"2\n3,4\n', "a quote that opens in line 2"),
        (b"a,b\n1,\xd6\xd0\xb9\xfa\xc8\xcb\n", "not UTF-8 in line 2, column 3"),
        (b"a,b\n1,\x00\n", "zero byte in line 2, column 3"),
        (b"", "is empty"),
        (b"PK\x03\x04 and more", "zip archive"),
        (b"<!doctype html><p>Sign in</p>", "web page"),
        (b"PAR1....", "a Parquet file"),
    ],
)
def test_odd_files_are_refused_with_their_place(tmp_path, content, told):
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(TableError, match=told):
        read_table(path)


def test_a_byte_far_into_the_file_is_placed(tmp_path):
    path = tmp_path / "t.csv.gz"
    with gzip.open(path, "wb") as file:
        file.write(b"a,b\n" + b"1,2\n" * 50_000 + b"1,\x81\x82\x83\n")
    with pytest.raises(TableError, match="line 50002, column 3"):
        read_table(path)


@pytest.mark.parametrize("suffix", [".arrow", ".feather", ".ipc"])
@pytest.mark.parametrize("is_stream", [False, True])
def test_arrow_files_and_streams_are_read(tmp_path, suffix, is_stream):
    import pyarrow as pa

    path = tmp_path / f"t{suffix}"
    table = pa.Table.from_pandas(TABLE)
    write = pa.ipc.new_stream if is_stream else pa.ipc.new_file
    with write(str(path), table.schema) as writer:
        writer.write_table(table)
    pd.testing.assert_frame_equal(read_table(path), TABLE)


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".csv.gz", ".csv.zip", ".parquet", ".feather"])
def test_spoilt_bytes_give_a_table_or_a_clear_error(tmp_path, suffix):
    path = tmp_path / f"t{suffix}"
    if suffix == ".parquet":
        TABLE.to_parquet(path)
    elif suffix == ".feather":
        TABLE.to_feather(path)
    else:
        TABLE.to_csv(path, index=False, sep="\t" if suffix == ".tsv" else ",")
    whole = np.frombuffer(path.read_bytes(), dtype=np.uint8)
    random = np.random.default_rng(0)
    n_read = 0
    for _ in range(150):
        spoilt = whole.copy()
        at = random.integers(0, len(whole), random.integers(1, 6))
        spoilt[at] = random.integers(0, 256, len(at))
        path.write_bytes(spoilt[: random.integers(0, len(whole) + 1)].tobytes() if random.random() < 0.3 else spoilt)
        try:
            read_table(path)
        except TableError:
            continue
        n_read += 1
    assert n_read < 150
