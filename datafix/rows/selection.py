"""Row steps, applied one after the other, with everything cut along and on record."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
from scipy.sparse import issparse, vstack
from sklearn.base import clone, is_outlier_detector

from datafix.changes import WEIGHT, ChangeLog
from datafix.columns import as_frame, take
from datafix.errors import DatafixWarning, ParameterError, TableError
from datafix.rows.plan import RowPlan

NEW_ROW = -1
WARN_KEPT = 0.75


@dataclass(frozen=True)
class Selection:
    """The rows to learn from.

    Attributes
    ----------
    X, y, sample_weight : as given, cut, relabelled and reweighted
        ``sample_weight`` is None where nothing weighs.
    indices : int64 ndarray
        Position of each row in the table given; -1 for a row that did not exist.
    steps : list of (name, fitted step)
    """

    X: Any
    y: Any
    sample_weight: np.ndarray | None
    indices: np.ndarray
    steps: list[tuple[str, Any]]


def select_rows(
    steps: Sequence[tuple[str, Any]],
    X: Any,
    y: Any = None,
    *,
    sample_weight: Any = None,
    groups: Any = None,
    min_kept: float = 0.5,
    changes: ChangeLog | None = None,
    target_name: str = "target",
) -> Selection:
    """Apply row steps in order; each is cloned, and sees what the ones before it left.

    Raises
    ------
    TableError
        If fewer than ``min_kept`` of the rows are left; it names the step that took most.
    """
    n_rows = row_count(X)
    state = Selection(X, y, None if sample_weight is None else np.asarray(sample_weight, float), np.arange(n_rows), [])
    taken: dict[str, int] = {}
    for name, step in steps:
        if step is None or step == "passthrough":
            continue
        fresh = clone(step)
        aligned = take(groups, state.indices) if groups is not None and (state.indices >= 0).all() else None
        plan = _plan(name, fresh, state, aligned)
        plan.check(len(state.indices), name)
        if changes is not None:
            _record(changes, name, plan, state, target_name)
        distinct = len(np.unique(plan.indices))
        taken[name] = len(state.indices) - distinct
        state = _applied(plan, state, name, fresh)
    _refuse_few(n_rows, state, taken, min_kept)
    return state


def named_steps(steps: Any) -> list[tuple[str, Any]]:
    """Return steps as (name, step) pairs; bare steps bear their class's name in small letters."""
    if not isinstance(steps, list | tuple):
        raise ParameterError(f"Row steps must be a list of steps or of (name, step), got {steps!r}.")
    named: list[tuple[str, Any]] = []
    bare: dict[str, int] = {}
    for step in steps:
        if isinstance(step, tuple):
            named.append(step)
            continue
        name = type(step).__name__.lower()
        bare[name] = bare.get(name, 0) + 1
        named.append((name if bare[name] == 1 else f"{name}-{bare[name]}", step))
    names = [name for name, _ in named]
    if len(set(names)) < len(names):
        raise ParameterError(f"Row steps need names that occur once, got {names}.")
    return named


def _plan(name: str, step: Any, state: Selection, groups: Any) -> RowPlan:
    if hasattr(step, "select"):
        return step.select(state.X, state.y, sample_weight=state.sample_weight, groups=groups)
    if hasattr(step, "fit_resample"):
        step.fit_resample(state.X, state.y)
        if hasattr(step, "sample_indices_"):
            return RowPlan(np.asarray(step.sample_indices_, dtype=np.int64), reason="resampled")
        raise ParameterError(
            f"Row step {name!r} ({type(step).__name__}) makes new rows without saying from which "
            "(no sample_indices_). Use it in imbalanced-learn's Pipeline instead."
        )
    if is_outlier_detector(step):
        return RowPlan(np.flatnonzero(step.fit_predict(state.X) == 1), reason="outlier")
    raise ParameterError(
        f"Row step {name!r} must have select (datafix), fit_resample (imbalanced-learn) or be an "
        f"outlier detector (scikit-learn), got {type(step).__name__}."
    )


def _applied(plan: RowPlan, state: Selection, name: str, step: Any) -> Selection:
    indices = np.asarray(plan.indices, dtype=np.int64)
    X, y = take(state.X, indices), take(state.y, indices)
    if plan.y is not None:
        y = _like(plan.y, y)
    weight = take(state.sample_weight, indices)
    if plan.weight is not None:
        weight = np.asarray(plan.weight, float) * (1.0 if weight is None else weight)
    origin = state.indices[indices]
    if plan.new is not None:
        X_new, y_new = plan.new
        n_new = row_count(X_new)
        X, y = stacked(X, X_new), None if y is None else stacked(y, y_new)
        weight = None if weight is None else np.append(weight, np.ones(n_new))
        origin = np.append(origin, np.full(n_new, NEW_ROW))
    return Selection(X, y, weight, origin, [*state.steps, (name, step)])


def _record(changes: ChangeLog, name: str, plan: RowPlan, state: Selection, target_name: str) -> None:
    n = len(state.indices)
    reasons = np.full(n, "", dtype=object)
    if plan.reason is not None:
        reasons[:] = plan.reason
    indices = np.asarray(plan.indices, dtype=np.int64)
    gone = np.setdiff1d(np.arange(n), indices)
    gone = gone[state.indices[gone] != NEW_ROW]
    if len(gone):
        table = with_target(state.X, state.y, target_name)
        changes.record_dropped(name, table, gone, positions=state.indices[gone], reason=reasons[gone])
    if plan.y is not None and state.y is not None:
        before, after = np.asarray(take(state.y, indices)), np.asarray(plan.y)
        at = np.flatnonzero((before != after) & (state.indices[indices] != NEW_ROW))
        changes.record(
            name,
            row=state.indices[indices[at]],
            column=target_name,
            before=before[at],
            after=after[at],
            reason=reasons[indices[at]],
        )
    if plan.weight is not None:
        old = np.ones(n) if state.sample_weight is None else state.sample_weight
        weight = np.asarray(plan.weight, float)
        at = np.flatnonzero((weight != 1) & (state.indices[indices] != NEW_ROW))
        rows = indices[at]
        changes.record(
            name,
            row=state.indices[rows],
            column=WEIGHT,
            before=old[rows],
            after=old[rows] * weight[at],
            reason=reasons[rows],
        )


def with_target(X: Any, y: Any, target_name: str) -> Any:
    """Return X as a frame with its target beside it; of images and sparse rows the target alone."""
    has_columns = getattr(X, "ndim", 2) == 2 and not issparse(X)
    table = as_frame(X if has_columns else np.empty((row_count(X), 0)))
    if y is None or target_name in table.columns:
        return table
    target = nw.new_series(target_name, list(np.asarray(y)), backend=table.implementation)
    if isinstance(target.to_native(), pd.Series):
        return table.to_native().assign(**{target_name: target.to_numpy()})
    return table.with_columns(target)


def _refuse_few(n_rows: int, state: Selection, taken: dict[str, int], min_kept: float) -> None:
    kept = len(np.unique(state.indices[state.indices != NEW_ROW]))
    if kept == n_rows:
        return
    worst = max(taken, key=lambda name: taken[name])
    told = f"{kept} of {n_rows} rows are left after the row steps; {worst!r} took {taken[worst]}"
    if kept == 0 or kept < min_kept * n_rows:
        raise TableError(f"Only {told}. At least {min_kept:.0%} must be kept: look at that step, or lower min_kept.")
    if kept < WARN_KEPT * n_rows:
        warnings.warn(f"{told}.", DatafixWarning, stacklevel=4)


def row_count(X: Any) -> int:
    """Return the number of rows of anything that has rows."""
    return X.shape[0] if hasattr(X, "shape") else len(X)


def _like(values: Any, y: Any) -> Any:
    """Return the values as y is kept: a Series with its index and name, or an array."""
    if isinstance(y, pd.Series) and not isinstance(values, pd.Series):
        return pd.Series(np.asarray(values), index=y.index, name=y.name)
    return values


def stacked(old: Any, new: Any) -> Any:
    """Return the rows of one table, then those of the other, as the first one is kept."""
    if issparse(old):
        return vstack([old, new]).tocsr()
    if isinstance(old, pd.DataFrame | pd.Series):
        like = type(old)(new) if not isinstance(new, type(old)) else new
        return pd.concat([old, like], ignore_index=True)
    native = nw.from_native(old, allow_series=True, eager_only=True, pass_through=True)
    if isinstance(native, nw.DataFrame):
        return nw.concat([native, nw.from_native(new, eager_only=True)]).to_native()
    return np.concatenate([np.asarray(old), np.asarray(new)])
