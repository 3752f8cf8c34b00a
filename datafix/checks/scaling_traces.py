"""What a scaler leaves behind in the rows that it was fitted on."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.stats import chi2, norm

TOLERANCE = 2e-6
Pairs = dict[str, tuple[np.ndarray, np.ndarray]]
"""Of each column the finite values of train and of test."""


class Trace(NamedTuple):
    """A way of scaling, the columns that bear its trace on all rows and not on train, and the chance of that."""

    told: str
    columns: list[str]
    p_value: float


def exact_trace(pairs: Pairs) -> Trace | None:
    """Return the first way of scaling whose exact trace is on all rows and not on train."""
    for told, bears, chance, fewest in (
        ("means are 0 and deviations 1 on all rows, not on train", _standard, 1e-5, 1),
        ("the ends of the range are reached in test, not in train", _range, 0.01, 1),
        ("medians are 0 and quartiles 1 apart on all rows, not on train", _robust, 1e-5, 1),
        ("values are the ranks of all rows, not of train", _ranks, 1e-5, 1),
    ):
        scaled = [name for name, (here, there) in pairs.items() if bears(_whole(here, there)) and not bears(here)]
        if len(scaled) >= fewest and (bears is not _range or _most_reach_the_ends(pairs)):
            # Columns need not be independent: no more than three of them count.
            return Trace(told, scaled, chance ** min(3, len(scaled)))
    if len(pairs) >= 3:
        everywhere, in_train = (_correlations(_columns(pairs, whole=whole)) for whole in (True, False))
        if everywhere is not None and in_train is not None and _none(everywhere) and not _none(in_train):
            return Trace("columns are uncorrelated on all rows to the last digit, not on train", list(pairs), 1e-12)
    return None


def near_trace(pairs: Pairs, p_value: float) -> Trace | None:
    """Return a way of scaling to which all rows are nearer than a sample would be, and nearer than train.

    Some rows were lost since the scaling, or were held back from the two tables.
    """
    for told, scaled, surprises, figures in (
        ("means and deviations", _like_standard(pairs), _surprise_of_moments, 2),
        ("medians", _like_robust(pairs), _surprise_of_median, 1),
    ):
        if scaled:
            near = [surprises(_whole(*pairs[name])) for name in scaled]
            alone = [surprises(pairs[name][0]) for name in scaled]
            dimensions = figures * _independent([_whole(*pairs[name]) for name in scaled])
            trace = _judged(told, scaled, near, alone, dimensions, p_value)
            if trace is not None:
                return trace
    everywhere, in_train = (_correlations(_columns(pairs, whole=whole)) for whole in (True, False))
    if everywhere is None or in_train is None or len(everywhere) < 3:
        return None
    near, alone = (
        [len(values) * value**2 for value in found[np.triu_indices(len(found), 1)]]
        for found, values in (
            (everywhere, _columns(pairs, whole=True)[0]),
            (in_train, _columns(pairs, whole=False)[0]),
        )
    )
    return _judged("correlations", list(pairs), near, alone, len(near), p_value)


def _judged(
    told: str, scaled: list[str], near: list[float], alone: list[float], dimensions: float, p_value: float
) -> Trace | None:
    """Compare mean squared standard scores with their distribution in a sample (chi-squared)."""
    chance = float(chi2.cdf(dimensions * float(np.mean(near)), dimensions))
    if chance >= p_value or np.mean(alone) < 3 * np.mean(near):
        return None
    return Trace(
        f"{told} of all rows are nearer to the scaler's than a sample's would be, and than train's", scaled, chance
    )


def _standard(values: np.ndarray) -> bool:
    mean, std = float(values.mean()), float(values.std())
    near = min(abs(std - 1), abs(std * np.sqrt(len(values) / (len(values) - 1)) - 1))
    return abs(mean) < TOLERANCE and near < TOLERANCE


def _range(values: np.ndarray) -> bool:
    low, high = float(values.min()), float(values.max())
    return abs(high - 1) < TOLERANCE and min(abs(low), abs(low + 1)) < TOLERANCE


def _most_reach_the_ends(pairs: Pairs) -> bool:
    """Tell whether two columns or more, and most columns of fractions, reach from end to end: single shares may."""
    fractions = [whole for pair in pairs.values() if not ((whole := _whole(*pair)) % 1 == 0).all()]
    reaching = sum(_range(values) for values in fractions)
    return reaching >= max(2, 0.8 * len(fractions))


def _robust(values: np.ndarray) -> bool:
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    return bool(abs(middle) < TOLERANCE and abs(high - low - 1) < TOLERANCE)


def _ranks(values: np.ndarray) -> bool:
    """Ranks leave less between the distribution function and a line (or a normal curve) than any sample does.

    Kolmogorov's statistic of a sample is below 0.15 with a chance of less than 1e-20.
    """
    ordered, counts = np.unique(values, return_counts=True)
    expected = (np.cumsum(counts) - counts / 2) / len(values)
    bound = max(0.15 / np.sqrt(len(values)), 1.0 / len(values))
    candidates: list[Callable[[np.ndarray], np.ndarray]] = [lambda ranks: ranks, norm.cdf]
    return any(bool(np.abs(curve(ordered) - expected).max() < bound) for curve in candidates)


def _none(correlations: np.ndarray) -> bool:
    return bool(np.abs(correlations[np.triu_indices(len(correlations), 1)]).max() < TOLERANCE)


def _like_standard(pairs: Pairs) -> list[str]:
    wholes = {name: _whole(*pair) for name, pair in pairs.items()}
    return [name for name, values in wholes.items() if abs(values.mean()) < 0.1 and abs(values.std() - 1) < 0.1]


def _like_robust(pairs: Pairs) -> list[str]:
    found = []
    for name, pair in pairs.items():
        values = _whole(*pair)
        low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
        fine = len(np.unique(values)) > len(values) / 10
        if fine and abs(middle) < 0.1 and abs(high - low - 1) < 0.1:
            found.append(name)
    return found


def _surprise_of_moments(values: np.ndarray) -> float:
    """Return the mean of two squared standard scores: of the mean from 0, and of the variance from 1."""
    mean, std = float(values.mean()), float(values.std())
    kurtosis = float((((values - mean) / std) ** 4).mean()) if std else 0.0
    return len(values) * (mean**2 + (std**2 - 1) ** 2 / max(kurtosis - 1, 0.1)) / 2


def _surprise_of_median(values: np.ndarray) -> float:
    """Return the squared standard score of the share of values below 0."""
    return float(len(values) * 4 * ((values < 0).mean() - 0.5) ** 2)


def _independent(columns: list[np.ndarray]) -> float:
    """Return how many independent columns vary as much as these: (sum of eigenvalues)² / sum of their squares."""
    shortest = min(map(len, columns))
    correlations = np.atleast_2d(np.corrcoef(np.stack([values[:shortest] for values in columns])))
    return float(len(columns) ** 2 / (correlations**2).sum())


def _whole(here: np.ndarray, there: np.ndarray) -> np.ndarray:
    return np.concatenate([here, there])


def _columns(pairs: Pairs, *, whole: bool) -> list[np.ndarray]:
    return [_whole(*pair) if whole else pair[0] for pair in pairs.values()]


def _correlations(columns: list[np.ndarray]) -> np.ndarray | None:
    """Return the correlations of columns that vary; None where columns lack values or are too many."""
    if len({len(values) for values in columns}) > 1 or len(columns) > 500:
        return None
    matrix = np.column_stack(columns)
    spread = matrix.std(axis=0)
    varying = spread > 1e-9 * spread.max()
    if varying.sum() < 3:
        return None
    matrix = (matrix[:, varying] - matrix[:, varying].mean(axis=0)) / spread[varying]
    return np.asarray(matrix.T @ matrix / len(matrix))
