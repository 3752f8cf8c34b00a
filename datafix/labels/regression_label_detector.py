"""Rows whose measured target is likely to be wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
from scipy.optimize import nnls
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.ensemble import ExtraTreesRegressor, HistGradientBoostingRegressor
from sklearn.linear_model import RidgeCV
from sklearn.utils import check_random_state, get_tags
from threadpoolctl import threadpool_limits

from datafix.columns import is_missing, kind_of
from datafix.errors import ParameterError, TableError
from datafix.labels.checking import check_options, refuse_other_order
from datafix.labels.committee import preprocessing_of
from datafix.labels.error_chances import are_unlikely, error_chances
from datafix.labels.out_of_fold import out_of_fold_prediction, seeded_clone
from datafix.rows import RowPlan, RowStep
from datafix.task import as_target

FEW_ROWS = 20_000
SMALL_LEAF = 10


class RegressionLabelDetector(RowStep):
    """Find targets that models fitted on other rows do not believe, and drop, change or weigh them.

    Parameters
    ----------
    estimator : regressor or Pipeline, optional
        Cloned and refitted in each fold, preprocessing and all. None: boosted trees, extra trees and ridge regression
        on a :class:`datafix.TablePreprocessor`, weighted by their errors on other rows.
    cv : int, splitter or list of (train, test), default=5
    action : {"drop", "relabel", "reweight"}, default="drop"
        What :meth:`select` plans for a suspicious row: leave it out; give it the predicted target where that is sure
        enough, see ``relabel_confidence``; or weigh it by its label quality.
    rounds : "auto" or int, default="auto"
        In a second round models learn without the rows that the first one found. "auto": two rounds of the built-in
        models, one of an estimator of your own.
    threshold : "auto" or float in [0, 1], default="auto"
        A number: all rows of a lower quality. "auto": see the notes.
    relabel_confidence : float in [0, 1], default=0.8
        How likely the given target must be wrong to be changed.
    n_jobs : int, optional
    random_state : int, RandomState or None
        It seeds an estimator that has no seed of its own, too.
    memory : str, path or joblib.Memory, optional
        Folder in which each fold is kept when it is done.
    progress : bool, optional
        Show a bar for each round. None: on a terminal.

    Attributes
    ----------
    prediction_ : float64 ndarray of shape (rows,)
        Out of fold, in the unit of y.
    label_quality_ : float64 ndarray of shape (rows,)
        Chance that a right target lies as far from the prediction as the given one does.
    is_issue_ : bool ndarray of shape (rows,)
    suggested_label_ : float64 ndarray of shape (rows,)
        The prediction for suspicious rows, the target for others.
    sample_weight_ : float64 ndarray of shape (rows,)
        The label quality of suspicious rows, 1 elsewhere.
    noise_rate_ : float
        Estimated share of all targets that are wrong, whatever the threshold.
    estimated_precision_ : float
        Estimated share of the suspicious targets that are wrong; NaN where there are none.

    Notes
    -----
    Errors of prediction are divided by their usual size among like rows (out-of-fold extra trees of the error's size),
    then by the median of their side, and a Student distribution is fitted to the inner seven tenths, which wrong
    targets do not reach. "auto" takes the rows beyond the point where at most a fifth is expected to be right: a false
    discovery rate, with an estimated null (Efron, "Large-scale simultaneous hypothesis testing", JASA 2004). Heavy
    tails are thus no issues; of strongly skewed errors (exponential ones) some three in a hundred are called so.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> random = np.random.default_rng(0)
    >>> X = random.normal(size=(200, 1))
    >>> y = 3 * X[:, 0] + random.normal(size=200)
    >>> y[7] += 30
    >>> detector = RegressionLabelDetector(LinearRegression(), random_state=0).fit(X, y)
    >>> bool(detector.is_issue_[7]), int(detector.label_quality_.argmin())
    (True, 7)
    """

    def __init__(
        self,
        estimator: Any = None,
        *,
        cv: Any = 5,
        action: Literal["drop", "relabel", "reweight"] = "drop",
        rounds: int | Literal["auto"] = "auto",
        threshold: float | Literal["auto"] = "auto",
        relabel_confidence: float = 0.8,
        n_jobs: int | None = None,
        random_state: Any = None,
        memory: Any = None,
        progress: bool | None = None,
    ) -> None:
        self.estimator = estimator
        self.cv = cv
        self.action = action
        self.rounds = rounds
        self.threshold = threshold
        self.relabel_confidence = relabel_confidence
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.memory = memory
        self.progress = progress

    def select(self, X: Any, y: Any = None, *, sample_weight: Any = None, groups: Any = None) -> RowPlan:
        """Judge the targets y of X, and plan the rows to learn from.

        Parameters
        ----------
        X : dataframe, array of shape (rows, columns), images, or a sparse matrix where the estimator takes one
        y : array-like of shape (rows,)
            Numbers.
        sample_weight : array-like of shape (rows,), optional
            Rows of weight 0 are judged, and never learned from. An estimator of your own is fitted with the weights;
            the built-in models are not, for they tell what a row is worth, not what its target is.
        groups : array-like of shape (rows,), optional
            Rows of one group stay in one fold.

        Raises
        ------
        TableError
            If y is missing, or holds anything but finite numbers.
        """
        check_options(self, thresholds=("auto",), method="predict")
        X, y = self._validated(X, y)
        self._given = y
        self._cv = list(self.cv) if isinstance(self.cv, Iterator) else self.cv  # for each round
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        weight = None if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
        rounds = self.rounds if self.rounds != "auto" else 2 if self.estimator is None else 1
        counts = np.ones(len(y), dtype=bool) if weight is None else weight > 0
        learn = counts
        for _ in range(rounds):
            suspicious = self._judge(X, y, weight, groups, learn, seed)
            learn = counts & ~suspicious
        self.is_issue_ = suspicious if self.threshold == "auto" else self.label_quality_ < self.threshold
        ranks = np.searchsorted(np.sort(self.label_quality_), self.label_quality_, side="right")
        self._wrong = np.clip(1 - len(y) * self.label_quality_ / ranks, 0, 1)
        self.noise_rate_ = float(self._wrong[suspicious].sum() / len(y))
        found = self.is_issue_.any()
        self.estimated_precision_ = float(self._wrong[self.is_issue_].min()) if found else float("nan")
        self.suggested_label_ = np.where(self.is_issue_, self.prediction_, y)
        self.sample_weight_ = np.where(self.is_issue_, self.label_quality_, 1.0)
        return self._plan()

    def _validated(self, X: Any, y: Any) -> tuple[Any, np.ndarray]:
        who = type(self).__name__
        if y is None:
            raise ParameterError(f"{who} requires y to be passed, but the target y is None.")
        X = self._table(X)
        refuse_other_order(who, X, y)
        series = as_target(y)
        if kind_of(series) != "number":
            raise TableError(
                f"{who} needs numbers as target, got {kind_of(series)} ({series.dtype}). For classes: MislabelDetector."
            )
        missing = np.flatnonzero(is_missing(series))
        if len(missing):
            raise TableError(
                f"{len(missing)} target(s) are missing, the first at position {missing[0]}. Drop these rows."
            )
        try:
            values = np.asarray(series.to_numpy(), dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise TableError(
                f"{who} needs numbers as target, got {series.dtype}. For classes use MislabelDetector."
            ) from error
        if not np.isfinite(values).all():
            raise TableError(
                f"{who} needs finite targets, got infinity at position {np.flatnonzero(~np.isfinite(values))[0]}."
            )
        if len(values) != X.shape[0]:
            raise TableError(f"{who} needs one target a row: {X.shape[0]} rows, got {len(values)} targets.")
        if len(values) < 2:
            raise TableError(f"{who} needs at least 2 rows to learn from others, got n_samples = {len(values)}.")
        return X, values

    def _judge(self, X: Any, y: np.ndarray, weight: Any, groups: Any, learn: np.ndarray, seed: int) -> np.ndarray:
        """Set predictions and qualities, and return which targets are suspicious."""
        options: dict[str, Any] = {
            "cv": self._cv,
            "groups": groups,
            "learn": learn,
            "n_jobs": self.n_jobs,
            "random_state": seed,
            "memory": self.memory,
            "progress": self.progress,
        }
        with threadpool_limits(1 if len(y) < FEW_ROWS else None, user_api="openmp"):
            if self.estimator is None:
                opinions = out_of_fold_prediction(_Models(seed), X, y, **options)
                self.prediction_ = _weighted(opinions, y, learn)
            else:
                self.prediction_ = out_of_fold_prediction(
                    seeded_clone(self.estimator, seed), X, y, sample_weight=weight, **options
                )
            error = y - self.prediction_
            size = np.minimum(np.abs(error), 4 * np.median(np.abs(error)) + 1e-300)
            usual = out_of_fold_prediction(_Sizes(seed), self.prediction_[:, None], size, **{**options, "memory": None})
        typical = float(np.median(size))
        scaled = error / np.maximum(usual, typical / 4) if typical > 0 else error
        self.label_quality_ = error_chances(scaled - np.median(scaled))
        return are_unlikely(self.label_quality_)

    def _plan(self) -> RowPlan:
        n = len(self.is_issue_)
        reason = np.where(self.is_issue_, "its target is unlikely", "")
        if self.action == "drop":
            return RowPlan(np.flatnonzero(~self.is_issue_), reason=reason, confidence=self._wrong)
        if self.action == "reweight":
            return RowPlan(np.arange(n), weight=self.sample_weight_, reason=reason, confidence=self._wrong)
        sure = self.is_issue_ & (self._wrong >= self.relabel_confidence)
        return RowPlan(
            np.arange(n), y=np.where(sure, self.prediction_, self._given), reason=reason, confidence=self._wrong
        )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        if self.estimator is not None:
            tags.input_tags = get_tags(self.estimator).input_tags
        return tags


class _Models(RegressorMixin, BaseEstimator):
    """Boosted trees, extra trees and a ridge on one preprocessing; predicts (models, rows)."""

    def __init__(self, random_state: int = 0) -> None:
        self.random_state = random_state

    def fit(self, X: Any, y: np.ndarray) -> _Models:
        self.preprocess_ = preprocessing_of(X, self.random_state)
        features = np.asarray(self.preprocess_.fit_transform(X), dtype=np.float64)
        boosted = HistGradientBoostingRegressor(
            loss="absolute_error", max_iter=100, max_bins=64, early_stopping=False, random_state=self.random_state
        )
        trees = ExtraTreesRegressor(60, min_samples_leaf=3, random_state=self.random_state)
        self.members_ = [model.fit(features, y) for model in (boosted, trees, RidgeCV(np.logspace(-2, 4, 7)))]
        return self

    def predict(self, X: Any) -> np.ndarray:
        features = np.asarray(self.preprocess_.transform(X), dtype=np.float64)
        return np.stack([member.predict(features) for member in self.members_])


class _Sizes(RegressorMixin, BaseEstimator):
    """The usual size of an error, by the prediction."""

    def __init__(self, random_state: int = 0) -> None:
        self.random_state = random_state

    def fit(self, X: np.ndarray, y: np.ndarray) -> _Sizes:
        leaf = max(SMALL_LEAF, len(y) // 20)
        self.trees_ = ExtraTreesRegressor(30, min_samples_leaf=leaf, random_state=self.random_state).fit(X, y)
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        return self.trees_.predict(X)


def _weighted(opinions: np.ndarray, y: np.ndarray, learn: np.ndarray) -> np.ndarray:
    """Join predictions by weights of at least 0 that add up to 1, chosen where most of them are near the target."""
    near = np.abs(y - np.median(opinions, axis=0))
    rows = learn & (near <= np.quantile(near[learn], 0.8))
    weights, _ = nnls(
        opinions[:, rows].T - y[rows, None] + _together(opinions, y), _together(opinions, y) * np.ones(rows.sum())
    )
    total = weights.sum()
    return weights / total @ opinions if total > 0 else opinions.mean(axis=0)


def _together(opinions: np.ndarray, y: np.ndarray) -> float:
    # A large constant beside the errors makes nnls keep the weights' sum at 1 (Lawson and Hanson, chapter 23).
    return 10 * float(np.abs(y - opinions).max()) + 1e-300
