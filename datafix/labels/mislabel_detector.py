"""Rows whose label is likely to be wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
from sklearn.utils import check_random_state, get_tags
from threadpoolctl import threadpool_limits

from datafix.errors import ParameterError, TableError
from datafix.labels.checking import check_options, refuse_other_order, refuse_quantity
from datafix.labels.committee import Committee
from datafix.labels.finding import class_codes, find_label_issues
from datafix.labels.out_of_fold import out_of_fold_proba, seeded_clone
from datafix.labels.pool import Pooled, pool
from datafix.labels.suspicion import channel_flags, is_learned, label_quality, separation, sureness, suspicious
from datafix.rows import RowPlan, RowStep

ENOUGH_TO_BOOST = 1000
"""Rows from which on boosted trees join the built-in models."""

SURE_ENOUGH = 0.5
"""Mean probability of the likeliest class, from chance (0) to certain (1), that a second round needs.

On Gaussian quantiles of 300 and 600 rows, which are told apart less well, two of three rows left out would be right.
"""

FEW_ROWS = 20_000
"""Below, boosted trees spend more on waiting for each other's threads than they gain (30 times, at 300 rows)."""


class MislabelDetector(RowStep):
    """Find labels that models fitted on other rows do not believe, and drop, change or weigh them.

    Parameters
    ----------
    estimator : classifier or Pipeline, optional
        With ``predict_proba``; cloned and refitted in each fold, preprocessing and all. None: a linear model, nearest
        neighbours, extra trees, two small networks and, from 1,000 rows on, boosted trees, on a
        :class:`datafix.TablePreprocessor` (for images on principal components).
    cv : int, splitter or list of (train, test), default=5
    action : {"drop", "relabel", "reweight"}, default="drop"
        What :meth:`select` plans for a suspicious row: leave it out; give it the suggested label
        where that is sure enough, see ``relabel_confidence``; or weigh it by the quality of its own label.
    rounds : "auto" or int, default="auto"
        In a second round models learn without the rows that the first one found, and the opinions of all rounds are
        joined. "auto": two rounds of the built-in models, where the first is sure enough of most rows to choose which
        ones to leave out, and the second explains the given labels at least as well; else one. One round of an
        estimator of your own.
    threshold : {"auto", "confident_learning"} or float in [0, 1], default="auto"
        See :func:`datafix.find_label_issues` and the notes.
    relabel_confidence : float in [0, 1], default=0.8
        What ``suggestion_confidence_`` a label needs to be changed.
    n_jobs : int, optional
    random_state : int, RandomState or None
        It seeds an estimator that has no seed of its own, too: the global random state is neither read nor changed,
        unless this is None.
    memory : str, path or joblib.Memory, optional
        Folder in which each fold is kept when it is done: a run that was stopped goes on from there, if
        ``random_state`` is an int.
    progress : bool, optional
        Show a bar for each round. None: on a terminal.

    Attributes
    ----------
    classes_ : ndarray of shape (classes,)
    pred_proba_ : float64 ndarray of shape (rows, classes)
        Out of fold; of the built-in models' pool.
    label_quality_ : float64 ndarray of shape (rows,)
        Probability of the given label divided by its sum with that of the likeliest other; 1 for the only row of its
        class, which no model can judge.
    is_issue_ : bool ndarray of shape (rows,)
    suggested_label_ : ndarray of shape (rows,)
    suggestion_confidence_ : float64 ndarray of shape (rows,)
        Estimated chance that the suggested label is the true one. It trusts the estimator where classes are apart, and
        is over-sure where that is: naive Bayes on correlated columns believes too much.
    soft_label_ : float64 ndarray of shape (rows, classes)
        Probability of each class to be the true one, given the features and the label: a target for
        ``categorical_crossentropy``.
    sample_weight_ : float64 ndarray of shape (rows,)
        The label quality of suspicious rows, 1 elsewhere.
    noise_rate_ : float
        Estimated share of all labels that are wrong, whatever the threshold.
    estimated_precision_ : float
        Estimated share of the suspicious labels that are wrong; NaN where there are none.
    n_rounds_ : int

    Notes
    -----
    The models' opinions are joined by a log-linear pool behind a noisy channel, whose few weights are learned from the
    given labels' likelihood (Genest and Zidek, Statistical Science 1986; Patrini et al., CVPR 2017). "auto" takes as
    many labels as the larger of two counts says: the channel's own, for noise that can hit any row, and confident
    learning's (Northcutt, Jiang and Chuang, JAIR 2021), for noise near the boundary of classes. A class of which less
    than a tenth of the rows are taken for it has not been learned, and none of its labels is suspicious. Nothing but
    more knowledge can tell noise near the boundary from classes that overlap; where the models are unsure of most rows,
    ``estimated_precision_`` is low, and cleaning is better left alone.

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
        threshold: float | Literal["auto", "confident_learning"] = "auto",
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
        """Judge the labels y of X, and plan the rows to learn from.

        Parameters
        ----------
        X : dataframe, array of shape (rows, columns), images, or a sparse matrix where the estimator takes one
        y : array-like of shape (rows,)
            Classes of any type.
        sample_weight : array-like of shape (rows,), optional
            Rows of weight 0 are judged, and never learned from. An estimator of your own is fitted with the weights;
            the built-in models are not, for they tell what a row is worth, not what its label is.
        groups : array-like of shape (rows,), optional
            Rows of one group stay in one fold.

        Raises
        ------
        TableError
            If y is missing, measures a quantity, or has one class only.
        """
        check_options(self, thresholds=("auto", "confident_learning"), method="predict_proba")
        X, codes = self._validated(X, y)
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        weight = None if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
        self._cv = list(self.cv) if isinstance(self.cv, Iterator) else self.cv  # for each round
        self._judge(X, codes, weight, groups, seed)
        return self._plan(codes)

    def _validated(self, X: Any, y: Any) -> tuple[Any, np.ndarray]:
        if y is None:
            raise ParameterError("MislabelDetector requires y to be passed, but the target y is None.")
        X = self._table(X)
        refuse_quantity(y)
        codes, self.classes_ = class_codes(y)
        if len(codes) != X.shape[0]:
            raise TableError(f"MislabelDetector needs one label a row: {X.shape[0]} rows, got {len(codes)} labels.")
        if len(self.classes_) < 2:
            raise TableError(
                f"MislabelDetector needs at least two classes to tell apart, got one class: {self.classes_.tolist()}."
            )
        refuse_other_order(type(self).__name__, X, y)
        return X, codes

    def _judge(self, X: Any, codes: np.ndarray, weight: Any, groups: Any, seed: int) -> None:
        opinions, pooled = self._rounds(X, codes, weight, groups, seed)
        self.pred_proba_ = opinions[0] if len(opinions) == 1 else pooled.proba
        self.n_rounds_ = len(opinions) // self._n_models
        rows, alone = np.arange(len(codes)), np.bincount(codes)[codes] < 2
        self.label_quality_ = np.where(alone, 1.0, label_quality(codes, self.pred_proba_))
        found = suspicious(codes, pooled) & ~alone
        # Given the features alone all overlap looks like noise, given the label too all noise near it like overlap.
        apart = separation(codes, found, pooled.proba)
        wrong = apart * (1 - self.label_quality_) + (1 - apart) * (1 - pooled.posterior[rows, codes])
        self.noise_rate_ = float(wrong[found].sum() / len(codes))
        self.is_issue_ = found
        if self.threshold != "auto":
            given = np.asarray(self.classes_)[codes]
            found = find_label_issues(given, self.pred_proba_, threshold=self.threshold, classes=self.classes_)
            self.is_issue_ = found["is_issue"].to_numpy() & ~alone
        suggested = self.pred_proba_.argmax(axis=1)
        self.suggested_label_ = np.asarray(self.classes_)[suggested]
        self.suggestion_confidence_ = (
            apart * pooled.proba[rows, suggested] + (1 - apart) * pooled.posterior[rows, suggested]
        )
        self.soft_label_ = pooled.posterior
        self.sample_weight_ = np.where(self.is_issue_, self.label_quality_, 1.0)
        self.estimated_precision_ = float(wrong[self.is_issue_].mean()) if self.is_issue_.any() else float("nan")

    def _rounds(
        self, X: Any, codes: np.ndarray, weight: Any, groups: Any, seed: int
    ) -> tuple[list[np.ndarray], Pooled]:
        """Return the opinions of all models in all rounds that count, and what they pool to."""
        rounds = self.rounds
        if rounds == "auto":
            rounds = 1 if self.estimator is not None else 2
        counts = np.ones(len(codes), dtype=bool) if weight is None else weight > 0
        opinions = self._opinions(X, codes, weight, groups, counts, seed)
        self._n_models = len(opinions)
        pooled = latest = pool(opinions, codes, seed)
        for _ in range(1, rounds):
            found = channel_flags(1 - pooled.posterior[np.arange(len(codes)), codes])
            found &= is_learned(codes, pooled.proba)
            if self.rounds == "auto" and not _may_choose(pooled.proba[~found]):
                break
            again = self._opinions(X, codes, weight, groups, counts & ~found, seed)
            before, latest = latest, pool(again, codes, seed)
            if self.rounds == "auto" and latest.log_likelihood < before.log_likelihood:
                break
            opinions = [*opinions, *again]
            pooled = pool(opinions, codes, seed)
        return opinions, pooled

    def _opinions(
        self, X: Any, codes: np.ndarray, weight: Any, groups: Any, learn: np.ndarray, seed: int
    ) -> list[np.ndarray]:
        estimator: Any = None if self.estimator is None else seeded_clone(self.estimator, seed)
        threads = None
        if estimator is None:
            estimator = Committee(boosted=len(codes) >= ENOUGH_TO_BOOST, random_state=seed)
            threads = 1 if len(codes) < FEW_ROWS else None
            weight = None  # weights say what a row is worth, not what it is
        with threadpool_limits(threads, user_api="openmp"):
            proba = out_of_fold_proba(
                estimator,
                X,
                codes,
                cv=self._cv,
                groups=groups,
                sample_weight=weight,
                learn=learn,
                n_jobs=self.n_jobs,
                random_state=seed,
                memory=self.memory,
                progress=self.progress,
            )
        return [proba] if proba.ndim == 2 else list(proba)

    def _plan(self, codes: np.ndarray) -> RowPlan:
        n = len(self.is_issue_)
        reason = np.where(self.is_issue_, "its label is unlikely", "")
        if self.action == "drop":
            return RowPlan(np.flatnonzero(~self.is_issue_), reason=reason, confidence=1 - self.label_quality_)
        if self.action == "reweight":
            weight, doubt = self.sample_weight_, 1 - self.label_quality_
            return RowPlan(np.arange(n), weight=weight, reason=reason, confidence=doubt)
        sure = self.is_issue_ & (self.suggestion_confidence_ >= self.relabel_confidence)
        given = np.asarray(self.classes_)[codes]
        y = np.where(sure, self.suggested_label_, given)
        return RowPlan(np.arange(n), y=y, reason=reason, confidence=self.suggestion_confidence_)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        if self.estimator is not None:
            tags.input_tags = get_tags(self.estimator).input_tags
        return tags


def _may_choose(proba: np.ndarray) -> bool:
    """Tell whether models are sure enough of the rows to choose which others are left out."""
    chance = 1 / proba.shape[1]
    return sureness(proba) - chance >= SURE_ENOUGH * (1 - chance)
