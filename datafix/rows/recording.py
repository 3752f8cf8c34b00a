"""Dropped, relabelled and reweighted rows, on record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
from scipy.sparse import issparse

from datafix.changes import WEIGHT, ChangeLog
from datafix.columns import as_frame, row_count, take
from datafix.rows.plan import RowPlan

NEW_ROW = -1


@dataclass(frozen=True)
class RowNames:
    """Under which names targets and weights are on record, beside the columns of X."""

    targets: tuple[str, ...]
    weight: str

    @classmethod
    def of(cls, X: Any, y: Any, target: str | None = None) -> RowNames:
        """Name the targets as y does, or ``target``; no column of X bears the same name."""
        columns = list(as_frame(X).columns) if has_columns(X) else []
        own = target or str(getattr(y, "name", None) or "target")
        names = [own]
        if getattr(y, "ndim", len(getattr(y, "shape", (0,)))) == 2:
            named = getattr(y, "column_names", getattr(y, "columns", None))  # pyarrow's columns are the values
            names = [f"{own}_{j}" for j in range(y.shape[1])] if named is None else list(map(str, named))
        return cls(tuple(free_name(name, columns) for name in names), free_name(WEIGHT, columns))

    def table(self, X: Any, y: Any, sample_weight: np.ndarray | None) -> Any:
        """Return X as a native frame with targets and weights beside it; of images and sparse rows these alone."""
        frame = as_frame(X if has_columns(X) else np.empty((row_count(X), 0)))
        beside = {} if y is None else dict(zip(self.targets, _outputs(y), strict=True))
        if sample_weight is not None:
            beside[self.weight] = sample_weight
        native = frame.to_native()
        if isinstance(native, pd.DataFrame):
            return native.assign(**{name: _for_pandas(values) for name, values in beside.items()})
        columns = [_for_engine(name, values, frame) for name, values in beside.items()]
        return frame.with_columns(*columns).to_native()


def has_columns(X: Any) -> bool:
    """Tell whether X is a table, rather than images or a sparse matrix."""
    return not issparse(X) and (hasattr(X, "columns") or hasattr(X, "column_names") or X.ndim == 2)


def free_name(name: str, columns: list[str]) -> str:
    """Return a name that no column bears."""
    while name in columns:
        name = f"{name} (row)"
    return name


def record_plan(
    changes: ChangeLog,
    step: str,
    plan: RowPlan,
    names: RowNames,
    *,
    X: Any,
    y: Any,
    sample_weight: np.ndarray | None,
    origin: np.ndarray,
) -> None:
    """Record what a plan does to the rows X that it was made for.

    Parameters
    ----------
    origin : int64 ndarray of shape (rows of X,)
        Their positions in the table as it came; -1 for rows that are new, which are no repair of any row.
    """
    n = len(origin)
    reasons = np.full(n, "", dtype=object)
    if plan.reason is not None:
        reasons[:] = plan.reason
    sure = np.ones(n) if plan.confidence is None else np.asarray(plan.confidence, dtype=float)
    indices = np.asarray(plan.indices, dtype=np.int64)
    gone = np.setdiff1d(np.arange(n), indices)
    gone = gone[(origin[gone] != NEW_ROW) & ~np.isin(origin[gone], origin[indices])]
    gone = gone[np.sort(np.unique(origin[gone], return_index=True)[1])]  # a row that was repeated goes once
    if len(gone):
        content = None if has_columns(X) else take(X, gone)
        changes.record_dropped(
            step,
            names.table(take(X, gone), take(y, gone), take(sample_weight, gone)),
            np.arange(len(gone)),
            positions=origin[gone],
            reason=reasons[gone],
            confidence=sure[gone],
            content=content,
        )
    old_rows = np.flatnonzero(origin[indices] != NEW_ROW)
    if plan.y is not None and y is not None:
        pairs = zip(names.targets, _outputs(take(y, indices)), _outputs(plan.y), strict=True)
        for name, before, after in pairs:
            _record_cells(changes, step, name, before, after, old_rows, indices, origin, reasons, sure)
    if plan.weight is not None:
        before = np.ones(len(indices)) if sample_weight is None else sample_weight[indices]
        after = before * np.asarray(plan.weight, dtype=float)
        _record_cells(changes, step, names.weight, before, after, old_rows, indices, origin, reasons, sure)


def _record_cells(
    changes: ChangeLog,
    step: str,
    column: str,
    before: Any,
    after: Any,
    old_rows: np.ndarray,
    indices: np.ndarray,
    origin: np.ndarray,
    reasons: np.ndarray,
    sure: np.ndarray,
) -> None:
    before, after = _values(before), _values(after)
    at = old_rows[_differ(before, after)[old_rows]]
    rows = indices[at]
    told = {"before": before[at], "after": after[at], "reason": reasons[rows], "confidence": sure[rows]}
    changes.record(step, row=origin[rows], column=column, **told)


def _differ(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    missing = pd.isna(before), pd.isna(after)
    known = ~(missing[0] | missing[1])
    differ = missing[0] != missing[1]
    differ[known] = before[known] != after[known]
    return differ


def _outputs(y: Any) -> list[Any]:
    """Return the columns of a target, which mostly has one."""
    if issparse(y):
        y = y.toarray()
    if hasattr(y, "columns") or hasattr(y, "column_names"):
        frame = as_frame(y)
        return [frame[name].to_native() for name in frame.columns]
    return [y[:, j] for j in range(y.shape[1])] if getattr(y, "ndim", 1) == 2 else [y]


def _values(values: Any) -> np.ndarray:
    """Return the values one by one, as they are."""
    native = nw.from_native(values, allow_series=True, eager_only=True, pass_through=True)
    listed = native.to_list() if isinstance(native, nw.Series) else list(values)
    out = np.empty(len(listed), dtype=object)
    out[:] = listed
    return out


def _for_pandas(values: Any) -> Any:
    return values.array if isinstance(values, pd.Series) else np.asarray(values)


def _for_engine(name: str, values: Any, frame: nw.DataFrame[Any]) -> nw.Series[Any]:
    native = nw.from_native(values, allow_series=True, eager_only=True, pass_through=True)
    if isinstance(native, nw.Series) and native.implementation == frame.implementation:
        return native.alias(name)
    return nw.new_series(name, _values(values).tolist(), backend=frame.implementation)
