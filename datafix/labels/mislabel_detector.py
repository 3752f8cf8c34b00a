"""Rows whose label is likely to be wrong."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from sklearn.utils import check_random_state, get_tags
from threadpoolctl import threadpool_limits

from datafix.errors import ParameterError, TableError
from datafix.labels.ensemble import built_in_models, pool
from datafix.labels.finding import class_codes, find_label_issues
from datafix.labels.out_of_fold import out_of_fold_proba
from datafix.rows import RowPlan, RowStep
from datafix.task import infer_task

RELABEL_CONFIDENCE = 0.8
"""A label is changed only where the suggested one is at least this likely."""

FEW_ROWS = 20_000
"""Below, boosted trees spend more on waiting for each other's threads than they gain (30 times, at 300 rows)."""


class MislabelDetector(RowStep):
    """Find labels that models fitted on other rows do not believe, and drop, change or weigh them.

    Parameters
    ----------
    estimator : classifier or Pipeline, optional
        With ``predict_proba``; cloned and refitted in each fold, preprocessing and all. None: a linear model,
        boosted trees and extra trees on a :class:`datafix.TablePreprocessor` (for images a linear model, extra trees
        and nearest neighbours on principal components), joined by a log-linear pool.
    cv : int, splitter or list of (train, test), default=5
    action : {"drop", "relabel", "reweight"}, default="drop"
        What :meth:`select` plans for a suspicious row: leave it out; give it the suggested label
        where that has a probability of at least 0.8; or weigh it by the probability of its own label.
    rounds : "auto" or int, default="auto"
        In a second round models learn without the rows that the first one found, and the evidence of
        all rounds is joined. "auto" is one round.
    threshold : "auto" or float in [0, 1], default="auto"
        See :func:`datafix.find_label_issues`.
    n_jobs : int, optional
    random_state : int, RandomState or None

    Attributes
    ----------
    classes_ : ndarray of shape (classes,)
    pred_proba_ : float64 ndarray of shape (rows, classes)
        Out of fold.
    label_quality_ : float64 ndarray of shape (rows,)
        Probability of the given label; 1 for the only row of its class, which no model can judge.
    is_issue_ : bool ndarray of shape (rows,)
    suggested_label_ : ndarray of shape (rows,)
    sample_weight_ : float64 ndarray of shape (rows,)
        The label quality of suspicious rows, 1 elsewhere.
    noise_rate_ : float
        Share of the labels that are suspicious.
    estimated_precision_ : float
        Mean probability, among suspicious rows, that the label is wrong; NaN where there are none.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.naive_bayes import GaussianNB
    >>> X, y = load_iris(return_X_y=True)
    >>> y[0] = 2
    >>> detector = MislabelDetector(GaussianNB(), random_state=0).fit(X, y)
    >>> bool(detector.is_issue_[0]), int(detector.suggested_label_[0])
    (True, 0)
    """

    def __init__(
        self,
        estimator: Any = None,
        *,
        cv: Any = 5,
        action: Literal["drop", "relabel", "reweight"] = "drop",
        rounds: int | Literal["auto"] = "auto",
        threshold: float | Literal["auto"] = "auto",
        n_jobs: int | None = None,
        random_state: Any = None,
    ) -> None:
        self.estimator = estimator
        self.cv = cv
        self.action = action
        self.rounds = rounds
        self.threshold = threshold
        self.n_jobs = n_jobs
        self.random_state = random_state

    def select(self, X: Any, y: Any = None, *, sample_weight: Any = None, groups: Any = None) -> RowPlan:
        """Judge the labels y of X, and plan the rows to learn from.

        Parameters
        ----------
        X : dataframe, array of shape (rows, columns), images, or a sparse matrix where the estimator takes one
        y : array-like of shape (rows,)
            Classes of any type.
        sample_weight, groups : array-like of shape (rows,), optional

        Raises
        ------
        TableError
            If y is missing, measures a quantity, or has one class only.
        """
        if self.action not in ("drop", "relabel", "reweight"):
            raise ParameterError(f"MislabelDetector needs action 'drop', 'relabel' or 'reweight', got {self.action!r}.")
        rounds = 1 if self.rounds == "auto" else self.rounds
        if not isinstance(rounds, int) or rounds < 1:
            raise ParameterError(f"MislabelDetector needs rounds 'auto' or a number from 1 on, got {self.rounds!r}.")
        X, codes = self._validated(X, y)
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        weight = None if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
        self._judge(X, codes, weight, groups, rounds, seed)
        return self._plan(codes)

    def _validated(self, X: Any, y: Any) -> tuple[Any, np.ndarray]:
        if y is None:
            raise ParameterError("MislabelDetector requires y to be passed, but the target y is None.")
        X = self._table(X)
        if infer_task(y) == "regression":
            raise TableError(
                "MislabelDetector needs classes, got a target that measures a quantity. Unknown label type: continuous."
            )
        codes, self.classes_ = class_codes(y)
        if len(codes) != X.shape[0]:
            raise TableError(f"MislabelDetector needs one label a row: {X.shape[0]} rows, got {len(codes)} labels.")
        if len(self.classes_) < 2:
            raise TableError(
                f"MislabelDetector needs at least two classes to tell apart, got one class: {self.classes_.tolist()}."
            )
        return X, codes

    def _judge(self, X: Any, codes: np.ndarray, weight: Any, groups: Any, rounds: int, seed: int) -> None:
        counts = np.ones(len(codes), dtype=bool) if weight is None else weight > 0
        learn = counts
        evidence = np.zeros((len(codes), len(self.classes_)))
        for _ in range(rounds):
            proba = self._proba(X, codes, weight, groups, learn, seed)
            evidence += np.log(np.clip(proba, 1e-12, None)) / rounds
            joined = np.exp(evidence) if rounds > 1 else proba
            joined /= joined.sum(axis=1, keepdims=True)
            issues = find_label_issues(np.asarray(self.classes_)[codes], joined, threshold=self.threshold)
            learn = counts & ~issues["is_issue"].to_numpy()
        self.pred_proba_ = joined
        alone = np.bincount(codes)[codes] < 2
        self.label_quality_ = np.where(alone, 1.0, issues["label_quality"].to_numpy())
        self.is_issue_ = issues["is_issue"].to_numpy() & ~alone
        self.suggested_label_ = np.asarray(self.classes_)[joined.argmax(axis=1)]
        self.sample_weight_ = np.where(self.is_issue_, self.label_quality_, 1.0)
        self.noise_rate_ = float(self.is_issue_.mean())
        wrong = 1 - self.label_quality_[self.is_issue_]
        self.estimated_precision_ = float(wrong.mean()) if len(wrong) else float("nan")

    def _proba(self, X: Any, codes: np.ndarray, weight: Any, groups: Any, learn: np.ndarray, seed: int) -> np.ndarray:
        shared: dict[str, Any] = {
            "cv": self.cv,
            "groups": groups,
            "learn": learn,
            "n_jobs": self.n_jobs,
            "random_state": seed,
        }
        if self.estimator is not None:
            return out_of_fold_proba(self.estimator, X, codes, sample_weight=weight, **shared)
        # The built-in models judge labels by all rows alike: weights say what a row is worth, not what it is.
        threads = 1 if len(codes) < FEW_ROWS else None
        with threadpool_limits(threads, user_api="openmp"):
            probas = [out_of_fold_proba(model, X, codes, **shared) for model in built_in_models(X, seed)]
        return pool(probas, codes, seed)

    def _plan(self, codes: np.ndarray) -> RowPlan:
        n = len(self.is_issue_)
        reason = np.where(self.is_issue_, "its label is unlikely", "")
        if self.action == "drop":
            return RowPlan(np.flatnonzero(~self.is_issue_), reason=reason)
        if self.action == "reweight":
            return RowPlan(np.arange(n), weight=self.sample_weight_, reason=reason)
        sure = self.is_issue_ & (self.pred_proba_.max(axis=1) >= RELABEL_CONFIDENCE)
        given = np.asarray(self.classes_)[codes]
        return RowPlan(np.arange(n), y=np.where(sure, self.suggested_label_, given), reason=reason)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        if self.estimator is not None:
            tags.input_tags = get_tags(self.estimator).input_tags
        return tags
