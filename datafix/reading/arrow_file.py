"""Parquet and Arrow files."""

from __future__ import annotations

import struct
from collections import Counter
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet

from datafix.errors import TableError

# pyarrow's own, and what its conversion raises where a file lies about its types.
UNREADABLE = (
    ValueError,
    OSError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    struct.error,
    pa.ArrowException,
)


def read_parquet(path: Path) -> pd.DataFrame:
    """Read a Parquet file."""
    try:
        with pa.parquet.ParquetFile(path) as file:
            return _frame(path, file.read())
    except UNREADABLE as error:
        raise _refused(path, error) from error


def read_arrow(path: Path) -> pd.DataFrame:
    """Read an Arrow file: the file or the stream format."""
    try:
        with pa.OSFile(str(path)) as file:
            is_file = file.read(6) == b"ARROW1"
            file.seek(0)
            table = (pa.ipc.open_file if is_file else pa.ipc.open_stream)(file).read_all()
        return _frame(path, table)
    except UNREADABLE as error:
        raise _refused(path, error) from error


def _frame(path: Path, table: pa.Table) -> pd.DataFrame:
    table.validate(full=True)
    twice = [name for name, count in Counter(table.column_names).items() if count > 1]
    if twice:
        raise TableError(f"{str(path)!r} has several columns called {twice[0]!r}. Rename or drop one of them.")
    return table.to_pandas()


def _refused(path: Path, error: Exception) -> TableError:
    if isinstance(error, TableError):
        return error
    return TableError(f"{str(path)!r} cannot be read as a table: {error}. Write it again.")
