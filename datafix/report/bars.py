"""Figures of a finding as bars."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

MOST = 12


@dataclass(frozen=True)
class Bars:
    """One or two bars a label, such as the shares of a value in train and in test.

    Drawn as a few lines of SVG in the page's own colours (dark mode too); a plotting library's take 20 kB a figure.

    Attributes
    ----------
    title : str
        What is shown, in a few words.
    labels : tuple of str
        At most twelve.
    series : mapping of str to tuple of float
        Values of each label, not negative, under the name of the series.
    percent : bool
        Whether values are shares of 1, to be shown as percentages.

    Examples
    --------
    >>> Bars("Rows of each class", ("no", "yes"), {"train": (30.0, 10.0)}).largest
    30.0
    """

    title: str
    labels: tuple[str, ...]
    series: Mapping[str, tuple[float, ...]]
    percent: bool = False

    @property
    def largest(self) -> float:
        """The longest bar."""
        return max((value for values in self.series.values() for value in values), default=0.0)

    @property
    def rows(self) -> list[tuple[str, list[tuple[str, float, str]]]]:
        """Each label with its bars: the series, the length in hundredths of the longest, the value as text."""
        scale = 100 / self.largest if self.largest > 0 else 0.0
        return [
            (
                label,
                [(name, values[at] * scale, self._told(values[at])) for name, values in self.series.items()],
            )
            for at, label in enumerate(self.labels)
        ]

    def _told(self, value: float) -> str:
        return f"{value:.1%}" if self.percent else f"{value:,.4g}"
