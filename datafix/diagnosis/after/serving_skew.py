"""Whether held-out rows were prepared otherwise than training rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np
from scipy.optimize import linear_sum_assignment

from datafix.diagnosis.after.explained import explained
from datafix.diagnosis.case import Case
from datafix.report import Issue, Severity

MOVED, MOST = 0.4, 0.7
RESTORED = 0.6
"""Share of the distance between held-out and training error that undoing must take away."""
MOST_COLUMNS = 500
QUANTILES = np.linspace(0.02, 0.98, 25)


@dataclass(frozen=True)
class ServingSkew:
    """Find held-out features that were scaled, ordered, mirrored or coloured otherwise than those in training.

    The evidence is counterfactual: each way of preparation is undone, and the model asked again. What restores its
    predictions is the cause.
    """

    name: ClassVar[str] = "serving_skew"
    needs: ClassVar[frozenset[str]] = frozenset({"array", "numbers", "target", "labels", "mistakes", "many_rows"})

    least: float = 0.05
    errors: float = 4.0
    alike: float = 0.05
    reordered: float = 0.5

    def find(self, case: Case) -> Iterator[Issue]:
        """Yield the way that restores most."""
        test = case.test
        best: tuple[float, str] | None = None
        size = _alike(test.features.astype(np.float64), case.train.features.astype(np.float64))
        for told, undone in _ways(case) if case.error - case.train.error > self.least else ():
            features = undone(test.features).astype(np.float32)
            lost = test.loss_of(case.predicted(case.outputs(features)))
            gains = test.loss - lost
            gain, error = float(gains.mean()), float(gains.std() / np.sqrt(len(gains)))
            if gain > max(self.least, self.errors * error, RESTORED * (case.error - case.train.error)) and (
                best is None or gain > best[0]
            ):
                best = gain, told
        if best is None and size < self.alike:
            yield self._certain(case, f"are {1 / size:.3g} times larger or smaller than those in training")
        elif best is None and case.train.features.ndim == 2 and _order(case)[1] < self.reordered:
            yield self._certain(case, "stand in another order than in training, by their distributions")
        if best is not None:
            gain, told = best
            yield explained(
                case,
                self.name,
                gain,
                f"The held-out features look as if they had been prepared otherwise than in training: {told}, "
                f"the {case.score_name} rises from {1 - case.error:.2f} to {1 - case.error + gain:.2f}.",
                "Prepare both by one fitted pipeline: datafix.prepare, and for serving datafix.with_preprocessing.",
                evidence={"undone": told},
            )

    def _certain(self, case: Case, told: str) -> Issue:
        """Return what the features themselves say, whatever the model makes of them."""
        return explained(
            case,
            self.name,
            0.0,
            f"The held-out features {told}.",
            "Prepare both by one fitted pipeline: datafix.prepare, and for serving datafix.with_preprocessing.",
            severity=Severity.ERROR,
        )


def _ways(case: Case) -> Iterator[tuple[str, Callable[[np.ndarray], np.ndarray]]]:
    """Yield what may have been done, and how it is undone."""
    if case.train.features.dtype.kind != "f":
        return  # numbers that are looked up
    train, test = case.train.features.astype(np.float64), case.test.features.astype(np.float64)
    for factor in (255.0, 1 / 255, 1 / 127.5, 127.5):
        if _alike(test * factor, train) > _alike(test, train):
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
    if train.ndim == 2 and train.shape[1] > 1 and (order := _order(case)[0]) is not None:
        yield "with columns in the order of training", lambda values: values[:, order]


def _all_moved(train: np.ndarray, test: np.ndarray) -> bool:
    """Return whether most columns have another mean or spread, as after another scaler; a drift moves some."""
    spread = train.std(axis=0) + 1e-12
    moved = np.abs(test.mean(axis=0) - train.mean(axis=0)) / spread
    widened = np.abs(np.log((test.std(axis=0) + 1e-12) / spread))
    return float((np.maximum(moved, widened) > MOVED).mean()) > MOST


def _alike(one: np.ndarray, other: np.ndarray) -> float:
    """Return how alike the sizes of two sets of numbers are, 1 for equal sizes."""
    sizes = np.sqrt((one**2).mean()), np.sqrt((other**2).mean())
    return float(min(sizes) / max(*sizes, 1e-12))


def _order(case: Case) -> tuple[np.ndarray | None, float]:
    """Return which test column stands for each training column, None where it is the same one or not to be found.

    And how far apart the columns are in this order, as a share of how far they are as they stand.
    """
    if "order" not in case.kept:
        case.kept["order"] = _order_of(case.train.features.astype(np.float64), case.test.features.astype(np.float64))
    known: tuple[np.ndarray | None, float] = case.kept["order"]
    return known


def _order_of(train: np.ndarray, test: np.ndarray) -> tuple[np.ndarray | None, float]:
    if train.ndim != 2 or not 1 < train.shape[1] <= MOST_COLUMNS:
        return None, 1.0
    ours, theirs = np.quantile(train, QUANTILES, axis=0), np.quantile(test, QUANTILES, axis=0)
    spread = ours.std(axis=0) + theirs.std(axis=0).mean() + 1e-12
    distance = np.abs(ours[:, :, None] - theirs[:, None, :]).mean(axis=0) / spread[:, None]
    # Columns of like distributions are told by how they correlate with all others.
    bound, theirs_bound = _bonds(train), _bonds(test)
    distance += np.abs(bound[:, :, None] - theirs_bound[:, None, :]).mean(axis=0) * 2
    order = linear_sum_assignment(distance)[1]
    as_they_stand, ordered = np.diag(distance).sum(), distance[np.arange(len(order)), order].sum()
    if (order == np.arange(len(order))).all() or as_they_stand <= 0:
        return None, 1.0
    return order, float(ordered / as_they_stand)


def _bonds(values: np.ndarray) -> np.ndarray:
    """Return each column's correlations with the others in order of size, of shape (columns, columns)."""
    varying = values + np.random.RandomState(0).normal(0, 1e-9, values.shape)
    return np.sort(np.nan_to_num(np.corrcoef(varying.T)), axis=0)
