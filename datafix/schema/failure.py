"""One rule that some rows break."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from datafix.errors import SchemaError

EXAMPLES = 20
LONGEST_MESSAGE = 3500
"""Bytes in UTF-8, of the lines that name rules."""
LONGEST_CELL, LONGEST_RULE = 80, 400


@dataclass(frozen=True)
class Failure:
    """A rule, and the rows that break it.

    Attributes
    ----------
    column, rule : str
    rows : int64 ndarray
        Positions, in order; empty where the whole column is at fault. Of a lazy frame the first 10,000.
    examples : tuple
        At most 20 of the offending values.
    n_rows : int
        How many rows break it; 0 where the whole column is at fault.
    """

    column: str
    rule: str
    rows: np.ndarray = field(compare=False)
    examples: tuple[Any, ...] = ()
    n_rows: int = -1

    def __post_init__(self) -> None:
        if self.n_rows < 0:
            object.__setattr__(self, "n_rows", len(self.rows))

    def __str__(self) -> str:
        """Say it in a line of some 1 kB at most, whatever the cells and names."""
        head = f"Column {cut(repr(self.column), LONGEST_CELL)}: {cut(self.rule, LONGEST_RULE)}"
        if not len(self.rows):
            return f"{head}."
        shown = ", ".join(dict.fromkeys(cut(repr(str(value)), LONGEST_CELL) for value in self.examples[:5]))
        told = f"{head} fails on {self.n_rows} row(s), the first at position(s) {self.rows[:3].tolist()}"
        return f"{told}, with {shown}." if shown else f"{told}."


def error_of(failures: list[Failure], who: str) -> SchemaError:
    """Return the error that names columns, rules, counts and the first rows, in 4 kB."""
    told = [f"- {failures[0]}"]
    for failure in failures[1:]:
        if len("\n".join([*told, line := f"- {failure}"]).encode()) > LONGEST_MESSAGE:
            break
        told.append(line)
    if more := len(failures) - len(told):
        told.append(f"(+{more} more)")
    return SchemaError("\n".join([f"{who}: {len(failures)} rule(s) broken:", *told, "Mend the rows, or the schema."]))


def cut(text: str, length: int) -> str:
    """Return the text, shortened by its middle where it is longer.

    Examples
    --------
    >>> cut("0123456789", 5)
    '012…9'
    """
    return text if len(text) <= length else f"{text[: length - 2]}…{text[-1]}"
