"""Extremes pulled back into the range seen in training."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from datafix.engines import is_lazy
from datafix.errors import ParameterError
from datafix.learning import LearnsFromFigures
from datafix.matrix import refuse_all_missing, training_matrix, validate_matrix
from datafix.names import column_names
from datafix.scale.whole_table import extremes
from datafix.validation import transformed_by_partition


class QuantileClipper(LearnsFromFigures, OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Clip every numeric column to the quantile range seen during fit.

    Bounds come from the training rows only, so a held-out extreme is pulled
    back to what the model has seen. Missing values stay missing.

    Parameters
    ----------
    lower, upper : float, default=0.01 and 0.99
        Quantiles that become the bounds, ``0 <= lower < upper <= 1``.

    Attributes
    ----------
    bounds_ : ndarray of shape (2, n_features)
        Lower bounds, then upper bounds, in the units of each column.

    Examples
    --------
    >>> from datafix.scale import QuantileClipper
    >>> clipper = QuantileClipper(lower=0, upper=0.5).fit([[0.0], [10.0], [20.0]])
    >>> clipper.transform([[-5.0], [99.0]])
    array([[ 0.],
           [10.]])
    """

    def __init__(self, *, lower: float = 0.01, upper: float = 0.99) -> None:
        self.lower = lower
        self.upper = upper

    def fit(self, X: Any, y: Any = None) -> QuantileClipper:
        """Learn the bounds from X; y is ignored."""
        if not 0 <= self.lower < self.upper <= 1:
            raise ParameterError(
                f"QuantileClipper needs 0 <= lower < upper <= 1, got lower={self.lower!r} and upper={self.upper!r}."
            )
        matrix, seen = training_matrix(self, X)
        refuse_all_missing(self, column_names(self), matrix, task="learn bounds")
        self.bounds_ = np.nanquantile(matrix, [self.lower, self.upper], axis=0)
        if seen is not None:  # extremes are known of all rows, what lies between of a sample
            low, high = extremes(seen)
            self.bounds_ = np.array(
                [low if self.lower == 0 else self.bounds_[0], high if self.upper == 1 else self.bounds_[1]]
            )
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Return X as float64 with every value moved inside its column's bounds."""
        check_is_fitted(self)
        if is_lazy(X):
            return transformed_by_partition(self, X)
        return np.clip(validate_matrix(self, X, reset=False), *self.bounds_)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags
