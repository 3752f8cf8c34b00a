"""What an estimator round another passes on to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import numpy as np
from sklearn import get_config
from sklearn.base import BaseEstimator, MetaEstimatorMixin
from sklearn.utils import get_tags
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

ROUTED = (
    "fit",
    "partial_fit",
    "predict",
    "predict_proba",
    "predict_log_proba",
    "decision_function",
    "transform",
    "inverse_transform",
    "score",
)


def delegated(method: str) -> Callable[[Any], bool]:
    """Return a condition: the inner estimator has the method."""

    def has_method(outer: Any) -> bool:
        getattr(getattr(outer, "estimator_", outer.estimator), method)
        return True

    return has_method


def routing_is_on() -> bool:
    """Tell whether scikit-learn's metadata routing is enabled."""
    return bool(get_config()["enable_metadata_routing"])


class DelegatingEstimator(MetaEstimatorMixin, BaseEstimator):
    """An estimator with a parameter ``estimator``, to whose fitted clone ``estimator_`` all but ``fit`` is passed on.

    Attributes
    ----------
    estimator_ : the fitted estimator
    """

    estimator: Any
    estimator_: Any

    def _asked(self, method: str, *given: Any, **params: Any) -> Any:
        """Call a method of the fitted estimator with the metadata that it asks for."""
        check_is_fitted(self)
        if params and routing_is_on():
            params = process_routing(self, method, **params).estimator[method]
        return getattr(self.estimator_, method)(*given, **params)

    @available_if(delegated("transform"))
    def transform(self, X: Any, **params: Any) -> Any:
        """Transform all rows of X with the fitted estimator."""
        return self._asked("transform", X, **params)

    @available_if(delegated("inverse_transform"))
    def inverse_transform(self, X: Any, **params: Any) -> Any:
        """Undo ``transform`` with the fitted estimator."""
        return self._asked("inverse_transform", X, **params)

    @available_if(delegated("get_feature_names_out"))
    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Names of the transformed columns."""
        check_is_fitted(self)
        return self.estimator_.get_feature_names_out(input_features)

    @available_if(delegated("predict"))
    def predict(self, X: Any, **params: Any) -> Any:
        """Predict all rows of X with the fitted estimator."""
        return self._asked("predict", X, **params)

    @available_if(delegated("predict_proba"))
    def predict_proba(self, X: Any, **params: Any) -> Any:
        """Class probabilities of all rows of X, of shape (rows, classes)."""
        return self._asked("predict_proba", X, **params)

    @available_if(delegated("predict_log_proba"))
    def predict_log_proba(self, X: Any, **params: Any) -> Any:
        """Logarithms of the class probabilities."""
        return self._asked("predict_log_proba", X, **params)

    @available_if(delegated("decision_function"))
    def decision_function(self, X: Any, **params: Any) -> Any:
        """Decision values of all rows of X."""
        return self._asked("decision_function", X, **params)

    @available_if(delegated("score_samples"))
    def score_samples(self, X: Any) -> Any:
        """Scores of all rows of X."""
        return self._asked("score_samples", X)

    @available_if(delegated("score"))
    def score(self, X: Any, y: Any = None, **params: Any) -> float:
        """Score the fitted estimator on all rows of X, by weight where ``sample_weight`` is given."""
        return self._asked("score", X, *(() if y is None else (y,)), **params)

    @property
    def classes_(self) -> np.ndarray:
        """Classes of the fitted estimator."""
        return self.estimator_.classes_

    @property
    def n_features_in_(self) -> int:
        """Number of columns that the estimator was fitted on."""
        return self.estimator_.n_features_in_

    @property
    def feature_names_in_(self) -> np.ndarray:
        """Names of the columns that the estimator was fitted on."""
        return self.estimator_.feature_names_in_

    def set_output(self, *, transform: str | None = None) -> Self:
        """Set the container of ``transform``, as scikit-learn's transformers do."""
        for estimator in (self.estimator, getattr(self, "estimator_", None)):
            if estimator is not None:
                estimator.set_output(transform=transform)
        return self

    def get_metadata_routing(self) -> MetadataRouter:
        """Return how metadata go to the estimator, for scikit-learn's routing."""
        mapping = MethodMapping()
        for method in ROUTED:
            mapping.add(caller=method, callee=method)
        if hasattr(self.estimator, "fit_transform"):
            mapping.add(caller="fit_transform", callee="fit_transform")
        return MetadataRouter(owner=self).add_self_request(self).add(estimator=self.estimator, method_mapping=mapping)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        inner = get_tags(self.estimator)
        tags.estimator_type = inner.estimator_type
        tags.classifier_tags = inner.classifier_tags
        tags.regressor_tags = inner.regressor_tags
        tags.transformer_tags = inner.transformer_tags
        tags.input_tags = inner.input_tags
        tags.target_tags = inner.target_tags
        tags.non_deterministic = inner.non_deterministic
        return tags

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "estimator_")
