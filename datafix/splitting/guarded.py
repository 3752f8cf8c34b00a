"""An estimator that refuses to learn from held-out rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sklearn.base import clone
from sklearn.utils import get_tags
from sklearn.utils.metadata_routing import process_routing
from sklearn.utils.metaestimators import available_if

from datafix.delegation import DelegatingEstimator, delegated, routing_is_on
from datafix.errors import ParameterError

if TYPE_CHECKING:
    from datafix.splitting.guard import Guard


class Guarded(DelegatingEstimator):
    """An estimator that refuses held-out rows; made by :meth:`Guard.wrap`.

    Parameters
    ----------
    estimator : estimator
        Cloned at fit. All but learning is passed on to it.
    guard : Guard
    """

    def __init__(self, estimator: Any, *, guard: Guard) -> None:
        self.estimator = estimator
        self.guard = guard

    def fit(self, X: Any, y: Any = None, **params: Any) -> Guarded:
        """Fit a clone of the estimator, or raise LeakageError."""
        self._learned("fit", X, y, params)
        return self

    @available_if(delegated("partial_fit"))
    def partial_fit(self, X: Any, y: Any = None, **params: Any) -> Guarded:
        """Go on fitting the estimator, or raise LeakageError."""
        self._learned("partial_fit", X, y, params)
        return self

    @available_if(delegated("transform"))
    def fit_transform(self, X: Any, y: Any = None, **params: Any) -> Any:
        """Fit and transform a clone of the estimator, or raise LeakageError."""
        if hasattr(self.estimator, "fit_transform"):
            return self._learned("fit_transform", X, y, params)
        return self.fit(X, y, **params).transform(X)

    @available_if(delegated("fit_predict"))
    def fit_predict(self, X: Any, y: Any = None, **params: Any) -> Any:
        """Fit a clone of the estimator and predict X, or raise LeakageError."""
        return self._learned("fit_predict", X, y, params)

    def _learned(self, method: str, X: Any, y: Any, params: dict[str, Any]) -> Any:
        who = type(self.estimator).__name__
        if y is None and get_tags(self.estimator).target_tags.required:
            raise ParameterError(f"{who} requires y to be passed, but the target y is None.")
        self.guard.check(X, who)
        if routing_is_on() and params:
            routed = process_routing(self, "partial_fit" if method == "partial_fit" else "fit", **params)
            params = dict(routed.estimator["partial_fit" if method == "partial_fit" else "fit"])
        if method != "partial_fit" or not hasattr(self, "estimator_"):
            self.estimator_ = clone(self.estimator)
        labels = () if y is None else (y,)
        return getattr(self.estimator_, method)(X, *labels, **params)
