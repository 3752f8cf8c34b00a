"""A table from a file, by what its name says."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from datafix.errors import TableError
from datafix.reading.arrow_file import read_arrow, read_parquet
from datafix.reading.csv_file import read_csv, read_csv_text
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
    suffix = _suffix(path)
    if suffix == ".parquet":
        return read_parquet(path)
    if suffix in ARROW:
        return read_arrow(path)
    if suffix in TEXT:
        return read_csv(path, delimiters=_delimiters(suffix))
    raise TableError(
        f"datafix reads {', '.join(TEXT)} (also compressed: {', '.join(COMPRESSED)}), .parquet, {', '.join(ARROW)}; "
        f"got {path.name!r}."
    )


def read_text(path: str | Path) -> tuple[pd.DataFrame, str] | None:
    """Return the fields of a CSV file as they are written in it, and its decimal sign; None for a file of another kind.

    Row for row and column for column those of :func:`read_table`: ``NA``, ``007`` and ``0.10`` are what they were.
    """
    path = Path(path)
    if _suffix(path) not in TEXT:
        return None
    fields, dialect = read_csv_text(path, delimiters=_delimiters(_suffix(path)))
    return fields, dialect.decimal


def _suffix(path: Path) -> str:
    """Return what the name says of the file, or of what is packed in it."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in COMPRESSED:
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def _delimiters(suffix: str) -> str | None:
    return "\t" if suffix == ".tsv" else None
