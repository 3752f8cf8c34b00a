"""Figures of a finding as lines."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

WIDTH, HEIGHT = 480.0, 160.0


@dataclass(frozen=True)
class Lines:
    """A few series of numbers over their positions, such as losses by epoch.

    Attributes
    ----------
    title : str
    series : mapping of str to tuple of float
        What is not finite leaves a gap.

    Examples
    --------
    >>> lines = Lines("Loss by epoch", {"loss": (2.0, 1.0, 0.5)})
    >>> lines.lowest, lines.highest, lines.length
    (0.5, 2.0, 3)
    """

    title: str
    series: Mapping[str, tuple[float, ...]]

    @property
    def length(self) -> int:
        """The longest series."""
        return max((len(values) for values in self.series.values()), default=0)

    @property
    def lowest(self) -> float:
        """The smallest finite value."""
        return min(self._finite(), default=0.0)

    @property
    def highest(self) -> float:
        """The largest finite value."""
        return max(self._finite(), default=1.0)

    @property
    def paths(self) -> list[tuple[str, list[str]]]:
        """Each series with its points in a box of 480 by 160, a text of points for every piece without a gap."""
        across = WIDTH / max(self.length - 1, 1)
        up = HEIGHT / (self.highest - self.lowest or 1.0)
        drawn = []
        for name, values in self.series.items():
            pieces: list[list[str]] = [[]]
            for at, value in enumerate(values):
                if math.isfinite(value):
                    pieces[-1].append(f"{at * across:.1f},{HEIGHT - (value - self.lowest) * up:.1f}")
                elif pieces[-1]:
                    pieces.append([])
            drawn.append((name, [" ".join(piece) for piece in pieces if piece]))
        return drawn

    def _finite(self) -> list[float]:
        return [value for values in self.series.values() for value in values if math.isfinite(value)]
