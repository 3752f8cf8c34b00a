"""Texts far longer or shorter than the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.checks.tables import Tables
from datafix.report import Issue, Severity
from datafix.table import Table


@dataclass(frozen=True)
class TextLengths:
    """Find codes of another length than nearly all others, and texts many times as long as any.

    Codes: where 99.5 % of the rows or more have one length of at least three characters. Else a text is too long where
    it is ``times`` as long as the longest of the other 99.5 %, as when rows of a file ran together.
    """

    name: ClassVar[str] = "text_lengths"
    needs: ClassVar[frozenset[str]] = frozenset({"features"})

    share: float = 0.995
    times: float = 5.0
    fewest_values: int = 20

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield a warning for each column and table."""
        for table in tables.both:
            for column, figures in table.statistics.items():
                if figures.kind == "text" and figures.n_unique >= self.fewest_values:
                    yield from self._of(table, column)

    def _of(self, table: Table, column: str) -> Iterator[Issue]:
        codes, values = table.factorize(column)
        by_value = np.array([len(text) for text in values], dtype=np.int64)
        known = np.flatnonzero(codes >= 0)
        lengths = by_value[codes[known]]
        counts = np.bincount(lengths)
        usual = int(counts.argmax())
        longest = int(np.quantile(lengths, self.share))
        if counts[usual] >= self.share * len(lengths) and usual >= 3:
            odd, told = lengths != usual, f"is not {usual} characters long"
        else:
            odd, told = (
                lengths > self.times * max(longest, 10),
                f"is more than {self.times:g} times as long as the others",
            )
        rows = known[odd]
        if not len(rows):
            return
        shown = str(values[codes[rows[0]]])[:40]
        yield Issue(
            self.name,
            Severity.WARNING,
            f"Column {column!r} {told} on {len(rows)} {table.part} row(s), such as {shown!r}.",
            "Look at these rows: a code was cut, or lines of the file ran together.",
            table=table.part,
            column=column,
            rows=rows,
            evidence={"n_rows": len(rows), "usual_length": usual, "lengths": np.unique(lengths[odd])[:10].tolist()},
        )
