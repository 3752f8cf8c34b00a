"""CSV files whose dialect nobody named."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import itertools
import lzma
import re
import unicodedata
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import pandas as pd
from pandas.errors import EmptyDataError, ParserError, ParserWarning

from datafix.errors import TableError

HEAD = 1 << 16
MOST_LINES = 100
DELIMITERS = (",", ";", "\t", "|")
MARKS = {
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
OTHER_KINDS = {
    b"PK\x03\x04": "a zip archive or an Excel sheet",
    b"\xd0\xcf\x11\xe0": "an old Excel sheet",
    b"PAR1": "a Parquet file",
    b"ARROW1": "an Arrow file",
    b"\x1f\x8b": "compressed by gzip",
    b"<!DOCTYPE": "a web page",
    b"<html": "a web page",
}
OPENERS: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
UNREAD = (".zip", ".zst", ".tar")
WORDS = 0.9


class Dialect(NamedTuple):
    """How a file is written.

    Attributes
    ----------
    encoding, delimiter, decimal : str
    """

    encoding: str
    delimiter: str
    decimal: str


def read_delimited(path: Path, delimiter: str) -> pd.DataFrame:
    """Read a CSV file, its dialect found in its first 64 kB.

    Parameters
    ----------
    delimiter : str
        What the file's name promises; another one is taken only where this one does not part all lines alike.

    Raises
    ------
    TableError
        For a line of more fields than the header, a quote that never ends, bytes that are no text, an empty file, or a
        file of another kind; with line and field.
    """
    dialect = _dialect(path, delimiter)
    try:
        return _read(path, dialect)
    except UnicodeDecodeError:
        return _read(path, _windows(path, dialect))


def _read(path: Path, dialect: Dialect) -> pd.DataFrame:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", ParserWarning)  # it tells that fields were left out
            return pd.read_csv(
                path,
                sep=dialect.delimiter,
                decimal=dialect.decimal,
                encoding=dialect.encoding,
                skipinitialspace=True,
                index_col=False,
            )
    except EmptyDataError as error:
        raise TableError(f"{str(path)!r} is empty: it has no header, so it cannot be read as a table.") from error
    except ParserError as error:
        raise TableError(_told(path, dialect, str(error))) from error
    except ParserWarning as error:
        raise TableError(
            f"{str(path)!r} has more fields in its rows than in its header (line 1, delimiter {dialect.delimiter!r}). "
            "Name every column, or quote what holds a delimiter."
        ) from error


def _dialect(path: Path, delimiter: str) -> Dialect:
    if path.suffix.lower() in UNREAD:
        return Dialect("utf-8", delimiter, ".")
    with _opened(path) as file:
        head = file.read(HEAD)
    for mark, kind in OTHER_KINDS.items():
        if head.lstrip()[: len(mark)].lower() == mark.lower():
            raise TableError(f"{str(path)!r} is {kind}, by its first bytes. Name it so, or save it as CSV.")
    encoding = next((name for mark, name in MARKS.items() if head.startswith(mark)), "utf-8")
    if encoding in ("utf-8", "utf-8-sig") and b"\x00" in head:
        line, field = _place(head, head.index(b"\x00"))
        raise TableError(
            f"{str(path)!r} holds a zero byte in line {line}, column {field}: it is no text, or UTF-16 without its "
            "mark. Save it as UTF-8."
        )
    text = head.decode(encoding, errors="replace")
    rows = {
        known: _parted(text, known, len(head) == HEAD)
        for known in (delimiter, *(other for other in DELIMITERS if other != delimiter))
    }
    widths = {known: set(map(len, parted)) for known, parted in rows.items()}
    alike = [known for known, found in widths.items() if len(found) == 1 and max(found) > 1]
    delimiter = alike[0] if alike else delimiter
    return Dialect(encoding, delimiter, "," if delimiter != "," and _has_decimal_commas(rows[delimiter]) else ".")


def _parted(text: str, delimiter: str, is_cut: bool) -> list[list[str]]:
    """Return the fields of the first lines that are whole; blank lines are none."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    rows = list(itertools.islice(reader, MOST_LINES))
    rows = rows[:-1] if is_cut and len(rows) < MOST_LINES else rows
    return [row for row in rows if row]


def _has_decimal_commas(rows: list[list[str]]) -> bool:
    fields = [field for row in rows for field in row]
    commas, points = (
        sum(re.fullmatch(rf"\s*-?\d+{mark}\d+\s*", field) is not None for field in fields) for mark in (",", r"\.")
    )
    return commas > 0 and not points


def _windows(path: Path, dialect: Dialect) -> Dialect:
    """Return the dialect in Windows-1252 where that makes words; else raise with the place of the first odd byte."""
    with _opened(path) as file:
        content = file.read()
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        line, column = _place(content, error.start)
    else:  # another encoding was marked, and not kept to
        raise TableError(f"{str(path)!r} is marked as {dialect.encoding} and is not. Save it as UTF-8.")
    odd = re.findall(rb"[\x80-\xff]+", content)
    # Western text has single accented letters between plain ones; other encodings have runs of high bytes.
    alone = sum(len(run) == 1 and _is_written(run) for run in odd)
    if alone < WORDS * len(odd):
        raise TableError(
            f"{str(path)!r} is not UTF-8 in line {line}, column {column}, and not Windows-1252 by its looks. "
            "Save it as UTF-8, or read it by pandas.read_csv(..., encoding=...) and give the frame."
        )
    return dialect._replace(encoding="cp1252")


def _is_written(byte: bytes) -> bool:
    character = byte.decode("cp1252", errors="replace")
    return unicodedata.category(character)[0] in "LPS" and character != "\ufffd"


def _told(path: Path, dialect: Dialect, error: str) -> str:
    """Return what is wrong with which line."""
    if found := re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", error):
        expected, line, saw = map(int, found.groups())
        return (
            f"{str(path)!r} has {saw} fields in line {line}, where the lines before have {expected}: field "
            f"{expected + 1} is one too many (delimiter {dialect.delimiter!r}). Quote what holds a delimiter."
        )
    if found := re.search(r"EOF inside string starting at row (\d+)", error):
        return f"{str(path)!r} has a quote that opens in line {int(found[1]) + 1} and never ends. Close or double it."
    return f"{str(path)!r} cannot be read as CSV: {error}"


def _place(content: bytes, at: int) -> tuple[int, int]:
    """Return line and column of a byte, from 1."""
    before = content[:at]
    return before.count(b"\n") + 1, at - (before.rfind(b"\n") + 1) + 1


def _opened(path: Path) -> BinaryIO:
    opened: BinaryIO = OPENERS.get(path.suffix.lower(), open)(path, "rb")
    return opened
