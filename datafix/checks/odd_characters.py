"""Text with characters that nobody sees, or that a wrong decoding left."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.checks.tables import Tables
from datafix.report import Issue, Severity

SIGNS_ALONE = "signs alone, where others hold words"
FAULTS = {
    # UTF-8 that was read as Latin-1 or Windows-1252, and the sign that stands for what could not be read.
    "a broken decoding (an accent became two signs)": re.compile(
        "\ufffd|\u00c3[\u0080-\u00bf]|\u00e2\u20ac|\u00c2[\u00a0-\u00bf]"
    ),
    "characters that are not seen (control, zero width, no-break space)": re.compile(
        "[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\u00a0\u00ad\u200b-\u200f\u2060\ufeff]"
    ),
    SIGNS_ALONE: re.compile(r"^[^\w\s]{2,}$"),
}


@dataclass(frozen=True)
class OddCharacters:
    """Find text that was decoded wrongly, holds characters that are not seen, or nothing but signs.

    To a model the same word with and without a no-break space, or decoded once rightly and once wrongly, is two.
    """

    name: ClassVar[str] = "odd_characters"
    needs: ClassVar[frozenset[str]] = frozenset({"features"})

    most_values: int = 100_000
    signs_share: float = 0.05

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield a warning for each column, table and kind of fault."""
        for table in tables.both:
            for column, kind in table.kinds.items():
                if kind != "text":
                    continue
                codes, values = table.factorize(column)
                texts = values[: self.most_values]
                for fault, pattern in FAULTS.items():
                    found = np.array([pattern.search(text) is not None for text in texts], dtype=bool)
                    if not found.any():
                        continue
                    odd = np.zeros(len(values) + 1, dtype=bool)
                    odd[: len(found)] = found
                    rows = np.flatnonzero(odd[codes])
                    if fault == SIGNS_ALONE and len(rows) > self.signs_share * table.n_rows:
                        continue  # what so many rows hold is meant
                    yield Issue(
                        self.name,
                        Severity.WARNING,
                        f"Column {column!r} holds {fault} on {len(rows)} {table.part} row(s), such as "
                        f"{str(texts[found][0])[:40]!r}.",
                        "Read the file with the encoding that it was written in (encoding='utf-8'), or mend the text.",
                        table=table.part,
                        column=column,
                        rows=rows,
                        evidence={"fault": fault, "n_rows": len(rows), "examples": [str(t) for t in texts[found][:5]]},
                    )
