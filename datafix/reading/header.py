"""Whether the first line of a file names its columns."""

from __future__ import annotations

import re

_WHOLE = re.compile(r"\d+")
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")


def has_header(records: list[list[str]]) -> bool | None:
    """Tell whether the first record names the columns of the others; None where nothing tells.

    It does unless it looks like a row: all numbers, of which one is no whole one or comes twice; or numbers above
    numbers, and texts most of which come again in their columns.

    Parameters
    ----------
    records : list of list of str

    Examples
    --------
    >>> has_header([["age", "town"], ["31", "Bern"]]), has_header([["5.1", "3.5"], ["4.9", "3.0"]])
    (True, False)
    """
    if not records:
        return True
    first = [field.strip() for field in records[0]]
    # A header that comes again (files one after the other) is no row.
    rows = [[field.strip() for field in record] for record in records[1:] if record != records[0]]
    if all(_NUMBER.fullmatch(field) for field in first):
        return _names_of_numbers(first, rows)
    columns = [[row[j] for row in rows if j < len(row) and row[j]] for j in range(len(first))]
    texts = [(field, column) for field, column in zip(first, columns, strict=True) if not _NUMBER.fullmatch(field)]
    if any(column and all(map(_NUMBER.fullmatch, column)) for field, column in texts if field):
        return True
    again = sum(field in column for field, column in texts if field)
    return not (0 < again >= len(texts) / 2 and (len(texts) < len(first) or again == len(texts) > 1))


def _names_of_numbers(first: list[str], rows: list[list[str]]) -> bool | None:
    if len(set(first)) < len(first) or not all(map(_WHOLE.fullmatch, first)):
        return False
    values = [field for row in rows for field in row if field]
    if not all(map(_NUMBER.fullmatch, values)):
        return True
    if list(map(int, first)) in (list(range(len(first))), list(range(1, len(first) + 1))):
        parted = any(not _WHOLE.fullmatch(value) for value in values)
        return True if parted or len(first) > 3 else None
    return None
