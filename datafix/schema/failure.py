"""One rule that some rows break."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from datafix.report.shortening import shortened_message

EXAMPLES = 20


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
        if not len(self.rows):
            return shortened_message(f"Column {self.column!r}: {self.rule}.")
        shown = ", ".join(repr(value) for value in dict.fromkeys(map(str, self.examples[:5])))
        return shortened_message(
            f"Column {self.column!r}: {self.rule} fails on {len(self.rows)} row(s), the first at position(s) "
            f"{self.rows[:3].tolist()}, with {shown}."
        )
