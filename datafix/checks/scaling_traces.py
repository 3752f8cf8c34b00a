"""What a scaler leaves behind in the rows that it was fitted on."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.stats import chi2, norm

TOLERANCE = 2e-6
SAMPLE = 2000
MOST_COLUMNS = 500
Pairs = dict[str, tuple[np.ndarray, np.ndarray]]
"""Of each column the finite values of train and of test."""


class Trace(NamedTuple):
    """A way of scaling, the columns that bear its trace on all rows and not on train, and the chance of that."""

    told: str
    columns: list[str]
    p_value: float


class Correlations(NamedTuple):
    """Correlations of the same columns on all rows and on train, each of shape (columns, columns)."""

    everywhere: np.ndarray
    in_train: np.ndarray


def correlations_of(pairs: Pairs) -> Correlations | None:
    """Return the correlations of columns that vary; None where columns lack values, are too few or too many."""
    lengths = {(len(here), len(there)) for here, there in pairs.values()}
    if len(lengths) > 1 or not 3 <= len(pairs) <= MOST_COLUMNS:
        return None
    X = np.column_stack([_whole(*pair) for pair in pairs.values()])
    n_train = next(iter(lengths))[0]
    spread = X[:n_train].std(axis=0)
    X = X[:, spread > 1e-9 * spread.max()]
    if X.shape[1] < 3:
        return None
    return Correlations(np.corrcoef(X, rowvar=False), np.corrcoef(X[:n_train], rowvar=False))


def exact_trace(pairs: Pairs, correlations: Correlations | None) -> Trace | None:
    """Return the first way of scaling whose exact trace is on all rows and not on train."""
    for told, bears, chance, fewest in (
        ("means are 0 and deviations 1 on all rows, not on train", _standard, 1e-8, 1),
        ("the ends of the range are reached in test, not in train", _range, 0.01, 1),
        ("medians are 0 and quartiles 1 apart on all rows, not on train", _robust, 1e-8, 1),
        ("values are the ranks of all rows, not of train", _ranks, 1e-8, 1),
    ):
        scaled = [name for name, (here, there) in pairs.items() if bears(_whole(here, there)) and not bears(here)]
        if len(scaled) >= fewest and (bears is not _range or _most_reach_the_ends(pairs)):
            # Columns need not be independent: no more than three of them count.
            return Trace(told, scaled, chance ** min(3, len(scaled)))
    if correlations is not None and _none(correlations.everywhere) and not _none(correlations.in_train):
        return Trace("columns are uncorrelated on all rows to the last digit, not on train", list(pairs), 1e-12)
    return None


def near_trace(pairs: Pairs, correlations: Correlations | None, p_value: float) -> Trace | None:
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
    if correlations is None:
        return None
    upper = np.triu_indices(len(correlations.in_train), 1)
    here, there = next(iter(pairs.values()))
    squares = (len(here) + len(there)) * correlations.everywhere[upper] ** 2
    squares_of_train = len(here) * correlations.in_train[upper] ** 2
    return _judged("correlations", list(pairs), squares.tolist(), squares_of_train.tolist(), len(squares), p_value)


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


def _sample(values: np.ndarray) -> np.ndarray:
    """Return some values, which spare the sight of all where they are far from a trace."""
    return values[:: -(-len(values) // SAMPLE)]


def _robust(values: np.ndarray) -> bool:
    some = np.quantile(_sample(values), [0.25, 0.5, 0.75])
    if abs(some[1]) > 0.3 or abs(some[2] - some[0] - 1) > 0.3:
        return False
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    return bool(abs(middle) < TOLERANCE and abs(high - low - 1) < TOLERANCE)


def _ranks(values: np.ndarray) -> bool:
    """Ranks leave less between the distribution function and a line (or a normal curve) than any sample does.

    Kolmogorov's statistic of a sample is below 0.15 with a chance of less than 1e-20.
    """
    curves: list[Callable[[np.ndarray], np.ndarray]] = [lambda ranks: ranks, norm.cdf]
    some = _sample(values)
    curves = [curve for curve in curves if _off(curve, some) < max(3 / np.sqrt(len(some)), 1.0 / len(some))]
    bound = max(0.15 / np.sqrt(len(values)), 1.0 / len(values))
    return any(_off(curve, values) < bound for curve in curves)


def _off(curve: Callable[[np.ndarray], np.ndarray], values: np.ndarray) -> float:
    """Return Kolmogorov's statistic, of ranks in the middle of equal values."""
    ordered, counts = np.unique(values, return_counts=True)
    return float(np.abs(curve(ordered) - (np.cumsum(counts) - counts / 2) / len(values)).max())


def _none(correlations: np.ndarray) -> bool:
    return bool(np.abs(correlations[np.triu_indices(len(correlations), 1)]).max() < TOLERANCE)


def _like_standard(pairs: Pairs) -> list[str]:
    wholes = {name: _whole(*pair) for name, pair in pairs.items()}
    return [name for name, values in wholes.items() if abs(values.mean()) < 0.1 and abs(values.std() - 1) < 0.1]


def _like_robust(pairs: Pairs) -> list[str]:
    found = []
    for name, pair in pairs.items():
        values = _whole(*pair)
        low, middle, high = np.quantile(_sample(values), [0.25, 0.5, 0.75])
        fine = len(np.unique(_sample(values))) > len(_sample(values)) / 10
        if fine and abs(middle) < 0.2 and abs(high - low - 1) < 0.2:
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
