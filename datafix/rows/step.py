"""The protocol of a row step."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data

from datafix.columns import row_count, stacked, take
from datafix.engines import refuse_lazy
from datafix.errors import ParameterError
from datafix.rows.aligned import aligned, like, weights_given
from datafix.rows.plan import RowPlan
from datafix.validation import validate_frame


class RowStep(BaseEstimator, ABC):
    """A step that drops, repeats, relabels or reweights rows while something is fitted.

    It has no ``transform``: scikit-learn's Pipeline, which would lose rows in
    silence, refuses it; imbalanced-learn's takes it through ``fit_resample``, and
    :class:`ResampledTrainer` takes it into any Pipeline.

    Attributes
    ----------
    plan_ : RowPlan
        Of the last fit.
    sample_indices_ : int64 ndarray
        Positions of the rows that ``fit_resample`` gave; -1 for a row that it made.
    """

    plan_: RowPlan

    @abstractmethod
    def select(self, X: Any, y: Any = None, *, sample_weight: Any = None, groups: Any = None) -> RowPlan:
        """Say which rows to learn from.

        Parameters
        ----------
        X : dataframe or array of shape (rows, columns)
        y : array-like of shape (rows,), optional
        sample_weight, groups : array-like of shape (rows,), optional

        Returns
        -------
        plan : RowPlan
        """

    def fit(self, X: Any, y: Any = None, *, sample_weight: Any = None, groups: Any = None) -> RowStep:
        """Plan the rows of X; the plan is kept in ``plan_``.

        Parameters
        ----------
        X : dataframe, array of shape (rows, columns), or images
        y, sample_weight, groups : array-like of shape (rows,), optional
        """
        who = type(self).__name__
        refuse_lazy(X, who)
        X = self._table(X)
        y, groups = aligned(who, "y", y, row_count(X)), aligned(who, "groups", groups, row_count(X))
        weight = weights_given(who, sample_weight, row_count(X))
        self.plan_ = self.select(X, y, sample_weight=weight, groups=groups)
        return self

    def fit_resample(self, X: Any, y: Any = None) -> tuple[Any, Any]:
        """Return the planned rows of X and y, and behind them new ones, as imbalanced-learn's samplers do.

        Raises
        ------
        ParameterError
            If the plan weighs rows, which a pair (X, y) cannot carry.
        """
        refuse_lazy(X, type(self).__name__)
        X = X if hasattr(X, "shape") else np.asarray(X)
        y = y if y is None or hasattr(y, "shape") else np.asarray(y)
        plan = self.fit(X, y).plan_
        if plan.weight is not None:
            raise ParameterError(
                f"{type(self).__name__} gives weights, which fit_resample cannot return. "
                "Wrap the estimator instead: ResampledTrainer(estimator, [step])."
            )
        indices = np.asarray(plan.indices, dtype=np.int64)
        features, labels = take(X, indices), take(y, indices)
        if plan.y is not None:
            labels = like(plan.y, labels)
        if plan.new is not None:
            features, labels = stacked(features, plan.new[0]), None if y is None else stacked(labels, plan.new[1])
        n_made = row_count(features) - len(indices)
        self.sample_indices_ = np.append(indices, np.full(n_made, -1, dtype=np.int64))
        return features, labels

    def _table(self, X: Any) -> Any:
        """Check X and learn its columns, which images have none of."""
        if getattr(X, "ndim", 2) > 2:
            return X
        if issparse(X):
            accepted = "csr" if self.__sklearn_tags__().input_tags.sparse else False
            return validate_data(self, X, accept_sparse=accepted, dtype=None, ensure_all_finite=False)
        frame = validate_frame(self, X, reset=True)
        return X if hasattr(X, "shape") else frame.to_numpy()

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        return tags
