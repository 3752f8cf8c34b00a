import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest

from datafix import TableError
from datafix.reading import read_table

FRAME = pd.DataFrame({"a": [1.0, np.nan], "b": ["x", "y"], "c": pd.Categorical(["u", "v"])})


def write(path, table, form="file"):
    make = pa.ipc.new_stream if form == "stream" else pa.ipc.new_file
    with pa.OSFile(str(path), "wb") as file, make(file, table.schema) as writer:
        writer.write_table(table)


@pytest.mark.parametrize("form", ["file", "stream"])
@pytest.mark.parametrize("suffix", [".arrow", ".ipc", ".FEATHER"])
def test_arrow_files_are_read_as_the_frame_that_was_written(tmp_path, suffix, form):
    path = tmp_path / f"t{suffix}"
    write(path, pa.table(FRAME), form)
    pd.testing.assert_frame_equal(read_table(path), FRAME, check_dtype=False)


@pytest.mark.parametrize("suffix", [".parquet", ".arrow"])
def test_two_columns_of_one_name_are_refused(tmp_path, suffix):
    path = tmp_path / f"t{suffix}"
    table = pa.table([[1], [2]], names=["a", "a"])
    pa.parquet.write_table(table, path) if suffix == ".parquet" else write(path, table)
    with pytest.raises(TableError, match="several columns called 'a'"):
        read_table(path)


@pytest.mark.parametrize("name", ["t.parquet", "t.arrow", "t.feather"])
@pytest.mark.parametrize("content", [b"", b"no table", b"ARROW1 no table", b"PAR1 no table PAR1", b"FEA1"])
def test_what_is_no_arrow_is_refused_by_name(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(TableError, match=f"{name}.*cannot be read"):
        read_table(tmp_path / name)


def test_an_unknown_suffix_is_refused_with_the_known_ones(tmp_path):
    (tmp_path / "t.xlsx").write_bytes(b"")
    with pytest.raises(TableError, match=r"\.csv, \.tsv.*\.parquet.*\.feather.*got 't\.xlsx'"):
        read_table(tmp_path / "t.xlsx")
