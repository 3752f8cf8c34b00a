"""Columns as codes: the same code for values that agree within the tolerance, but for those at the edge of a cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np

from datafix.columns import as_numbers, as_wide_integers, kind_of
from datafix.fingerprint import row_hashes

CELL = 20
"""Width of a cell of numbers in tolerances: jitter then seldom crosses an edge."""

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_HIGH = np.uint64(32)


@dataclass(frozen=True)
class Column:
    """Some rows of one column, of one table or of several under each other.

    Parameters
    ----------
    series : list of narwhals.Series
    rows : int64 ndarray of shape (rows,)
        Which, by position.
    code : uint32 ndarray of shape (rows,)
        A hash of the value; of a number, of the cell that it lies in.
    tolerance : float or None
        How far numbers that agree may differ, in the units of the column; None for all else.
    """

    series: list[nw.Series[Any]]
    rows: np.ndarray
    code: np.ndarray
    tolerance: float | None

    def values(self) -> np.ndarray:
        """Return the numbers, float64 of shape (rows,)."""
        return _numbers(self.series)[self.rows]

    def fine_code(self) -> np.ndarray:
        """Return codes of cells that are no wider than numbers that agree may differ."""
        return self.code if self.tolerance is None else _cells(self.values(), 2 * self.tolerance, 0.5)


def read_columns(frames: list[nw.DataFrame[Any]], rows: np.ndarray, tolerance: float) -> list[Column]:
    """Return rows of tables that lie under each other, column by column.

    Parameters
    ----------
    frames : list of narwhals.DataFrame
        With the same columns.
    rows : int64 ndarray
        Positions, counted through the tables.
    tolerance : float
        In standard deviations of a column.
    """
    return [_column([frame[name] for frame in frames], rows, tolerance) for name in frames[0].columns]


def _column(series: list[nw.Series[Any]], rows: np.ndarray, tolerance: float) -> Column:
    kinds = {kind_of(part) for part in series}
    if kinds - {"number", "boolean"} or (
        "number" in kinds and any(as_wide_integers(part) is not None for part in series)
    ):
        hashes = np.concatenate([row_hashes(part.to_frame()) for part in series])[rows]
        return Column(series, rows, (hashes >> _HIGH).astype(np.uint32), None)
    values = _numbers(series)[rows]
    finite = np.isfinite(values)
    known = values if finite.all() else values[finite]
    with np.errstate(over="ignore"):
        spread = float(known.std()) if len(known) else 0.0
    within = tolerance * (spread if 0 < spread < np.inf else 1.0)
    return Column(series, rows, _cells(values, CELL * within, 0.3), within)


def _numbers(series: list[nw.Series[Any]]) -> np.ndarray:
    parts = [as_numbers(part) for part in series]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _cells(values: np.ndarray, width: float, offset: float) -> np.ndarray:
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        cell = (np.floor(values / width + offset) if width else values) + 0.0  # -0.0 becomes 0.0
    cell[np.isnan(cell)] = np.nan  # one of the many
    return ((cell.view(np.uint64) * _GOLDEN) >> _HIGH).astype(np.uint32)
