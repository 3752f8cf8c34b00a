"""Ways in which held-out rows may have been prepared otherwise, and how each is undone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.optimize import linear_sum_assignment

from datafix.diagnosis.after.units import OtherUnit, other_units
from datafix.diagnosis.case import Case
from datafix.diagnosis.rows import Rows

MOVED, MOST = 0.4, 0.7
MOST_COLUMNS = 500
MOST_CLASSES = 20
BINS = 5
REORDERED = 0.5
"""How far apart columns may be in the order found, as a share of how far they are as they stand."""
QUANTILES = np.linspace(0.02, 0.98, 25)


@dataclass(frozen=True)
class Way:
    """What may have been done to held-out features, and how it is undone.

    Attributes
    ----------
    words : str
    undone : callable of features to features
    shown : bool
        Whether the features show it by themselves, without labels.
    of_labels : bool
        Whether it was found by the held-out labels.
    unit : OtherUnit or None
        The columns whose unit it brings back.
    """

    words: str
    undone: Callable[[np.ndarray], np.ndarray]
    shown: bool = False
    of_labels: bool = False
    unit: OtherUnit | None = None


def ways(case: Case) -> Iterator[Way]:
    """Yield what may have been done, the simplest first."""
    yield from _turned(case)
    if case.train.features.dtype.kind == "f":  # others are looked up
        yield from _scaled(case)
        yield from _scaled_by_columns(case)
        yield from (Way(unit.words, unit.undone, shown=True, unit=unit) for unit in other_units(case))
        order, apart = order_of(case)
        if order is not None:
            yield Way(
                "with columns in the order of training",
                lambda values: values[:, order],
                shown=apart < REORDERED,
                of_labels=True,
            )


def _turned(case: Case) -> Iterator[Way]:
    train = case.train.features
    if train.ndim == 4:
        if train.shape[3] == 3:
            yield Way("with channels in reverse order (BGR for RGB)", lambda values: values[..., ::-1])
        if train.shape[1] == train.shape[2]:
            yield Way("with height and width exchanged", lambda values: np.swapaxes(values, 1, 2))
        yield Way("mirrored", lambda values: values[:, :, ::-1])
        yield Way("turned upside down", lambda values: values[:, ::-1])
        yield Way("inverted (light for dark)", lambda values: train.max() + train.min() - values)
    elif train.ndim == 3 and case.subject.is_image:
        yield Way("mirrored", lambda values: values[:, :, ::-1])
        yield Way("turned upside down", lambda values: values[:, ::-1])
    elif train.ndim == 3 or (train.ndim == 2 and train.shape[1] > 2):
        words = "reversed in time" if train.ndim == 3 else "with columns in reverse order (windows reversed in time?)"
        yield Way(words, lambda values: values[:, ::-1])


def _scaled(case: Case) -> Iterator[Way]:
    train, test = case.train.features.astype(np.float64), case.test.features.astype(np.float64)
    for factor in (255.0, 1 / 255, 1 / 127.5, 127.5):
        if alike(test * factor, train) > alike(test, train):
            yield Way(f"multiplied by {factor:.4g}", partial(np.multiply, factor), shown=True)
    ours, theirs = (np.quantile(part, (0.01, 0.99)) for part in (train, test))
    if ours[0] > -0.1 and theirs[0] < -0.1:
        yield Way("taken from [-1, 1] to [0, 1]", lambda values: (values + 1) / 2)
    if theirs[0] > -0.1 and ours[0] < -0.1:
        yield Way("taken from [0, 1] to [-1, 1]", lambda values: values * 2 - 1)


def _scaled_by_columns(case: Case) -> Iterator[Way]:
    train, test = case.train.features.astype(np.float64), case.test.features.astype(np.float64)
    if train.ndim != 2 or train.shape[1] < 2 or not _all_moved(train, test):
        return
    mean, spread = train.mean(axis=0), train.std(axis=0)
    low, width = test.mean(axis=0), np.where(test.std(axis=0) > 0, test.std(axis=0), 1.0)
    yield Way(
        "scaled to the means and standard deviations of training",
        lambda values: (values - low) / width * spread + mean,
        shown=True,
    )
    yield Way(
        "scaled by means and standard deviations of training",
        lambda values: (values - mean) / (spread + 1e-12),
        shown=True,
    )
    yield Way(
        "scaled back by means and standard deviations of training",
        lambda values: values * (spread + 1e-12) + mean,
        shown=True,
    )


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

    And how far apart the columns' distributions are in the order that these alone suggest, as a share of how far they
    are as they stand.
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
    apart = _apart(distance)
    # And by what they tell of the target.
    tells, theirs_tell = _tells(case, case.train), _tells(case, case.test)
    distance += np.abs(tells[:, :, None] - theirs_tell[:, None, :]).mean(axis=0) * 2
    order = linear_sum_assignment(distance)[1]
    return None if (order == np.arange(len(order))).all() else order, apart


def _apart(distance: np.ndarray) -> float:
    """Return how far apart columns are in their best order, as a share of how far they are as they stand."""
    rows, order = linear_sum_assignment(distance)
    as_they_stand = float(np.diag(distance).sum())
    return float(distance[rows, order].sum()) / as_they_stand if as_they_stand > 0 else 1.0


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
