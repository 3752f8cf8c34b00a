"""Counts of a finding as a grid."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Grid:
    """Counts by two names, such as labels and predictions.

    Attributes
    ----------
    title : str
    labels : tuple of str
        Of rows and of columns.
    counts : tuple of tuple of int
        A tuple a row.

    Examples
    --------
    >>> Grid("Label down, prediction across", ("no", "yes"), ((8, 2), (1, 9))).largest
    9
    """

    title: str
    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]

    @property
    def largest(self) -> int:
        """The largest count."""
        return max((count for row in self.counts for count in row), default=0)

    @property
    def shaded(self) -> list[tuple[str, list[tuple[int, int, bool]]]]:
        """Each row: its name, and of each cell the count, its share of the row in percent, and if it is diagonal."""
        return [
            (
                self.labels[at],
                [(count, round(100 * count / max(sum(row), 1)), at == across) for across, count in enumerate(row)],
            )
            for at, row in enumerate(self.counts)
        ]
