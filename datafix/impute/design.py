"""A mixed frame as the numbers that models of its columns read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np

from datafix.columns import as_numbers, factorize, is_missing, kind_of
from datafix.errors import TableError
from datafix.repairs import numbers_or_missing

_MOST_DUMMIES = 20
_MOST_NATIVE = 255


@dataclass(frozen=True, eq=False)
class Design:
    """How columns become numbers: quantities as they are, categories as positions among their levels.

    Attributes
    ----------
    names : list of str
    levels : dict of str to list
        Column to its known categories, sorted by how they print; of the columns that hold categories.
    most_frequent : dict of str to object
    mean, scale : dict of str to float
        Of the columns of quantities (times in seconds).
    """

    names: list[str]
    levels: dict[str, list[Any]]
    most_frequent: dict[str, Any]
    mean: dict[str, float]
    scale: dict[str, float]

    @classmethod
    def of(cls, frame: nw.DataFrame[Any]) -> Design:
        """Return the design of training rows, no column of which is all missing."""
        levels: dict[str, list[Any]] = {}
        most: dict[str, Any] = {}
        mean: dict[str, float] = {}
        scale: dict[str, float] = {}
        for name in frame.columns:
            if kind_of(frame[name]) in ("number", "time"):
                numbers = as_numbers(frame[name])
                known = numbers[np.isfinite(numbers)]
                mean[name] = float(known.mean()) if len(known) else 0.0
                scale[name] = float(known.std()) or 1.0 if len(known) else 1.0
            else:
                codes, uniques = factorize(frame[name])
                counts = np.bincount(codes[codes >= 0], minlength=len(uniques))
                order = sorted(range(len(uniques)), key=lambda i: str(uniques[i]))
                levels[name] = [uniques[i] for i in order]
                most[name] = uniques[min(order, key=lambda i: -counts[i])]
        return cls(list(frame.columns), levels, most, mean, scale)

    def is_category(self, name: str) -> bool:
        """Whether the column holds categories."""
        return name in self.levels

    def position(self, name: str) -> int:
        """Return the column's place in ``values``."""
        return self.names.index(name)

    def places(self, name: str) -> list[int]:
        """Return the places of a column in ``standardised``."""
        if not self.is_category(name):
            return [list(self.mean).index(name)]
        start = len(self.mean)
        for other, levels in self.levels.items():
            width = len(levels) - 1 if len(levels) <= _MOST_DUMMIES else 0
            if other == name:
                return list(range(start, start + width))
            start += width
        raise KeyError(name)

    def labels(self, name: str) -> np.ndarray:
        """Return the categories of a column, by position."""
        labels = np.empty(len(self.levels[name]), dtype=object)
        labels[:] = self.levels[name]
        return labels

    def in_units(self, name: str, standardised: np.ndarray) -> np.ndarray:
        """Return standardised values in the column's own units."""
        return standardised * self.scale[name] + self.mean[name]

    def native_categories(self) -> list[bool]:
        """Return which columns of ``values`` trees may read as categories."""
        return [name in self.levels and len(self.levels[name]) <= _MOST_NATIVE for name in self.names]

    def values(self, frame: nw.DataFrame[Any]) -> np.ndarray:
        """Return quantities and positions of categories, float64 of shape (rows, columns); NaN: missing or unknown."""
        values = np.empty((len(frame), len(self.names)), order="F")
        for j, name in enumerate(self.names):
            values[:, j] = self._positions(frame[name]) if self.is_category(name) else self._quantities(frame[name])
        return values

    def standardised(self, values: np.ndarray) -> np.ndarray:
        """Return quantities standardised, then 0/1 for all but the first category of columns with few."""
        at = [self.names.index(name) for name in self.mean]
        scaled = (values[:, at] - list(self.mean.values())) / list(self.scale.values())
        parts = [scaled]
        for name, levels in self.levels.items():
            if len(levels) <= _MOST_DUMMIES:
                codes = values[:, [self.names.index(name)]]
                dummies = (codes == np.arange(1, len(levels))).astype(np.float64)
                parts.append(np.where(np.isnan(codes), np.nan, dummies))
        return np.hstack(parts)

    def _quantities(self, column: nw.Series[Any]) -> np.ndarray:
        if kind_of(column) == "time":
            return as_numbers(column)
        return as_numbers(column) if numbers_or_missing(column, who="BoostedImputer") else np.full(len(column), np.nan)

    def _positions(self, column: nw.Series[Any]) -> np.ndarray:
        if kind_of(column) == "time" and not is_missing(column).all():
            raise TableError(
                f"BoostedImputer was fitted on categories in column {column.name!r}, got times. "
                "Give it the kind of column it was fitted on."
            )
        codes, uniques = factorize(column)
        where = {value: float(i) for i, value in enumerate(self.levels[column.name])}
        return np.array([*(where.get(value, np.nan) for value in uniques), np.nan])[codes]
