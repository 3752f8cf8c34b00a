"""Tables from files."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from datafix.errors import TableError
from datafix.reading.delimited import read_delimited

ARROW_SUFFIXES = (".arrow", ".feather", ".ipc")


def read_table(path: str | Path) -> pd.DataFrame:
    """Read a CSV (plain or compressed), Parquet or Arrow file.

    Of CSV files delimiter (comma, semicolon, tab, bar), decimal comma and encoding (UTF-8, UTF-16 by its mark, else
    Windows-1252 where it makes words) are found.

    Raises
    ------
    TableError
        If there is no such file, or it cannot be read as what its name says: for CSV with line and field.
    """
    path = Path(path)
    if not path.is_file():
        raise TableError(f"There is no file {str(path)!r}. Check the path, from {Path.cwd()}.")
    suffixes = [suffix.lower() for suffix in path.suffixes]
    try:
        if suffixes[-1:] == [".parquet"]:
            return pd.read_parquet(path)
        if set(ARROW_SUFFIXES) & set(suffixes[-1:]):
            return _read_arrow(path)
        if {".csv", ".tsv"} & set(suffixes[-2:]):
            return read_delimited(path, "\t" if ".tsv" in suffixes else ",")
    except TableError:
        raise
    except Exception as error:
        raise TableError(f"{str(path)!r} cannot be read as a table: {error}") from error
    raise TableError(
        f"datafix reads .csv, .tsv (also compressed), .parquet, {', '.join(ARROW_SUFFIXES)}, got {path.name!r}."
    )


def _read_arrow(path: Path) -> pd.DataFrame:
    """Read an Arrow file, or a stream of Arrow batches."""
    import pyarrow as pa

    with pa.memory_map(str(path)) as source:
        try:
            table = pa.ipc.open_file(source).read_all()
        except pa.ArrowInvalid:  # no file with an index at its end; if no stream either, the error is raised
            source.seek(0)
            table = pa.ipc.open_stream(source).read_all()
        return table.to_pandas()
