"""Which of a sampler's rows were there before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import issparse

from datafix.columns import as_frame, row_count, take
from datafix.errors import ParameterError
from datafix.fingerprint import row_hashes
from datafix.rows.plan import RowPlan
from datafix.task import as_target

_ODD = np.uint64(0x9E3779B97F4A7C15)


def resampled_plan(name: str, sampler: Any, X: Any, y: Any) -> RowPlan:
    """Run a sampler of imbalanced-learn's kind, and say what it did as a plan.

    A row that it gives back is an old one only where its features and its target are those of the old one, and
    where it is certain which: by ``sample_indices_`` of the sampler or of a sampler inside it (SMOTETomek, SMOTEENN),
    by its place where all old rows stand first (SMOTE, ADASYN), or by a content that tells it from all others. Each
    other row is a new one.

    Parameters
    ----------
    name : str
        Of the step, for errors.
    sampler : object with ``fit_resample(X, y)``
    X : dataframe, array, sparse matrix or images
    y : array-like of shape (rows,) or (rows, outputs), or None
    """
    X, y = _as_sampler_takes(X), _as_sampler_takes(y)
    X_out, y_out = sampler.fit_resample(X, y)
    given, out = _content(name, X, y, X), _content(name, X_out, y_out, X)
    origin = _origin(sampler, given, out)
    new = np.flatnonzero(origin < 0)
    rows = (take(X_out, new), take(y_out, new)) if len(new) else None
    return RowPlan(origin[origin >= 0], reason="resampled", new=rows)


def _as_sampler_takes(values: Any) -> Any:
    """Samplers know pandas and arrays."""
    if values is None or issparse(values) or isinstance(values, pd.DataFrame | pd.Series | np.ndarray):
        return values
    if hasattr(values, "columns") or hasattr(values, "column_names"):
        return as_frame(values).to_pandas()
    return np.asarray(values)


def _content(name: str, X: Any, y: Any, given: Any) -> np.ndarray:
    """Hash every row with its target."""
    if X.shape[1:] != given.shape[1:]:
        raise ParameterError(f"Row step {name!r} must keep the columns, of shape {given.shape[1:]}, got {X.shape[1:]}.")
    if isinstance(given, pd.DataFrame) and not isinstance(X, pd.DataFrame):
        X = pd.DataFrame(X, columns=given.columns)
    elif isinstance(X, pd.DataFrame) and not isinstance(given, pd.DataFrame):
        X = X.to_numpy()
    hashes = row_hashes(X)
    if y is None:
        return hashes
    if row_count(y) != len(hashes):
        raise ParameterError(f"Row step {name!r} must give one target a row, got {len(hashes)} and {row_count(y)}.")
    targets = np.asarray(y) if getattr(y, "ndim", 1) == 2 else as_target(y).alias("target").to_frame()
    return hashes * _ODD + row_hashes(targets)


def _origin(sampler: Any, given: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Return the position of each row before, -1 for a new one."""
    told = getattr(sampler, "sample_indices_", None)
    if told is not None and len(told) == len(out):
        return _verified(np.asarray(told), given, out)
    for candidate in _candidates(sampler, len(given), len(out)):
        origin = _verified(candidate, given, out)
        if ((origin >= 0) == (candidate < len(given))).all():
            return origin
    return _by_content(given, out)


def _verified(told: np.ndarray, given: np.ndarray, out: np.ndarray) -> np.ndarray:
    old = told < len(given)
    same = given[np.where(old, told, 0)] == out
    return np.where(old & same, told, -1).astype(np.int64)


def _candidates(sampler: Any, n_given: int, n_out: int) -> Iterator[np.ndarray]:
    for inner in vars(sampler).values():
        told = getattr(inner, "sample_indices_", None)
        if told is not None and len(told) == n_out:
            yield np.asarray(told)
    if n_out >= n_given:
        yield np.arange(n_out)


def _by_content(given: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Pair equal rows in order, but where fewer copies came out than went in: nobody knows which of them."""
    before, after = pd.Series(given), pd.Series(out)
    keys = pd.DataFrame({"hash": out, "copy": after.groupby(after).cumcount()})
    known = pd.DataFrame(
        {"hash": given, "copy": before.groupby(before).cumcount(), "position": np.arange(len(given))},
    )
    enough = after.map(after.value_counts()) >= after.map(before.value_counts())
    paired = keys.merge(known, on=["hash", "copy"], how="left")["position"]
    return paired.where(enough.to_numpy(), np.nan).fillna(-1).to_numpy(np.int64)
