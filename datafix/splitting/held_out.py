"""Held-out rows, recognised by their ids and by their content."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
from scipy.sparse import issparse

from datafix.columns import as_frame
from datafix.errors import TableError
from datafix.fingerprint import hash_summands, hashes_of_summands, row_hashes
from datafix.task import as_target

Columns = tuple[str, ...]
ALL: Columns = ("all columns",)
BY_POSITION: Columns = ("columns by position",)


class HeldOut:
    """Knows which rows of a table may not be learned from.

    By id, where ids are given and to be seen. By content to float32 precision, where the content stands once in
    the whole table: what training rows hold too, or several rows share, proves nothing. Tables with fewer columns
    are compared by those that are left, arrays by the position of their columns.

    Parameters
    ----------
    X : dataframe, array, sparse matrix or images
        The whole table.
    train : int64 ndarray
        Positions that may be learned from.
    ids : str or array-like of shape (rows,), optional
        A column of X, or the values by which the index of pandas frames names the rows.

    Raises
    ------
    TableError
        If the table is not the one that was split, or an id is held out and in train.

    Examples
    --------
    >>> HeldOut(np.arange(10.0).reshape(-1, 1), np.arange(8)).among([[0.0], [9.0]])
    array([False,  True])
    """

    def __init__(self, X: Any, train: np.ndarray, *, ids: Any = None) -> None:
        n_rows = X.shape[0] if hasattr(X, "shape") else len(X)
        if len(train) and train.max() >= n_rows:
            raise TableError(
                f"Split.guard was given a table of {n_rows} rows, and the split names row {train.max()}. "
                "Give the table that was split."
            )
        self._is_frame = not (issparse(X) or getattr(X, "ndim", 2) > 2)
        self._table: Any = as_frame(X, who="Split.guard") if self._is_frame else X
        self._columns: Columns = tuple(self._table.columns) if self._is_frame else ()
        self._row_shape = tuple(X.shape[1:]) if not self._is_frame else (len(self._columns),)
        self._in_train = np.isin(np.arange(n_rows), train)
        self._hashes: dict[Columns, np.ndarray] = {ALL: self._rare(ALL)}
        self._spilled: Path | None = None
        self._id_name = ids if isinstance(ids, str) else None
        self._ids = None if ids is None else self._parted_ids(ids, X, n_rows)

    def among(self, X: Any) -> np.ndarray:
        """Tell which rows of X are held out, bool of shape (rows,)."""
        by_content = self._by_content(X)
        given = None if self._ids is None else _ids_of(X, self._id_name)
        if given is None or self._ids is None:
            return by_content
        allowed, refused = self._ids
        return given.isin(refused).to_numpy() | (by_content & ~given.isin(allowed).to_numpy())

    def _by_content(self, X: Any) -> np.ndarray:
        if issparse(X) or getattr(X, "ndim", 2) > 2:
            columns = BY_POSITION if self._is_frame else ALL
            same = tuple(X.shape[1:]) == self._row_shape
            return self._seen(X, columns) if same else np.zeros(X.shape[0], dtype=bool)
        frame = as_frame(X, who="Guard")
        left = tuple(name for name in self._columns if name in frame.columns)
        if left:
            return self._seen(frame.select(left), ALL if left == self._columns else left)
        if (len(frame.columns),) == self._row_shape:
            return self._seen(_by_position(frame), BY_POSITION if self._is_frame else ALL)
        return np.zeros(len(frame), dtype=bool)

    def _seen(self, X: Any, columns: Columns) -> np.ndarray:
        if columns not in self._hashes:
            self._hashes[columns] = self._rare(columns)
        return pd.Series(row_hashes(X, precision="float32")).isin(self._hashes[columns]).to_numpy()

    def _rare(self, columns: Columns) -> np.ndarray:
        """Return the hashes of held-out rows whose content, in these columns, stands once in the table."""
        if self._table is None:
            return self._rare_elsewhere(columns)
        X = self._table
        if self._is_frame and columns == BY_POSITION:
            X = _by_position(X)
        elif self._is_frame and columns != ALL:
            X = X.select(columns)
        return self._rare_of(row_hashes(X, precision="float32"))

    def _rare_of(self, hashes: np.ndarray) -> np.ndarray:
        once = ~pd.Series(hashes).duplicated(keep=False).to_numpy()
        return hashes[once & ~self._in_train]

    def _rare_elsewhere(self, columns: Columns) -> np.ndarray:
        """Return the same in another process, which reads what each column adds to the hashes."""
        if self._spilled is None or not self._spilled.is_file():
            return np.zeros(0, dtype=np.uint64)
        summands = np.load(self._spilled, mmap_mode="r")
        chosen = (summands[self._columns.index(name)] for name in columns)
        return self._rare_of(hashes_of_summands(chosen, summands.shape[1]))

    def spill(self, folder: Path) -> None:
        """Write what each column adds to the hashes (8 bytes a cell), once, for other processes to read."""
        if not self._is_frame or self._table is None or self._spilled is not None:
            return
        path = folder / "summands.npy"
        shape = (len(self._columns), len(self._in_train))
        summands = np.lib.format.open_memmap(path, mode="w+", dtype=np.uint64, shape=shape)
        for j, summand in enumerate(hash_summands(self._table, precision="float32")):
            summands[j] = summand
        summands.flush()
        self._spilled = path

    def forget_spilled(self) -> None:
        """Forget the file, which goes with its folder."""
        self._spilled = None

    def _parted_ids(self, ids: Any, X: Any, n_rows: int) -> tuple[pd.Series, pd.Series]:
        """Return the ids that may be learned from, and those that may not."""
        given = _ids_of(X, ids) if isinstance(ids, str) else pd.Series(as_target(ids, who="ids").to_list())
        if given is None:
            raise TableError(f"Split.guard has no column ids={ids!r}. The table has {list(self._columns)[:12]}.")
        if len(given) != n_rows or given.isna().any():
            raise TableError(
                f"Split.guard needs one id a row, none missing: {n_rows} rows, got {int(given.notna().sum())} ids."
            )
        allowed, refused = given[self._in_train], given[~self._in_train]
        crossing = refused[refused.isin(allowed).to_numpy()]
        if len(crossing):
            raise TableError(
                f"{crossing.nunique()} id(s) are held out and in train, such as {crossing.iloc[0]!r}: they do not "
                "name rows. Split by them (datafix.split(X, groups=...)), or leave ids out."
            )
        return allowed, refused

    def __getstate__(self) -> dict[str, Any]:
        """Leave the table behind: other processes get hashes."""
        if self._is_frame:
            self._hashes.setdefault(BY_POSITION, self._rare(BY_POSITION))
        return self.__dict__ | {"_table": None}


def _ids_of(X: Any, name: str | None) -> pd.Series | None:
    """Return the ids that X bears: a column of it, or the index of a pandas frame."""
    if name is None:
        return pd.Series(list(X.index)) if isinstance(X, pd.DataFrame) else None
    frame = None if issparse(X) or getattr(X, "ndim", 2) > 2 else as_frame(X, who="Guard")
    return pd.Series(frame[name].to_list()) if frame is not None and name in frame.columns else None


def _by_position(frame: nw.DataFrame[Any]) -> nw.DataFrame[Any]:
    return frame.rename({name: f"x{j}" for j, name in enumerate(frame.columns)})
