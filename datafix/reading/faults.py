"""Where a CSV file is not what it should be; a slow second look, for files that could not be read."""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

import numpy as np

from datafix.reading.dialect import Dialect

BLOCK = 1 << 22


def first_fault(file: IO[str], dialect: Dialect, *, strict: bool = False) -> str | None:
    """Return line, column and what is wrong there: fields too many or too few, a quote not closed, a NUL.

    Parameters
    ----------
    file : text file, opened with ``newline=""``
    dialect : Dialect
    strict : bool
        Whether text after a quote that closes is at fault, too.
    """
    lines = _Lines(file)
    reader, width, start = dialect.records(lines, strict=strict), 0, 1
    with _fields_of_any_length():
        last = ""
        try:
            for record in reader:
                if last.endswith("\r") and lines.record.startswith(" "):
                    return f"line {start}, character 1: a blank after a carriage return without a line feed"
                if "\0" in lines.record:
                    return _nul(lines.record, start)
                if any(record) and not width:
                    width = len(record)
                if any(record) and (len(record) < width or any(record[width:])):
                    return _of_another_width(record, width, start, lines, dialect)
                at, start = start, reader.line_num + 1
                last = lines.taken()
            return _not_closed(last, at, dialect) if width else None
        except csv.Error as error:
            return _not_closed(lines.record, start, dialect) or _after_quote(error, start, reader.line_num)


def separators(file: IO[bytes], dialect: Dialect) -> int:
    """Count the delimiters that stand outside quotes."""
    quote, count, inside = dialect.quote.encode(), 0, 0
    while block := file.read(BLOCK):
        pieces = block.split(quote)
        outside = np.frombuffer(b"".join(pieces[inside::2]), dtype=np.uint8)
        inside = (inside + len(pieces) - 1) % 2
        count += int(np.count_nonzero(outside == ord(dialect.delimiter)))
    return count


class _Lines:
    """Lines, of which those of the current record are kept."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._kept: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._file)
        self._kept.append(line)
        return line

    @property
    def record(self) -> str:
        return self._kept[0] if len(self._kept) == 1 else "".join(self._kept)

    def taken(self) -> str:
        record = self.record
        self._kept.clear()
        return record


@contextmanager
def _fields_of_any_length() -> Iterator[None]:
    limit = csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    try:
        yield
    finally:
        csv.field_size_limit(limit)


def _nul(record: str, start: int) -> str:
    line, character = _place(record, record.index("\0"), start)
    return f"line {line}, character {character}: a NUL character"


def _of_another_width(record: list[str], width: int, start: int, lines: _Lines, dialect: Dialect) -> str:
    text = lines.record
    if fault := _not_closed(text, start, dialect):
        return fault
    told = f"line {start}, column {min(len(record), width) + 1}: {len(record)} fields where the first line has {width}"
    if len(record) > width:
        told += f", the first too many is {_short(record[width])}"
    if runs := len(text.rstrip("\r\n").splitlines()) - 1:
        told += f". A quote is closed {runs} line(s) later, perhaps not where it was meant"
    return told


def _after_quote(error: csv.Error, start: int, end: int) -> str:
    told = "" if end == start else f" of the quote opened on line {start}, perhaps not where it was meant"
    return f"line {end}: {error}{told}"


def _not_closed(record: str, start: int, dialect: Dialect) -> str | None:
    """Tell where the last field of a record opens a quote that nothing closes."""
    at = _open_quote(record, dialect)
    if at is None:
        return None
    line, character = _place(record, at, start)
    return f"line {line}, character {character}: a quote is opened and never closed"


def _place(record: str, at: int, start: int) -> tuple[int, int]:
    """Return line and character, from 1, of a position in a record that starts on a line."""
    return start + record.count("\n", 0, at), at - record.rfind("\n", 0, at)


def _open_quote(record: str, dialect: Dialect) -> int | None:
    fields = re.compile(f"[{re.escape(dialect.delimiter)}\r\n] *")
    at = len(record) - len(record.lstrip(" "))
    while at < len(record):
        if record[at] == dialect.quote:
            opened, at = at, _closing(record, at + 1, dialect)
            if at < 0:
                return opened
        following = fields.search(record, at)
        if following is None:
            return None
        at = following.end()
    return None


def _closing(record: str, at: int, dialect: Dialect) -> int:
    """Return the position after the quote that closes, -1 where none does."""
    while (found := record.find(dialect.quote, at)) >= 0:
        if dialect.escape is not None and record[found - 1] == dialect.escape:
            at = found + 1
        elif record[found + 1 : found + 2] == dialect.quote:
            at = found + 2
        else:
            return found + 1
    return -1


def _short(field: str) -> str:
    return repr(field if len(field) <= 30 else field[:29] + "…")
