"""One rule that some rows break."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

EXAMPLES = 20
LONGEST_CELL, LONGEST_RULE = 80, 400


@dataclass(frozen=True)
class Failure:
    """A rule, and the rows that break it.

    Attributes
    ----------
    column, rule : str
    rows : int64 ndarray
        Positions, in order; empty where the whole column is at fault.
    examples : tuple
        At most 20 of the offending values.
    """

    column: str
    rule: str
    rows: np.ndarray = field(compare=False)
    examples: tuple[Any, ...] = ()

    def __str__(self) -> str:
        """Say it in a line of some 1 kB at most, whatever the cells and names."""
        head = f"Column {cut(repr(self.column), LONGEST_CELL)}: {cut(self.rule, LONGEST_RULE)}"
        if not len(self.rows):
            return f"{head}."
        shown = ", ".join(dict.fromkeys(cut(repr(str(value)), LONGEST_CELL) for value in self.examples[:5]))
        return (
            f"{head} fails on {len(self.rows)} row(s), the first at position(s) {self.rows[:3].tolist()}, with {shown}."
        )


def cut(text: str, length: int) -> str:
    """Return the text, shortened by its middle where it is longer.

    Examples
    --------
    >>> cut("0123456789", 5)
    '012…9'
    """
    return text if len(text) <= length else f"{text[: length - 2]}…{text[-1]}"
