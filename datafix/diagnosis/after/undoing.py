"""Ways in which held-out rows may have been prepared otherwise, and how each is undone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from scipy.optimize import linear_sum_assignment

from datafix.diagnosis.case import Case
from datafix.diagnosis.rows import Rows

MOVED, MOST = 0.4, 0.7
MOST_COLUMNS = 500
MOST_CLASSES = 20
BINS = 5
QUANTILES = np.linspace(0.02, 0.98, 25)


def ways(case: Case) -> Iterator[tuple[str, Callable[[np.ndarray], np.ndarray]]]:
    """Yield what may have been done, and how it is undone."""
    if case.train.features.dtype.kind != "f":
        return  # numbers that are looked up
    train, test = case.train.features.astype(np.float64), case.test.features.astype(np.float64)
    for factor in (255.0, 1 / 255, 1 / 127.5, 127.5):
        if alike(test * factor, train) > alike(test, train):
            yield f"multiplied by {factor:.4g}", partial(np.multiply, factor)
    yield "taken from [-1, 1] to [0, 1]", lambda values: (values + 1) / 2
    yield "taken from [0, 1] to [-1, 1]", lambda values: values * 2 - 1
    if train.ndim == 4:
        if train.shape[3] == 3:
            yield "with channels in reverse order (BGR for RGB)", lambda values: values[..., ::-1]
        if train.shape[1] == train.shape[2]:
            yield "with height and width exchanged", lambda values: np.swapaxes(values, 1, 2)
        yield "mirrored", lambda values: values[:, :, ::-1]
        yield "turned upside down", lambda values: values[:, ::-1]
        yield "inverted (light for dark)", lambda values: train.max() + train.min() - values
    if train.ndim == 2 and train.shape[1] > 1 and _all_moved(train, test):
        mean, spread = train.mean(axis=0), train.std(axis=0)
        low, width = test.mean(axis=0), np.where(test.std(axis=0) > 0, test.std(axis=0), 1.0)
        yield (
            "scaled to the means and standard deviations of training",
            lambda values: (values - low) / width * spread + mean,
        )
        yield "scaled by means and standard deviations of training", lambda values: (values - mean) / (spread + 1e-12)
        yield (
            "scaled back by means and standard deviations of training",
            lambda values: values * (spread + 1e-12) + mean,
        )
    if train.ndim == 2 and train.shape[1] > 1 and (order := order_of(case)[0]) is not None:
        yield "with columns in the order of training", lambda values: values[:, order]


def _all_moved(train: np.ndarray, test: np.ndarray) -> bool:
    """Return whether most columns have another mean or spread, as after another scaler; a drift moves some."""
    spread = train.std(axis=0) + 1e-12
    moved = np.abs(test.mean(axis=0) - train.mean(axis=0)) / spread
    widened = np.abs(np.log((test.std(axis=0) + 1e-12) / spread))
    return float((np.maximum(moved, widened) > MOVED).mean()) > MOST


def alike(one: np.ndarray, other: np.ndarray) -> float:
    """Return how alike the sizes of two sets of numbers are, 1 for equal sizes."""
    sizes = np.sqrt((one**2).mean()), np.sqrt((other**2).mean())
    return float(min(sizes) / max(*sizes, 1e-12))


def order_of(case: Case) -> tuple[np.ndarray | None, float]:
    """Return which test column stands for each training column, None where it is the same one or not to be found.

    And how far apart the columns are in this order, as a share of how far they are as they stand.
    """
    if "order" not in case.kept:
        case.kept["order"] = _matched(case)
    known: tuple[np.ndarray | None, float] = case.kept["order"]
    return known


def _matched(case: Case) -> tuple[np.ndarray | None, float]:
    train, test = case.train.features.astype(np.float64), case.test.features.astype(np.float64)
    if train.ndim != 2 or not 1 < train.shape[1] <= MOST_COLUMNS:
        return None, 1.0
    ours, theirs = np.quantile(train, QUANTILES, axis=0), np.quantile(test, QUANTILES, axis=0)
    spread = ours.std(axis=0) + theirs.std(axis=0).mean() + 1e-12
    distance = np.abs(ours[:, :, None] - theirs[:, None, :]).mean(axis=0) / spread[:, None]
    # Columns of like distributions are told by how they correlate with all others.
    bound, theirs_bound = _bonds(train), _bonds(test)
    distance += np.abs(bound[:, :, None] - theirs_bound[:, None, :]).mean(axis=0) * 2
    # And by what they tell of the target.
    tells, theirs_tell = _tells(case, case.train), _tells(case, case.test)
    distance += np.abs(tells[:, :, None] - theirs_tell[:, None, :]).mean(axis=0) * 2
    order = linear_sum_assignment(distance)[1]
    as_they_stand, ordered = np.diag(distance).sum(), distance[np.arange(len(order)), order].sum()
    if (order == np.arange(len(order))).all() or as_they_stand <= 0:
        return None, 1.0
    return order, float(ordered / as_they_stand)


def _bonds(values: np.ndarray) -> np.ndarray:
    """Return each column's correlations with the others in order of size, of shape (columns, columns)."""
    varying = values + np.random.RandomState(0).normal(0, 1e-9, values.shape)
    return np.sort(np.nan_to_num(np.corrcoef(varying.T)), axis=0)


def _tells(case: Case, rows: Rows) -> np.ndarray:
    """Return what each column tells of the target, of shape (figures, columns).

    Means of the column by class, or of the target by fifths of the column; in units of standard deviations.
    """
    values = rows.features.astype(np.float64)
    scaled = (values - values.mean(axis=0)) / (values.std(axis=0) + 1e-12)
    if case.is_classification:
        shown = range(min(case.n_classes, MOST_CLASSES))
        return np.stack([_mean(scaled, rows.y == code) for code in shown])
    y = (rows.y - rows.y.mean()) / (rows.y.std() + 1e-12)
    fifths = np.argsort(np.argsort(values, axis=0), axis=0) * BINS // len(values)
    return np.stack([np.where(fifths == k, y[:, None], 0).sum(axis=0) / (fifths == k).sum(axis=0) for k in range(BINS)])


def _mean(values: np.ndarray, among: np.ndarray) -> np.ndarray:
    return values[among].mean(axis=0) if among.any() else np.zeros(values.shape[1])
