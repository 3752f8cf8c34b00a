"""Estimators that refuse to learn from held-out rows."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, MetaEstimatorMixin, clone
from sklearn.utils import get_tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from datafix.errors import LeakageError
from datafix.fingerprint import row_hashes


class Guard:
    """Knows the held-out rows by their content, and latches every attempt to learn from them.

    Use it as a context: what scikit-learn swallowed inside (``cross_validate`` turns an
    exception into NaN) is raised at the end of the block.

    Parameters
    ----------
    hashes : uint64 ndarray of shape (rows,)
        Of the whole table, to float32 precision.
    train : int64 ndarray
        Positions that may be learned from; all other rows are held out.

    Attributes
    ----------
    violations : list of str
        What was refused.

    Notes
    -----
    A row counts as held out only if its content stands once in the whole table: equal content
    proves nothing. Not guarded are rows that were changed by hand before the fit (scaled, encoded,
    cut to other columns), and fits in other processes raise there without reaching this list.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> from datafix import Split
    >>> X, y = np.arange(10.0).reshape(-1, 1), np.arange(10.0)
    >>> split = Split(train=range(8), test=[8, 9])
    >>> with split.guard(X) as guard:
    ...     model = guard.wrap(LinearRegression()).fit(X[split.train], y[split.train])
    >>> float(model.predict([[9.0]])[0].round(6))
    9.0
    """

    def __init__(self, hashes: np.ndarray, train: np.ndarray) -> None:
        values, counts = np.unique(hashes, return_counts=True)
        once = values[counts == 1]
        self.held_out = np.setdiff1d(once, hashes[train])
        self.violations: list[str] = []

    def wrap(self, estimator: Any) -> Guarded:
        """Return the estimator, guarded wherever it (or a clone of it) is fitted."""
        return Guarded(estimator, guard=self)

    def check(self, X: Any, who: str) -> None:
        """Latch and raise LeakageError if X holds a held-out row."""
        held_out = np.isin(row_hashes(X, precision="float32"), self.held_out, kind="sort")
        if held_out.any():
            message = (
                f"{who} was given {int(held_out.sum())} held-out row(s) to learn from, the first at position "
                f"{np.flatnonzero(held_out)[0]} of its X. Fit on X[split.train] only."
            )
            self.violations.append(message)
            raise LeakageError(message)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self.violations and not isinstance(error, LeakageError):
            raise LeakageError("\n".join(dict.fromkeys(self.violations))) from error

    def __sklearn_clone__(self) -> Guard:
        return self  # clones of a guarded estimator latch in the same place

    def __deepcopy__(self, memo: dict[int, Any]) -> Guard:
        return self


def _delegated(method: str) -> Any:
    def has_method(guarded: Guarded) -> bool:
        getattr(getattr(guarded, "estimator_", guarded.estimator), method)
        return True

    return has_method


class Guarded(MetaEstimatorMixin, BaseEstimator):
    """An estimator that refuses held-out rows; made by :meth:`Guard.wrap`.

    Parameters
    ----------
    estimator : estimator
        Cloned at fit.
    guard : Guard
    """

    def __init__(self, estimator: Any, *, guard: Guard) -> None:
        self.estimator = estimator
        self.guard = guard

    def fit(self, X: Any, y: Any = None, **params: Any) -> Guarded:
        """Fit a clone of the estimator, or raise LeakageError."""
        self.guard.check(X, type(self.estimator).__name__)
        labels = () if y is None else (y,)
        self.estimator_ = clone(self.estimator).fit(X, *labels, **params)
        return self

    @available_if(_delegated("transform"))
    def fit_transform(self, X: Any, y: Any = None, **params: Any) -> Any:
        """Fit and transform a clone of the estimator, or raise LeakageError."""
        self.guard.check(X, type(self.estimator).__name__)
        labels = () if y is None else (y,)
        self.estimator_ = clone(self.estimator)
        return self.estimator_.fit_transform(X, *labels, **params)

    @available_if(_delegated("transform"))
    def transform(self, X: Any) -> Any:
        """Transform with the fitted estimator."""
        check_is_fitted(self)
        return self.estimator_.transform(X)

    @available_if(_delegated("predict"))
    def predict(self, X: Any) -> Any:
        """Predict with the fitted estimator."""
        check_is_fitted(self)
        return self.estimator_.predict(X)

    @available_if(_delegated("predict_proba"))
    def predict_proba(self, X: Any) -> Any:
        """Class probabilities from the fitted estimator."""
        check_is_fitted(self)
        return self.estimator_.predict_proba(X)

    @available_if(_delegated("decision_function"))
    def decision_function(self, X: Any) -> Any:
        """Decision values from the fitted estimator."""
        check_is_fitted(self)
        return self.estimator_.decision_function(X)

    @available_if(_delegated("score"))
    def score(self, X: Any, y: Any = None) -> float:
        """Score the fitted estimator."""
        check_is_fitted(self)
        labels = () if y is None else (y,)
        return self.estimator_.score(X, *labels)

    @property
    def classes_(self) -> np.ndarray:
        """Classes of the fitted estimator."""
        return self.estimator_.classes_

    def __sklearn_tags__(self) -> Any:
        return get_tags(self.estimator)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "estimator_")
