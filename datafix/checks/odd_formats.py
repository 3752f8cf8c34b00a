"""Codes that are written unlike all others of their column."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.checks.tables import Tables
from datafix.report import Issue, Severity
from datafix.table import Table

MOST_SHOWN = 5


@dataclass(frozen=True)
class OddFormats:
    """Find codes, numbers with units and dates that are not written as nearly all others of their column are.

    Of each text runs of digits count as 9, runs of letters as a, and the rest as it is: "x5957" is a9 where ZIP codes
    are 9. Formats of ``common`` of the rows or more are usual. Where these make up ``usual`` of the rows and each holds
    a digit, or is one word without any ("empty", "none"), the others are odd.
    """

    name: ClassVar[str] = "odd_formats"
    needs: ClassVar[frozenset[str]] = frozenset({"features"})

    common: float = 0.05
    usual: float = 0.95
    fewest_rows: int = 100

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield a warning for each column and table."""
        for table in tables.both:
            for column, figures in table.statistics.items():
                if figures.kind == "text" and figures.n_rows - figures.n_missing >= self.fewest_rows:
                    yield from self._of(table, column)

    def _of(self, table: Table, column: str) -> Iterator[Issue]:
        values, counts = table.value_counts(column)
        total = int(counts.sum())
        if len(values) > total / 2 and not _has_digits(values[:: max(1, len(values) // 100)]):
            return  # names and sentences
        formats, of_value = np.unique([_format(str(value)) for value in values], return_inverse=True)
        by_format = np.bincount(of_value, counts, minlength=len(formats))
        usual = by_format >= self.common * total
        told = [str(name) for name in formats[usual]]
        if by_format[usual].sum() < self.usual * total or not any("9" in name for name in told):
            return
        if not all("9" in name or name == "a" for name in told):
            return
        odd = np.flatnonzero(~usual[of_value] & (counts > 0))
        if not len(odd):
            return
        rows = np.flatnonzero(np.isin(table.factorize(column)[0], odd))
        shown = ", ".join(repr(str(values[code])[:30]) for code in odd[:MOST_SHOWN])
        common = str(values[np.flatnonzero(usual[of_value])[np.argmax(counts[usual[of_value]])]])[:30]
        yield Issue(
            self.name,
            Severity.WARNING,
            f"Column {column!r} is written unlike {1 - len(rows) / total:.1%} of its values, such as {common!r}, on "
            f"{len(rows)} {table.part} row(s): {shown}{', …' if len(odd) > MOST_SHOWN else ''}.",
            "Look at these rows: mend slips of the pen, or make them missing "
            '(SchemaValidator(on_invalid="null") with a pattern).',
            table=table.part,
            column=column,
            rows=rows,
            evidence={"n_rows": len(rows), "usual": told, "odd": [str(values[code]) for code in odd[:20]]},
        )


def _format(text: str) -> str:
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "9", text.strip()))


def _has_digits(values: np.ndarray) -> bool:
    return bool(np.mean([any(character.isdigit() for character in str(value)) for value in values]) > 0.5)
