"""Missing values that were filled by a mean or median of training and test rows together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np

from datafix.checks import effect
from datafix.checks.leakage_types import LEAKAGE_TYPES
from datafix.checks.tables import Tables
from datafix.report import Issue, Severity

CANDIDATES = 5
NEIGHBOURS = 5
MANY = 10


@dataclass(frozen=True)
class ImputedBeforeSplit:
    """Find a value that stands out by its frequency and is the mean or median of all other rows, not of train's.

    The mean of all rows and the mean of the training rows differ by far more than the rounding of numbers, so that a
    match is no chance. Medians count where values are fine enough for the two medians to differ.
    """

    name: ClassVar[str] = "imputed_before_split"
    needs: ClassVar[frozenset[str]] = frozenset({"features", "test"})

    fewest: int = 3
    standing_out: float = 3.0

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield an error for each column."""
        train, test = tables.train, tables.test
        assert test is not None  # it stands in needs
        for column, figures in train.statistics.items():
            if figures.kind != "number" or figures.n_unique <= 10 or column not in test.columns:
                continue
            if test.kinds[column] != "number":
                continue
            found = self._filled(train.numbers(column), test.numbers(column))
            if found is None:
                continue
            value, average, count, distance = found
            mended = partial(_filled_by_train, at=train.columns.index(column), value=value, average=average)
            gain = effect.effect_of_preparation(tables, mended)
            yield Issue(
                self.name,
                Severity.ERROR,
                f"Column {column!r} holds {value:.6g} on {count} rows, the {average} of all other rows of train and "
                f"test; train's own is {distance:.1g} deviations away. Missing values were filled before the split."
                f"{effect.told(gain)}",
                "Keep them missing, split, and impute inside the pipeline, as datafix.TablePreprocessor() does.",
                column=column,
                evidence={"value": value, "average": average, "n_rows": count, "deviations_from_train": distance}
                | {"leakage": LEAKAGE_TYPES[self.name]}
                | effect.evidence(gain),
            )

    def _filled(self, here: np.ndarray, there: np.ndarray) -> tuple[float, str, int, float] | None:
        """Return the value, which average it is, on how many rows, and how far train's own average is."""
        here, there = here[np.isfinite(here)], there[np.isfinite(there)]
        whole = np.concatenate([here, there])
        values, counts = np.unique(whole, return_counts=True)
        spread = float(whole.std())
        if not spread or len(values) <= NEIGHBOURS:
            return None
        for at in np.argsort(-counts, kind="stable")[:CANDIDATES]:
            value, count = float(values[at]), int(counts[at])
            around = int(np.r_[counts[max(0, at - NEIGHBOURS) : at], counts[at + 1 : at + 1 + NEIGHBOURS]].max())
            stands_out = count >= self.standing_out * around or _is_off_grid(value, values[values != value])
            if count < self.fewest or not stands_out:
                continue
            distance = _from_mean_of_train(value, count, here, whole)
            if distance is not None:
                return value, "mean", count, distance / spread
            often = count >= max(MANY, 0.01 * len(whole))
            if often and _is_median_of_all(value, around, here, whole):
                return value, "median", count, abs(float(np.median(here[here != value])) - value) / spread
        return None


def _from_mean_of_train(value: float, count: int, here: np.ndarray, whole: np.ndarray) -> float | None:
    """Return how far the mean of train's other rows is, where the value is the mean of all others and not train's."""
    spread = float(whole.std())
    tolerance = _rounding(value, spread)
    if tolerance > 1e-6 * spread and count < max(MANY, 0.02 * len(whole)):
        return None  # a rounded value meets a mean by chance; it must be frequent beyond doubt
    own = here[here != value]
    if not len(own) or abs(float(whole[whole != value].mean()) - value) > tolerance:
        return None
    distance = abs(float(own.mean()) - value)
    return distance if distance > 10 * tolerance else None


def _is_median_of_all(value: float, around: int, here: np.ndarray, whole: np.ndarray) -> bool:
    """Tell whether as many rows are above the value as below it, of all rows and not of train.

    Some rows may have had the value before: about as many as have the values around it.
    """
    everywhere, in_train = (abs(int((part > value).sum()) - int((part < value).sum())) for part in (whole, here))
    return everywhere <= around < in_train


def _is_off_grid(value: float, others: np.ndarray) -> bool:
    """Tell whether the value has more digits than the others, which are whole multiples of one power of ten."""
    for digits in range(4):
        if np.isclose(others, np.round(others, digits), rtol=0, atol=1e-9).mean() >= 0.95:
            return abs(value - round(value, digits)) > 1e-9
    return False


def _rounding(value: float, spread: float) -> float:
    """Return how far a mean may be from the value that it was rounded to."""
    for digits in range(5):
        if value == round(value, digits):
            return min(0.5001 * 10.0**-digits, 1e-3 * spread)
    return 1e-7 * spread


def _filled_by_train(
    X: np.ndarray, X_test: np.ndarray, at: int, value: float, average: str
) -> tuple[np.ndarray, np.ndarray]:
    """Return both parts with the value replaced by the average of train's other rows."""
    own = X[:, at][X[:, at] != value]
    mended = float(np.nanmean(own) if average == "mean" else np.nanmedian(own))
    X, X_test = X.copy(), X_test.copy()
    for part in (X, X_test):
        part[:, at] = np.where(part[:, at] == value, mended, part[:, at])
    return X, X_test
