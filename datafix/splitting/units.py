"""What is said of every row, and the rows that stay together for it."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
from scipy import sparse

from datafix.columns import as_frame, factorize
from datafix.errors import TableError
from datafix.fingerprint import row_hashes
from datafix.near_duplicates import near_duplicates
from datafix.task import as_target


def in_memory(X: Any) -> Any:
    """Return a table that can be split: lists as arrays."""
    if isinstance(X, list | tuple):
        try:
            X = np.asarray(X)
        except ValueError as error:
            raise TableError(f"split needs rows of one length, got a ragged {type(X).__name__}.") from error
    if np.shape(X) == ():
        raise TableError(
            f"split needs a table: a pandas, polars or pyarrow frame, an array, a sparse matrix or images; "
            f"got {type(X).__name__}."
        )
    return X


def series_of(role: str, given: Any, X: Any, n_rows: int, *, who: str = "split") -> nw.Series[Any]:
    """Return one value a row, given as the name of a column of X or as an array.

    Raises
    ------
    TableError
        If X has no such column, or lengths differ.
    """
    if isinstance(given, str):
        columns = as_frame(X, who=who).columns if getattr(X, "ndim", 2) == 2 and not sparse.issparse(X) else []
        if given not in columns:
            raise TableError(f"{who} has no column {role}={given!r}. The table has {columns[:12]}.")
        return as_frame(X, who=who)[given]
    series = as_target(given, who=role)
    if len(series) != n_rows:
        raise TableError(f"{who} needs one value of {role} a row: {n_rows} rows, got {len(series)} values.")
    return series


def codes_of(series: nw.Series[Any]) -> np.ndarray:
    """Return classes or groups as codes; a missing one is a group of its own."""
    codes, uniques = factorize(series)
    missing = np.flatnonzero(codes < 0)
    codes[missing] = len(uniques) + np.arange(len(missing))
    return codes


def units_of(X: Any, n_rows: int, groups: np.ndarray | None, duplicates: str) -> np.ndarray:
    """Return, for every row, the number of the unit that stays together: its group, its copies, and theirs."""
    keys = [] if groups is None else [groups]
    if duplicates == "together":
        keys.append(np.unique(row_hashes(X), return_inverse=True)[1])
    elif duplicates == "near":
        keys.append(near_duplicates(X))
    if not keys:
        return np.arange(n_rows)
    if len(keys) == 1:
        return np.unique(keys[0], return_inverse=True)[1]
    # Every row ties its group to its content; what hangs together is one unit.
    n_groups = keys[0].max() + 1
    size = n_groups + keys[1].max() + 1
    ties = sparse.coo_array((np.ones(n_rows), (keys[0], n_groups + keys[1])), shape=(size, size))
    component = sparse.csgraph.connected_components(ties, directed=False)[1]
    return np.unique(component[keys[0]], return_inverse=True)[1]
