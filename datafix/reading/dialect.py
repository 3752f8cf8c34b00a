"""How the fields of a CSV file are parted, quoted and written."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from datafix.reading.header import has_header

DELIMITERS = ",;\t|"
MOST_RECORDS = 1000

NUMBER = re.compile(r"\s*[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?\s*")
_POINT = re.compile(r"[+-]?\d*\.\d+([eE][+-]?\d+)?")
_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?")
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
_APOSTROPHES = re.compile(r"(?:^|[,;\t|])[ ]*'[^'\r\n]*'[ ]*(?=$|[,;\t|\r\n])", re.MULTILINE)
_OPENED = re.compile(r"(?:^|[,;\t|])[ ]*'", re.MULTILINE)


@dataclass(frozen=True)
class Dialect:
    r"""What :func:`find_dialect` finds.

    Attributes
    ----------
    delimiter, quote : str
    escape : str or None
        Stands before a quote within quotes; None where it is doubled.
    decimal : str
        ``"."`` or ``","``.
    header : bool or None
        Whether the first line names the columns; None where it may and may not.
    """

    delimiter: str = ","
    quote: str = '"'
    escape: str | None = None
    decimal: str = "."
    header: bool | None = True

    def records(self, lines: Iterator[str], *, strict: bool = False) -> Any:
        """Return the records of lines as :mod:`csv` reads them."""
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            quotechar=self.quote,
            escapechar=self.escape,
            skipinitialspace=True,
            strict=strict,
        )


def find_dialect(text: str, delimiters: str = DELIMITERS) -> Dialect:
    r"""Find the dialect of a CSV file from its first lines.

    The delimiter is the one by which most lines have as many fields as the first one; then by which most fields are
    numbers. A decimal comma is believed where no number has a point, and not all look like thousands.

    Parameters
    ----------
    text : str
        Whole lines.
    delimiters : str
        What may part the fields.

    Examples
    --------
    >>> find_dialect("name;size\nAnna;1,75\nBo;1,8\n")
    Dialect(delimiter=';', quote='"', escape=None, decimal=',', header=True)
    """
    quote = "'" if '"' not in text and 1 < len(_APOSTROPHES.findall(text)) == len(_OPENED.findall(text)) else '"'
    candidates = [Dialect(delimiter, quote, _escape(text, delimiter, quote)) for delimiter in delimiters]
    best = max(candidates, key=lambda dialect: _fitness(_records(text, dialect)))
    records = _records(text, best)
    return Dialect(best.delimiter, quote, best.escape, _decimal(records, best.delimiter), has_header(records))


def first_record(text: str, dialect: Dialect) -> list[str]:
    """Return the fields of the first line that is not blank."""
    return next(iter(_records(text, dialect)), [])


def _records(text: str, dialect: Dialect) -> list[list[str]]:
    found = []
    try:
        for record in islice(dialect.records(io.StringIO(text, newline="")), MOST_RECORDS):
            found += [record] if any(record) else []
    except csv.Error:  # a field past csv's limit: what came before it is enough here
        pass
    return found


def _fitness(records: list[list[str]]) -> tuple[float, float, int]:
    width = len(records[0]) if records else 0
    if width < 2:
        return 0.0, 0.0, 0
    alike = sum(len(record) == width for record in records) / len(records)
    fields = [field for record in records[1:100] or records for field in record]
    numbers = sum(NUMBER.fullmatch(field) is not None for field in fields) / max(1, len(fields))
    return alike, numbers, width


def _escape(text: str, delimiter: str, quote: str) -> str | None:
    if f"\\{quote}" not in text:
        return None
    plain, escaped = (_readable(text, Dialect(delimiter, quote, escape)) for escape in (None, "\\"))
    return "\\" if escaped > plain else None


def _readable(text: str, dialect: Dialect) -> int:
    """Return how many records a strict reader takes."""
    reader = dialect.records(io.StringIO(text, newline=""), strict=True)
    count = 0
    try:
        for _ in reader:
            count += 1
    except csv.Error:
        return count
    return count + 1


def _decimal(records: list[list[str]], delimiter: str) -> str:
    if delimiter == ",":
        return "."
    fields = [field.strip() for record in records for field in record]
    commas = [field for field in fields if _COMMA.fullmatch(field)]
    if not commas or any(_POINT.fullmatch(field) for field in fields):
        return "."
    return "." if all(_THOUSANDS.fullmatch(field) for field in commas) else ","
