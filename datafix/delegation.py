"""What an estimator round another passes on to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, MetaEstimatorMixin
from sklearn.utils import get_tags
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

ROUTED = ("fit", "partial_fit", "score", "predict", "predict_proba", "predict_log_proba", "decision_function")


def delegated(method: str) -> Callable[[Any], bool]:
    """Return a condition: the inner estimator has the method."""

    def has_method(outer: Any) -> bool:
        getattr(getattr(outer, "estimator_", outer.estimator), method)
        return True

    return has_method


class DelegatingEstimator(MetaEstimatorMixin, BaseEstimator):
    """An estimator with a parameter ``estimator``, to whose fitted clone ``estimator_`` all but ``fit`` is passed on.

    Attributes
    ----------
    estimator_ : the fitted estimator
    """

    estimator: Any
    estimator_: Any

    @available_if(delegated("transform"))
    def transform(self, X: Any) -> Any:
        """Transform all rows of X with the fitted estimator."""
        check_is_fitted(self)
        return self.estimator_.transform(X)

    @available_if(delegated("inverse_transform"))
    def inverse_transform(self, X: Any) -> Any:
        """Undo ``transform`` with the fitted estimator."""
        check_is_fitted(self)
        return self.estimator_.inverse_transform(X)

    @available_if(delegated("get_feature_names_out"))
    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Names of the transformed columns."""
        check_is_fitted(self)
        return self.estimator_.get_feature_names_out(input_features)

    @available_if(delegated("predict"))
    def predict(self, X: Any, **params: Any) -> Any:
        """Predict all rows of X with the fitted estimator."""
        check_is_fitted(self)
        return self.estimator_.predict(X, **params)

    @available_if(delegated("predict_proba"))
    def predict_proba(self, X: Any, **params: Any) -> Any:
        """Class probabilities of all rows of X, of shape (rows, classes)."""
        check_is_fitted(self)
        return self.estimator_.predict_proba(X, **params)

    @available_if(delegated("predict_log_proba"))
    def predict_log_proba(self, X: Any, **params: Any) -> Any:
        """Logarithms of the class probabilities."""
        check_is_fitted(self)
        return self.estimator_.predict_log_proba(X, **params)

    @available_if(delegated("decision_function"))
    def decision_function(self, X: Any, **params: Any) -> Any:
        """Decision values of all rows of X."""
        check_is_fitted(self)
        return self.estimator_.decision_function(X, **params)

    @available_if(delegated("score_samples"))
    def score_samples(self, X: Any) -> Any:
        """Scores of all rows of X."""
        check_is_fitted(self)
        return self.estimator_.score_samples(X)

    @available_if(delegated("score"))
    def score(self, X: Any, y: Any = None, **params: Any) -> float:
        """Score the fitted estimator on all rows of X."""
        check_is_fitted(self)
        labels = () if y is None else (y,)
        return self.estimator_.score(X, *labels, **params)

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
