"""The way of row steps into every Pipeline."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn import get_config
from sklearn.base import BaseEstimator, MetaEstimatorMixin, clone
from sklearn.pipeline import Pipeline
from sklearn.utils import check_array, get_tags, indexable
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted, has_fit_parameter

from datafix.changes import ChangeLog
from datafix.columns import take
from datafix.errors import ParameterError
from datafix.rows.selection import NEW_ROW, Selection, named_steps, row_count, select_rows, stacked


def _delegated(method: str) -> Callable[[Any], bool]:
    def has_method(trainer: ResampledTrainer) -> bool:
        getattr(getattr(trainer, "estimator_", trainer.estimator), method)
        return True

    return has_method


class ResampledTrainer(MetaEstimatorMixin, BaseEstimator):
    """Fit an estimator on the rows that row steps choose; predict and transform on all rows.

    The name is that of scikit-learn's enhancement proposal 5 (Resampler API).

    Parameters
    ----------
    estimator : classifier, regressor or transformer
        Cloned, then fitted on the selected, relabelled or reweighted rows.
    steps : list of (name, step) or of steps
        datafix's row steps, scikit-learn's outlier detectors, and imbalanced-learn's
        samplers that give ``sample_indices_``. "passthrough" leaves one out.
    min_kept : float, default=0.5
        Share of the rows that must be left, in [0, 1].

    Attributes
    ----------
    estimator_ : the fitted estimator
    steps_ : list of (name, fitted step)
    sample_indices_ : int64 ndarray
        Positions of the rows that were learned from; -1 for rows that are new.
    changes_ : ChangeLog
        Dropped, relabelled and reweighted rows, by position.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> from datafix.resample import DropDuplicates
    >>> X, y = [[0.0], [0.0], [1.0], [2.0]], [0.0, 0.0, 1.0, 2.0]
    >>> trainer = ResampledTrainer(LinearRegression(), [DropDuplicates()]).fit(X, y)
    >>> trainer.sample_indices_
    array([0, 2, 3])
    >>> len(trainer.predict(X))
    4
    """

    def __init__(self, estimator: Any, steps: Any, *, min_kept: float = 0.5) -> None:
        self.estimator = estimator
        self.steps = steps
        self.min_kept = min_kept

    def fit(
        self, X: Any, y: Any = None, *, sample_weight: Any = None, groups: Any = None, **params: Any
    ) -> ResampledTrainer:
        """Choose the rows, then fit a clone of the estimator on them.

        Parameters
        ----------
        X : dataframe, array or sparse matrix of shape (rows, columns)
        y : array-like of shape (rows,), optional
        sample_weight, groups : array-like of shape (rows,), optional
            Given to the steps and cut along; the weights go on to the estimator.
        **params
            Other metadata of the estimator's ``fit``; what has one value a row is cut along.

        Raises
        ------
        TableError
            If too few rows are left.
        ParameterError
            If rows are weighed and the estimator takes no ``sample_weight``.
        """
        chosen, given = self._chosen(X, y, sample_weight=sample_weight, groups=groups, **params)
        labels = () if chosen.y is None else (chosen.y,)
        self.estimator_ = clone(self.estimator).fit(chosen.X, *labels, **given)
        return self

    def _chosen(
        self, X: Any, y: Any = None, *, sample_weight: Any = None, groups: Any = None, **params: Any
    ) -> tuple[Selection, dict[str, Any]]:
        """Return the chosen rows, and what else the estimator's fit is given."""
        if not 0 <= self.min_kept <= 1:
            raise ParameterError(f"ResampledTrainer needs 0 <= min_kept <= 1, got {self.min_kept!r}.")
        X, y, sample_weight, groups = self._validated(X, y, sample_weight, groups)
        self.changes_ = ChangeLog()
        chosen = select_rows(
            named_steps(self.steps),
            X,
            y,
            sample_weight=sample_weight,
            groups=groups,
            min_kept=self.min_kept,
            changes=self.changes_,
        )
        self.steps_, self.sample_indices_ = chosen.steps, chosen.indices
        return chosen, self._routed(X, sample_weight, groups, params, chosen)

    def _validated(self, X: Any, *aligned: Any) -> list[Any]:
        """Return frames and series as they are and all else as arrays, before any step runs."""
        indexable(X, *aligned)
        if aligned[0] is None and get_tags(self.estimator).target_tags.required:
            raise ParameterError(
                f"ResampledTrainer({type(self.estimator).__name__}) requires y to be passed, but the target y is None."
            )
        if not (hasattr(X, "columns") or hasattr(X, "column_names")):
            sparse = get_tags(self.estimator).input_tags.sparse
            X = check_array(X, accept_sparse=sparse, dtype=None, ensure_all_finite=False, allow_nd=True)
        return [X, *(value if value is None or hasattr(value, "dtype") else np.asarray(value) for value in aligned)]

    def _routed(
        self, X: Any, sample_weight: Any, groups: Any, params: dict[str, Any], chosen: Selection
    ) -> dict[str, Any]:
        """Return what the estimator's fit is given beside X and y, cut to the chosen rows."""
        if get_config()["enable_metadata_routing"]:
            named = {"sample_weight": sample_weight, "groups": groups} | params
            known = {name: value for name, value in named.items() if value is not None}
            params = dict(process_routing(self, "fit", **known).estimator.fit) if known else {}
            params.pop("sample_weight", None)
        n_rows = X.shape[0]
        given = {name: self._cut(value, n_rows, chosen) for name, value in params.items()}
        if chosen.sample_weight is not None:
            given[self._weight_name()] = chosen.sample_weight
        return given

    def _cut(self, value: Any, n_rows: int, chosen: Selection) -> Any:
        one_a_row = hasattr(value, "__len__") and not isinstance(value, str | dict) and len(value) == n_rows
        if not one_a_row:
            return value
        if (chosen.indices == NEW_ROW).any():
            raise ParameterError("ResampledTrainer cannot cut metadata for rows that are new.")
        return take(value, chosen.indices)

    def _weight_name(self) -> str:
        if has_fit_parameter(self.estimator, "sample_weight"):
            return "sample_weight"
        if isinstance(self.estimator, Pipeline) and not get_config()["enable_metadata_routing"]:
            name, last = self.estimator.steps[-1]
            if has_fit_parameter(last, "sample_weight"):
                return f"{name}__sample_weight"
        raise ParameterError(
            f"ResampledTrainer has sample weights to pass on, but {type(self.estimator).__name__}.fit takes none. "
            'Use an estimator that does, or steps with action="drop".'
        )

    @available_if(_delegated("transform"))
    def fit_transform(self, X: Any, y: Any = None, **params: Any) -> Any:
        """Fit on the chosen rows and return all: learned ones as the estimator's own ``fit_transform`` gives them.

        An estimator that cross-fits (TargetEncoder) would leak its target into the rows that it learned from, were
        they transformed instead. Rows that were not learned from are transformed.
        """
        chosen, given = self._chosen(X, y, **params)
        labels = () if chosen.y is None else (chosen.y,)
        self.estimator_ = clone(self.estimator)
        learned = self.estimator_.fit_transform(chosen.X, *labels, **given)
        X = X if hasattr(X, "shape") or hasattr(X, "columns") else np.asarray(X)
        old = np.flatnonzero(chosen.indices != NEW_ROW)
        positions, first = np.unique(chosen.indices[old], return_index=True)
        source = np.empty(row_count(X), dtype=np.int64)
        source[positions] = old[first]
        others = np.setdiff1d(np.arange(len(source)), positions)
        if not len(others):
            return take(learned, source)
        source[others] = row_count(learned) + np.arange(len(others))
        return take(stacked(learned, self.estimator_.transform(take(X, others))), source)

    @available_if(_delegated("transform"))
    def transform(self, X: Any) -> Any:
        """Transform all rows of X with the fitted estimator."""
        check_is_fitted(self)
        return self.estimator_.transform(X)

    @available_if(_delegated("inverse_transform"))
    def inverse_transform(self, X: Any) -> Any:
        """Undo ``transform`` with the fitted estimator."""
        check_is_fitted(self)
        return self.estimator_.inverse_transform(X)

    @available_if(_delegated("get_feature_names_out"))
    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Names of the transformed columns."""
        check_is_fitted(self)
        return self.estimator_.get_feature_names_out(input_features)

    @available_if(_delegated("predict"))
    def predict(self, X: Any, **params: Any) -> Any:
        """Predict all rows of X with the fitted estimator."""
        check_is_fitted(self)
        return self.estimator_.predict(X, **params)

    @available_if(_delegated("predict_proba"))
    def predict_proba(self, X: Any, **params: Any) -> Any:
        """Class probabilities of all rows of X, of shape (rows, classes)."""
        check_is_fitted(self)
        return self.estimator_.predict_proba(X, **params)

    @available_if(_delegated("predict_log_proba"))
    def predict_log_proba(self, X: Any, **params: Any) -> Any:
        """Logarithms of the class probabilities."""
        check_is_fitted(self)
        return self.estimator_.predict_log_proba(X, **params)

    @available_if(_delegated("decision_function"))
    def decision_function(self, X: Any, **params: Any) -> Any:
        """Decision values of all rows of X."""
        check_is_fitted(self)
        return self.estimator_.decision_function(X, **params)

    @available_if(_delegated("score_samples"))
    def score_samples(self, X: Any) -> Any:
        """Scores of all rows of X."""
        check_is_fitted(self)
        return self.estimator_.score_samples(X)

    @available_if(_delegated("score"))
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

    def set_output(self, *, transform: str | None = None) -> ResampledTrainer:
        """Set the container of ``transform``, as scikit-learn's transformers do."""
        for estimator in (self.estimator, getattr(self, "estimator_", None)):
            if estimator is not None:
                estimator.set_output(transform=transform)
        return self

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: FBT002 - as scikit-learn has it
        """Return the parameters; the steps' stand under ``<name>`` and ``<name>__<parameter>``."""
        params = super().get_params(deep=deep)
        listed = deep and isinstance(self.steps, list | tuple)
        for name, step in named_steps(self.steps) if listed else []:
            params[name] = step
            if hasattr(step, "get_params"):
                params |= {f"{name}__{key}": value for key, value in step.get_params().items()}
        return params

    def set_params(self, **params: Any) -> ResampledTrainer:
        """Set parameters, the steps' under ``<name>`` and ``<name>__<parameter>``."""
        own: dict[str, Any] = {}
        if "steps" in params:
            self.steps = params.pop("steps")
        steps = dict(named_steps(self.steps)) if isinstance(self.steps, list | tuple) else {}
        for key in sorted(params, key=lambda key: "__" in key):  # whole steps before their parameters
            name, _, parameter = key.partition("__")
            if name not in steps:
                own[key] = params[key]
            elif parameter:
                steps[name].set_params(**{parameter: params[key]})
            else:
                steps[name] = params[key]
                self.steps = list(steps.items())
        super().set_params(**own)
        return self

    def get_metadata_routing(self) -> MetadataRouter:
        """Return how metadata go to the estimator, for scikit-learn's routing."""
        mapping = MethodMapping()
        for method in ("fit", "score", "predict", "predict_proba", "decision_function"):
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
        return tags

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "estimator_")
