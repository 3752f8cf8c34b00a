"""A table from a file, by what its name says."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from datafix.errors import TableError
from datafix.reading.arrow_file import read_arrow, read_parquet
from datafix.reading.csv_file import read_csv
from datafix.reading.opening import COMPRESSED

TEXT = (".csv", ".tsv")
ARROW = (".arrow", ".feather", ".ipc")


def read_table(path: str | Path) -> pd.DataFrame:
    """Read a CSV (plain or compressed), Parquet or Arrow file.

    Of a CSV file delimiter, quotes, decimal comma, encoding and header are found from its first part. Its values are
    what :func:`pandas.read_csv` makes of them: ``NA``, ``null``, ``None`` and the like are missing, blanks before a
    value go, and a code such as ``007`` is a number where its whole column is one. Columns that hold ISO 8601 dates
    only (2020-01-31, with or without a time) are times; 01/02/2020 stays text.

    Raises
    ------
    TableError
        If there is no such file, or it cannot be read as what its name says. Of a CSV file line and column are named:
        no row is dropped or cut, no missing field made up, no column renamed.

    Warns
    -----
    DatafixWarning
        If a CSV file is not in UTF-8 and was read as Windows-1252 (which holds Latin-1).
    """
    path = Path(path)
    if not path.is_file():
        raise TableError(f"There is no file {str(path)!r}. Check the path, from {Path.cwd()}.")
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes[-1:] == [".parquet"]:
        return read_parquet(path)
    if suffixes and suffixes[-1] in ARROW:
        return read_arrow(path)
    if suffixes and suffixes[-1] in COMPRESSED:
        suffixes.pop()
    if suffixes and suffixes[-1] in TEXT:
        return read_csv(path, delimiters="\t" if suffixes[-1] == ".tsv" else None)
    raise TableError(
        f"datafix reads {', '.join(TEXT)} (also compressed: {', '.join(COMPRESSED)}), .parquet, {', '.join(ARROW)}; "
        f"got {path.name!r}."
    )
