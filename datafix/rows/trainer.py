"""The way of row steps into every Pipeline."""

from __future__ import annotations

import warnings
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.utils import check_array, get_tags
from sklearn.utils.metadata_routing import process_routing
from sklearn.utils.metaestimators import available_if

from datafix.changes import ChangeLog
from datafix.columns import as_frame, row_count, stacked, take
from datafix.delegation import DelegatingEstimator, delegated, routing_is_on
from datafix.errors import DatafixWarning, ParameterError
from datafix.rows.aligned import aligned, as_rows, weights_given
from datafix.rows.metadata import WEIGHT, cut, takes_groups, weight_name, weights
from datafix.rows.naming import named_steps
from datafix.rows.recording import NEW_ROW, RowNames
from datafix.rows.selection import Selection, select_rows

WHO = "ResampledTrainer"


class ResampledTrainer(DelegatingEstimator):
    """Fit an estimator on the rows that row steps choose; predict and transform on all rows.

    The name is that of scikit-learn's enhancement proposal 5 (Resampler API).

    Parameters
    ----------
    estimator : classifier, regressor or transformer
        Cloned, then fitted on the selected, relabelled or reweighted rows.
    steps : list of (name, step) or of steps
        datafix's row steps, scikit-learn's outlier detectors, and imbalanced-learn's samplers. "passthrough" or None
        leaves one out. A sampler's row is an old one where its content proves it, and else a new one.
    min_kept : float, default=0.5
        Share of the rows that must be left, in [0, 1].

    Attributes
    ----------
    estimator_ : the fitted estimator
    steps_ : list of (name, fitted step)
    sample_indices_ : int64 ndarray
        Positions of the rows that were learned from; -1 for rows that are new.
    changes_ : ChangeLog
        Dropped, relabelled and reweighted rows, by position; the target stands under its name, or "target".

    Notes
    -----
    A new row has sample weight 1. Other metadata of new rows, and their groups, nobody knows: they are refused.

    With scikit-learn's metadata routing, ``set_fit_request(sample_weight=True, groups=True)`` asks for what the steps
    are to see; what the estimator is to see is asked for on it. Weights that a step gives always reach the estimator.

    A transformer learns from repeated rows once: one that cross-fits would meet a row's copy in another fold.

    Weighing a row is not the same as repeating it where a step looks at the data to choose rows.

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
        X : dataframe, array, sparse matrix of shape (rows, columns), or images
        y : array-like of shape (rows,) or (rows, outputs), optional
        sample_weight, groups : array-like of shape (rows,), optional
            Given to the steps and cut along. The weights go on to the estimator; groups go on to one that takes them.
        **params
            Other metadata of the estimator's ``fit``; what has one value a row is cut along.

        Raises
        ------
        TableError
            If too few rows are left, or lengths differ.
        ParameterError
            If rows are weighed and the estimator takes no ``sample_weight``.
        """
        chosen, given = self._chosen(X, y, sample_weight=sample_weight, groups=groups, **params)
        labels = () if chosen.y is None else (chosen.y,)
        self.estimator_ = clone(self.estimator).fit(chosen.X, *labels, **given)
        return self

    def _chosen(
        self, X: Any, y: Any, *, sample_weight: Any = None, groups: Any = None, **params: Any
    ) -> tuple[Selection, dict[str, Any]]:
        """Return the chosen rows, and what else the estimator's fit is given."""
        if isinstance(self.estimator, type):
            name = self.estimator.__name__
            raise ParameterError(f"ResampledTrainer needs an estimator, got the class {name}. Write {name}().")
        if not hasattr(self.estimator, "fit"):
            raise ParameterError(f"ResampledTrainer needs an estimator with fit, got {self.estimator!r}.")
        if not isinstance(self.min_kept, Real) or not 0 <= self.min_kept <= 1:
            raise ParameterError(f"ResampledTrainer needs 0 <= min_kept <= 1, got {self.min_kept!r}.")
        steps = named_steps(self.steps)
        if sample_weight is None and not routing_is_on():
            sample_weight = params.pop(weight_name(self.estimator) or WEIGHT, None)
        X = self._table(X, y)
        y, groups = aligned(WHO, "y", y, row_count(X)), aligned(WHO, "groups", groups, row_count(X))
        sample_weight = weights_given(WHO, sample_weight, row_count(X))
        self.changes_ = ChangeLog(table=RowNames.of(X, y).table(X, y, sample_weight))
        chosen = select_rows(
            steps,
            X,
            y,
            sample_weight=sample_weight,
            groups=groups,
            min_kept=self.min_kept,
            changes=self.changes_,
        )
        self.steps_, self.sample_indices_ = chosen.steps, chosen.indices
        distinct, _ = chosen.once()
        if hasattr(self.estimator, "transform") and not hasattr(self.estimator, "predict"):
            chosen = distinct
        elif distinct is not chosen:
            self._warn_of_copies_in_folds()
        return chosen, self._routed(row_count(X), {WEIGHT: sample_weight, "groups": groups} | params, chosen)

    def _warn_of_copies_in_folds(self) -> None:
        steps = self.estimator.steps[:-1] if isinstance(self.estimator, Pipeline) else []
        of_the_target = [name for name, step in steps if hasattr(step, "fit") and get_tags(step).target_tags.required]
        if of_the_target:
            warnings.warn(
                f"ResampledTrainer repeats rows before {of_the_target}, which learn from the target by folds: a copy "
                "of a row stands in another fold, and gives its target away. Put them before the trainer: "
                "make_pipeline(encoder, ResampledTrainer(model, steps)).",
                DatafixWarning,
                stacklevel=4,
            )

    def _table(self, X: Any, y: Any) -> Any:
        """Return a frame as it is and all else as an array or sparse matrix, before any step runs."""
        tags = get_tags(self.estimator)
        if y is None and tags.target_tags.required:
            raise ParameterError(
                f"ResampledTrainer({type(self.estimator).__name__}) requires y to be passed, but the target y is None."
            )
        if isinstance(X, pd.DataFrame):
            return X
        if hasattr(X, "columns") or hasattr(X, "column_names"):
            return as_frame(X, who="ResampledTrainer").to_native()
        if isinstance(X, list | tuple):
            X = as_rows(WHO, X)
        sparse = ("csr", "csc") if self._takes_sparse() else False
        return check_array(X, accept_sparse=sparse, dtype=None, ensure_all_finite=False, allow_nd=True)

    def _takes_sparse(self) -> bool:
        """Tell whether the estimator and all steps that have tags take sparse rows."""
        inside = [self.estimator, *(step for _, step in named_steps(self.steps) if hasattr(step, "__sklearn_tags__"))]
        return all(get_tags(each).input_tags.sparse for each in inside)

    def _routed(self, n_rows: int, params: dict[str, Any], chosen: Selection) -> dict[str, Any]:
        """Return what the estimator's fit is given beside X and y, cut to the chosen rows."""
        params = {name: value for name, value in params.items() if value is not None}
        if routing_is_on():
            params = dict(process_routing(self, "fit", **params).estimator.fit) if params else {}
        elif not takes_groups(self.estimator):
            params.pop("groups", None)
        weight = weights(params.pop(WEIGHT, None), chosen)
        given = cut(params, n_rows, chosen)
        return given if weight is None else given | {self._weight_name(): weight}

    def _weight_name(self) -> str:
        name = WEIGHT if routing_is_on() else weight_name(self.estimator)
        if name is None:
            raise ParameterError(
                f"ResampledTrainer has sample weights to pass on, but {type(self.estimator).__name__}.fit takes none. "
                'Use an estimator that does, or steps with action="drop".'
            )
        return name

    @available_if(delegated("transform"))
    def fit_transform(self, X: Any, y: Any = None, **params: Any) -> Any:
        """Fit on the chosen rows and return all: learned ones as the estimator's own ``fit_transform`` gives them.

        An estimator that cross-fits (TargetEncoder) would leak its target into the rows that it learned from, were
        they transformed instead. Rows that were not learned from are transformed.
        """
        chosen, given = self._chosen(X, y, **params)
        labels = () if chosen.y is None else (chosen.y,)
        self.estimator_ = clone(self.estimator)
        learned = self.estimator_.fit_transform(chosen.X, *labels, **given)
        return self._all_rows(self._table(X, y), learned, chosen.indices)

    def _all_rows(self, X: Any, learned: Any, indices: np.ndarray) -> Any:
        """Return the rows of X in order: the learned ones as they are, the others transformed."""
        old = np.flatnonzero(indices != NEW_ROW)
        positions, first = np.unique(indices[old], return_index=True)
        source = np.empty(row_count(X), dtype=np.int64)
        source[positions] = old[first]
        others = np.setdiff1d(np.arange(len(source)), positions)
        if len(others):
            source[others] = row_count(learned) + np.arange(len(others))
            learned = stacked(learned, self.estimator_.transform(take(X, others)))
        whole = take(learned, source)
        if isinstance(whole, pd.DataFrame):
            return whole.set_axis(X.index if isinstance(X, pd.DataFrame) else pd.RangeIndex(len(whole)), axis=0)
        return whole

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

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = self._takes_sparse()
        return tags
