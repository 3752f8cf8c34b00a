"""Rows far from all others, left out of the fit."""

from __future__ import annotations

from numbers import Real
from typing import Any, Literal

import numpy as np
from scipy.sparse import issparse
from sklearn.base import clone, is_outlier_detector
from sklearn.ensemble import IsolationForest
from sklearn.preprocessing import maxabs_scale
from sklearn.utils import get_tags

from datafix.columns import as_frame, as_numbers, kind_of, row_count
from datafix.errors import ParameterError, TableError
from datafix.rows import RowPlan, RowStep
from datafix.rows.aligned import aligned
from datafix.rows.planning import outliers_found

FENCE = 2.0
"""Rows are outliers whose isolation score lies this many interquartile ranges above the third quartile."""

MOST_OUTLIERS = 0.1
"""Beyond that share rows are another population, and no outliers; the furthest are taken."""


class DropOutliers(RowStep):
    """Learn without the rows that lie far from all others, or weigh them down.

    Parameters
    ----------
    detector : outlier detector, optional
        Of scikit-learn's kind, with ``fit_predict``, or a Pipeline that ends in one; it is given X as it is.
        None: an isolation forest (Liu, Ting and Zhou, ICDM 2008) on the numbers, booleans and times of X. A missing
        value there counts as the column's median, an infinite one makes its row an outlier; text counts for nothing,
        since a rare word is no error. Outliers are the rows whose score lies two interquartile ranges above the third
        quartile, at most a tenth of all. scikit-learn's own threshold calls 62 % of uniform rows outliers; this one
        none, 0.1 % of 10,000 normal rows in five columns, and 99 % of rows that spread eight times as wide.
    action : {"drop", "reweight"}, default="drop"
        Leave outliers out, or multiply their sample weights by ``outlier_weight``.
    outlier_weight : float, default=0.1
        In [0, 1].
    random_state : int, RandomState or None, default=0
        Of the isolation forest.

    Attributes
    ----------
    detector_ : the fitted detector
    is_outlier_ : bool ndarray of shape (rows,)

    Examples
    --------
    >>> import numpy as np
    >>> X = np.r_[np.random.default_rng(0).normal(size=(99, 2)), [[50.0, -50.0]]]
    >>> int(np.flatnonzero(DropOutliers().fit(X).is_outlier_)[-1])
    99
    """

    def __init__(
        self,
        detector: Any = None,
        *,
        action: Literal["drop", "reweight"] = "drop",
        outlier_weight: float = 0.1,
        random_state: Any = 0,
    ) -> None:
        self.detector = detector
        self.action = action
        self.outlier_weight = outlier_weight
        self.random_state = random_state

    def select(self, X: Any, y: Any = None, *, sample_weight: Any = None, groups: Any = None) -> RowPlan:
        """Plan the rows to keep; targets of any kind, weights and groups do not matter."""
        if self.action not in ("drop", "reweight"):
            raise ParameterError(f"DropOutliers needs action 'drop' or 'reweight', got {self.action!r}.")
        if not isinstance(self.outlier_weight, Real) or not 0 <= self.outlier_weight <= 1:
            raise ParameterError(f"DropOutliers needs 0 <= outlier_weight <= 1, got {self.outlier_weight!r}.")
        aligned("DropOutliers", "y", y, row_count(X))
        self.is_outlier_ = self._isolated(X) if self.detector is None else self._found(X)
        reason = np.where(self.is_outlier_, "far from the other rows", "")
        if self.action == "drop":
            return RowPlan(np.flatnonzero(~self.is_outlier_), reason=reason)
        weight = np.where(self.is_outlier_, self.outlier_weight, 1.0)
        return RowPlan(np.arange(len(weight)), weight=weight, reason=reason)

    def _found(self, X: Any) -> np.ndarray:
        given = self.detector
        if isinstance(given, type):
            name = given.__name__
            raise ParameterError(f"DropOutliers needs a detector's instance, got the class {name}. Write {name}().")
        if not hasattr(given, "fit_predict") or not hasattr(given, "get_params") or not is_outlier_detector(given):
            raise ParameterError(
                "DropOutliers needs an outlier detector of scikit-learn's kind that judges the rows it learns from "
                f"(fit_predict), got {given!r}. Try sklearn.neighbors.LocalOutlierFactor()."
            )
        self.detector_ = clone(self.detector)
        return outliers_found(self.detector_, X)

    def _isolated(self, X: Any) -> np.ndarray:
        matrix, wild = _numbers(X)
        self.detector_ = IsolationForest(random_state=self.random_state).fit(matrix)
        score = -self.detector_.score_samples(matrix)
        first, third = np.quantile(score, [0.25, 0.75])
        fence = max(third + FENCE * (third - first), np.quantile(score, 1 - MOST_OUTLIERS))
        return (score > fence) | wild

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        if self.detector is not None:
            tags.input_tags = get_tags(self.detector).input_tags
        return tags


def _numbers(X: Any) -> tuple[Any, np.ndarray]:
    """Return the numbers of X, finite and within [-1, 1], and which rows hold an infinite one."""
    if issparse(X):
        return maxabs_scale(X.tocsr()), np.zeros(X.shape[0], dtype=bool)
    frame = as_frame(X, who="DropOutliers")
    names = [name for name in frame.columns if kind_of(frame[name]) in ("number", "boolean", "time")]
    if not names:
        raise TableError(
            f"DropOutliers needs a column of numbers, booleans or times, got {frame.columns[:10]} without one. "
            "Give a detector that reads them: DropOutliers(make_pipeline(TablePreprocessor(), IsolationForest()))."
        )
    wild = np.zeros(len(frame), dtype=bool)
    matrix = np.zeros((len(frame), len(names)))
    for j, name in enumerate(names):
        values = as_numbers(frame[name]) / 2  # halved, so that no difference overflows
        wild |= np.isinf(values)
        known = np.isfinite(values)
        if known.any():
            away = np.where(known, values, 0.0) - np.median(values[known])
            away[~known] = 0.0
            matrix[:, j] = away / (np.abs(away).max() or 1.0)
    return matrix, wild
