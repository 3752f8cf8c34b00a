"""Row steps, applied one after the other, with everything cut along and on record."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone

from datafix.changes import ChangeLog
from datafix.columns import row_count, stacked, take
from datafix.errors import DatafixWarning, ParameterError, TableError
from datafix.rows.aligned import like
from datafix.rows.plan import RowPlan
from datafix.rows.planning import plan_of
from datafix.rows.recording import NEW_ROW, RowNames, record_plan

WARN_KEPT = 0.75


@dataclass(frozen=True)
class Selection:
    """The rows to learn from.

    Attributes
    ----------
    X, y, sample_weight : as given, cut, relabelled and reweighted
        ``sample_weight`` is None where nothing weighs; of new rows it is 1.
    factor : float ndarray or None
        By what the steps multiplied the weights; None where none did.
    indices : int64 ndarray
        Position of each row in the table given; -1 for a row that did not exist.
    steps : list of (name, fitted step)
    """

    X: Any
    y: Any
    sample_weight: np.ndarray | None
    factor: np.ndarray | None
    indices: np.ndarray
    steps: list[tuple[str, Any]]

    @property
    def has_new_rows(self) -> bool:
        """Whether a step made rows that did not exist."""
        return bool((self.indices == NEW_ROW).any())

    def once(self) -> tuple[Selection, np.ndarray]:
        """Return the rows without repetitions, and for each row the place of its own among them.

        A step that cross-fits would meet a copy of a row in another fold, and with it the row's own target.
        """
        n = len(self.indices)
        origin = np.where(self.indices == NEW_ROW, -1 - np.arange(n), self.indices)
        labels = np.asarray(self.y) if self.y is not None and np.ndim(self.y) == 1 else np.zeros(n)
        rows = pd.DataFrame({"origin": origin, "label": pd.factorize(labels)[0]})
        place = rows.groupby(["origin", "label"], sort=False).ngroup().to_numpy()
        first = np.unique(place, return_index=True)[1]
        if len(first) == n:
            return self, np.arange(n)
        X, y, weight, factor = (take(values, first) for values in (self.X, self.y, self.sample_weight, self.factor))
        return Selection(X, y, weight, factor, self.indices[first], self.steps), place


def select_rows(
    steps: Sequence[tuple[str, Any]],
    X: Any,
    y: Any = None,
    *,
    sample_weight: Any = None,
    groups: Any = None,
    min_kept: float = 0.5,
    changes: ChangeLog | None = None,
    target_name: str | None = None,
) -> Selection:
    """Apply row steps in order; each is cloned, and sees what the ones before it left.

    Raises
    ------
    TableError
        If fewer than ``min_kept`` of the rows are left; it names the step that took most.
    ParameterError
        If a step plans what cannot be, or needs the groups of rows that are new.
    """
    n_rows = row_count(X)
    weight = None if sample_weight is None else np.asarray(sample_weight, dtype=float)
    state = Selection(X, y, weight, None, np.arange(n_rows), [])
    names = RowNames.of(X, y, target_name)
    taken: dict[str, int] = {}
    for name, step in steps:
        if step is None or (isinstance(step, str) and step == "passthrough"):
            continue
        if not hasattr(step, "get_params"):
            raise ParameterError(
                f"Row step {name!r} must be an estimator that can be cloned (get_params), 'passthrough' or None, "
                f"got {step!r}."
            )
        fresh = clone(step)
        aligned = _groups(name, fresh, groups, state)
        plan = plan_of(name, fresh, state.X, state.y, sample_weight=state.sample_weight, groups=aligned)
        plan.check(len(state.indices), name)
        if changes is not None:
            now = {"X": state.X, "y": state.y, "sample_weight": state.sample_weight, "origin": state.indices}
            record_plan(changes, name, plan, names, **now)
        before = _n_kept(state)
        state = _applied(plan, state, name, fresh)
        taken[name] = before - _n_kept(state)
    _refuse_few(n_rows, state, taken, min_kept)
    return state


def _groups(name: str, step: Any, groups: Any, state: Selection) -> Any:
    """Return the groups of the rows that are left, for a step that is given them."""
    if groups is None or not hasattr(step, "select"):
        return None
    if state.has_new_rows:
        raise ParameterError(
            f"Row step {name!r} is given groups, and nobody knows those of the rows that a step before it made. "
            f"Put {name!r} before the steps that make rows, or give no groups."
        )
    return take(groups, state.indices)


def _applied(plan: RowPlan, state: Selection, name: str, step: Any) -> Selection:
    indices = np.asarray(plan.indices, dtype=np.int64)
    X, y = take(state.X, indices), take(state.y, indices)
    if plan.y is not None:
        y = like(plan.y, y)
    weight, factor = (_multiplied(take(old, indices), plan.weight) for old in (state.sample_weight, state.factor))
    origin = state.indices[indices]
    if plan.new is not None:
        X_new, y_new = plan.new
        if y is not None and y_new is None:
            raise ParameterError(f"Row step {name!r} must plan a target for each new row, got none.")
        X, y = stacked(X, X_new), None if y is None else stacked(y, y_new)
        ones = np.ones(row_count(X_new))
        weight, factor = (None if old is None else np.append(old, ones) for old in (weight, factor))
        origin = np.append(origin, np.full(len(ones), NEW_ROW))
    return Selection(X, y, weight, factor, origin, [*state.steps, (name, step)])


def _multiplied(old: np.ndarray | None, weight: Any) -> np.ndarray | None:
    if weight is None:
        return old
    return np.asarray(weight, dtype=float) * (1.0 if old is None else old)


def _n_kept(state: Selection) -> int:
    return len(np.unique(state.indices[state.indices != NEW_ROW]))


def _refuse_few(n_rows: int, state: Selection, taken: dict[str, int], min_kept: float) -> None:
    kept = _n_kept(state)
    if kept == n_rows:
        return
    worst = max(taken, key=lambda name: taken[name])
    told = f"{kept} of {n_rows} rows are left after the row steps; {worst!r} took {taken[worst]}"
    if kept == 0 or kept < min_kept * n_rows:
        raise TableError(f"Only {told}. At least {min_kept:.0%} must be kept: look at that step, or lower min_kept.")
    if kept < WARN_KEPT * n_rows:
        warnings.warn(f"{told}.", DatafixWarning, stacklevel=4)
