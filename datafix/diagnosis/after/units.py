"""Columns that are in another unit in held-out rows, and how each is brought back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from datafix.diagnosis.after.names import feature_names
from datafix.diagnosis.case import Case

WIDENED = float(np.log(1.4))
FAR = 5.0
"""Standard deviations that a mean moves without the spread, from which on a unit may be the reason: K for °C."""
NEAR = float(np.log(1.12))
MOST_TRIED = 12
MOST = 0.7
"""Share of the columns, beyond which another scaler is likelier than other units."""
KNOWN = {
    1.8: "°C and °F",
    2.54: "inches and centimetres",
    25.4: "inches and millimetres",
    3.2808: "metres and feet",
    2.2046: "kilograms and pounds",
    1.6093: "miles and kilometres",
    60.0: "minutes and seconds",
    24.0: "days and hours",
    3600.0: "hours and seconds",
} | {10.0**power: "" for power in range(1, 10)}


@dataclass(frozen=True)
class OtherUnit:
    """Columns by how much wider and further away they are than in training.

    A unit is a line, and stays one through a scaler that was fitted to the other unit.

    Attributes
    ----------
    columns : int64 ndarray of shape (columns,)
    names : list of str
    factors, means, seen : float64 ndarray of shape (columns,)
        How many times as large as in training; means in training, and of the held-out rows.
    """

    columns: np.ndarray
    names: list[str]
    factors: np.ndarray
    means: np.ndarray
    seen: np.ndarray

    @property
    def words(self) -> str:
        """What undoes it."""
        told = [f"{name} {_told(factor)}" for name, factor in zip(self.names, self.factors, strict=True)]
        return f"with {', '.join(told[:3])}{', …' if len(told) > 3 else ''} and brought to the mean of training"

    def undone(self, features: np.ndarray) -> np.ndarray:
        """Return features with these columns as in training."""
        values = features.astype(np.float64)
        values[:, self.columns] = (values[:, self.columns] - self.seen) / self.factors + self.means
        return values


def other_units(case: Case) -> Iterator[OtherUnit]:
    """Yield each column that is far wider, narrower or elsewhere than in training by itself, then all, if not most."""
    train, test = case.train.features.astype(np.float64), case.test.features.astype(np.float64)
    if train.ndim != 2:
        return
    spread, width = train.std(axis=0), test.std(axis=0)
    columns = np.flatnonzero((spread > 0) & (width > 0))
    if not len(columns):
        return
    widened = np.log(width[columns] / spread[columns])
    away = np.abs(test.mean(axis=0) - train.mean(axis=0))[columns] / spread[columns]
    strange = (np.abs(widened) > WIDENED) | (away > FAR)
    order = np.argsort(-(np.abs(widened) + np.log1p(away))[strange], kind="stable")
    columns, factors = columns[strange][order], np.array([_known(one) for one in np.exp(widened[strange][order])])
    names = [feature_names(case)[at] for at in columns]
    for at in range(min(len(columns), MOST_TRIED)):
        one = columns[at : at + 1]
        yield OtherUnit(one, [names[at]], factors[at : at + 1], train[:, one].mean(axis=0), test[:, one].mean(axis=0))
    if 1 < len(columns) <= MOST * train.shape[1]:
        yield OtherUnit(columns, names, factors, train[:, columns].mean(axis=0), test[:, columns].mean(axis=0))


def _known(factor: float) -> float:
    """Return the factor between two known units that is nearest, where it is near; 1 where only the mean moved."""
    if abs(np.log(factor)) <= WIDENED:
        return 1.0
    known = np.array([one**sign for one in KNOWN for sign in (1, -1)])
    apart = np.abs(np.log(known / factor))
    return float(known[apart.argmin()] if apart.min() < NEAR else factor)


def _told(factor: float) -> str:
    if factor == 1:
        return "moved"
    times = max(factor, 1 / factor)
    units = next((name for one, name in KNOWN.items() if np.isclose(one, times)), "")
    return f"{'divided' if factor > 1 else 'multiplied'} by {times:.4g}" + (f" ({units}?)" if units else "")
