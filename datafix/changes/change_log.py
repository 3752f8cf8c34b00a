"""The record of repairs."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
from scipy.sparse import issparse

from datafix.changes.undoing import Piece, gathered, native_dtype
from datafix.columns import as_frame, row_count, stacked, take
from datafix.errors import TableError

FIELDS = ("row", "column", "before", "after", "step", "reason", "confidence")
WEIGHT = "sample_weight"
"""The column under which reweighted rows are recorded."""


class ChangeLog:
    """A record of repairs, held by column, in the order in which they were made.

    A row is known by its integer position in the table as it came. A dropped
    row has no column, and bears its former values as a dict in ``before``.

    Parameters
    ----------
    n_rows : int, optional
        Number of rows of the table as it came, by which ``undo`` knows a table that is not the repaired one.
    table : dataframe, optional
        The table as it came. Its length, its dtypes and its pandas index are remembered, so that ``undo``
        gives them back; its values are not.

    Examples
    --------
    >>> log = ChangeLog()
    >>> log.record("SentinelCleaner", row=[1], column="city", before=["?"], after=[None])
    >>> log.to_frame()[["row", "column", "before", "step"]]
       row column before             step
    0    1   city      ?  SentinelCleaner
    >>> log.undo(pd.DataFrame({"city": ["Bern", None]}))["city"].tolist()
    ['Bern', '?']
    """

    def __init__(self, n_rows: int | None = None, *, table: Any = None) -> None:
        self.n_rows = n_rows if table is None else row_count(table)
        self._blocks: list[dict[str, Any]] = []
        self._index: pd.Index | None = getattr(table, "index", None)
        self._dtypes: dict[str, Any] = {}
        if table is not None:
            frame = as_frame(table, who="ChangeLog")
            self._dtypes = {name: native_dtype(frame[name]) for name in frame.columns}

    def __len__(self) -> int:
        return sum(len(block["row"]) for block in self._blocks)

    def __repr__(self) -> str:
        return f"ChangeLog({len(self)} changes)"

    def record(
        self,
        step: str,
        *,
        row: Any,
        column: Any,
        before: Any,
        after: Any,
        reason: Any = "",
        confidence: Any = 1.0,
    ) -> None:
        """Add changes of one step.

        Parameters
        ----------
        step : str
            Who made them.
        row : array-like of int, shape (changes,)
            Positions in the table as it came.
        column, before, after, reason, confidence : scalar or array-like of shape (changes,)
            Column None: the row was dropped. Confidence is in [0, 1].
        """
        row = np.asarray(row, dtype=np.int64)
        if not len(row):
            return
        given = {"column": column, "before": before, "after": after, "step": step, "reason": reason}
        block = {name: _objects(value, len(row)) for name, value in given.items()}
        block["row"] = row
        block["confidence"] = np.broadcast_to(np.asarray(confidence, dtype=float), row.shape).copy()
        self._blocks.append(block)

    def extend(self, other: ChangeLog, *, positions: np.ndarray | None = None) -> None:
        """Add another log's changes; its row i is row ``positions[i]`` of this log's table."""
        for block in other._blocks:
            row = block["row"] if positions is None else np.asarray(positions, dtype=np.int64)[block["row"]]
            self._blocks.append(block | {"row": row})

    def record_dropped(
        self,
        step: str,
        X: Any,
        rows: Any,
        *,
        positions: Any = None,
        reason: Any = "",
        confidence: Any = 1.0,
        content: Any = None,
    ) -> None:
        """Add rows that were dropped, with their values, so that ``undo`` can bring them back.

        Parameters
        ----------
        step : str
        X : dataframe or array of shape (rows, columns)
            The table that the step saw.
        rows : array-like of int
            Positions in X.
        positions : array-like of int, optional
            The same rows' positions in the table as it came; ``rows`` unless given.
        reason : str or array-like of str
        confidence : float or array-like of float
        content : sparse matrix or images, optional
            What the step saw where that is no table of columns; X holds what stands beside it.
        """
        rows = np.asarray(rows, dtype=np.int64)
        if not len(rows):
            return
        row = rows if positions is None else positions
        self.record(step, row=row, column=None, before=None, after=None, reason=reason, confidence=confidence)
        self._blocks[-1] |= {"table": as_frame(take(X, rows)), "content": take(content, rows)}

    def to_frame(self) -> pd.DataFrame:
        """Return one row a change: row, column, before, after, step, reason, confidence."""
        columns: dict[str, Any] = {
            name: np.concatenate([_field(block, name) for block in self._blocks]) if self._blocks else []
            for name in FIELDS
        }
        frame = pd.DataFrame({name: pd.Series(columns[name], dtype=object) for name in FIELDS})
        return frame.astype({"row": "int64", "step": "str", "reason": "str", "confidence": "float64"})

    def undo(self, frame: Any) -> Any:
        """Return the table as it was before the repairs.

        Parameters
        ----------
        frame : pandas, polars or pyarrow table, array, sparse matrix or images
            The repaired table: every row that was not dropped, once and in the original order.
            Columns of it that no change names are left as they are.

        Returns
        -------
        original : table of the same engine
            With the dropped rows back in their places. Where the log was made for a ``table``, with its dtypes
            and its pandas index; elsewhere an index is numbered anew if rows come back.

        Raises
        ------
        TableError
            If the frame has fewer rows than the changes name.

        Examples
        --------
        >>> table = pd.DataFrame({"city": ["Bern", "?"]}, index=["a", "b"])
        >>> log = ChangeLog(table=table)
        >>> log.record_dropped("DropInvalid", table, [1])
        >>> log.undo(table.head(1))
           city
        a  Bern
        b     ?
        """
        dropped = [block for block in self._blocks if "table" in block]
        self._refuse_another(row_count(frame), sum(len(block["row"]) for block in dropped))
        source = _order(row_count(frame), dropped)
        if issparse(frame) or getattr(frame, "ndim", 2) > 2:
            return _content_back(frame, dropped, source)
        table = as_frame(frame, who="ChangeLog.undo")
        cells = self._cells()
        columns = [self._undone(table[name], dropped, source, cells.get(name)) for name in table.columns]
        if not columns:
            return frame
        whole = columns[0].to_frame().with_columns(*columns[1:]).to_native()
        if isinstance(frame, np.ndarray):
            return whole.to_numpy(dtype=frame.dtype)
        return self._labelled(whole, frame) if isinstance(whole, pd.DataFrame) else whole

    def _refuse_another(self, n_given: int, n_dropped: int) -> None:
        if n_dropped and self.n_rows is not None and n_given + n_dropped != self.n_rows:
            raise TableError(
                f"ChangeLog.undo needs the repaired table, with its {self.n_rows - n_dropped} kept rows in order "
                f"({n_dropped} were dropped of {self.n_rows}), got {n_given} rows."
            )
        last = max((int(block["row"].max()) for block in self._blocks), default=-1)
        if last >= n_given + n_dropped:
            raise TableError(
                f"ChangeLog.undo needs the repaired table with every kept row: changes name row "
                f"{last}, the table has {n_given + n_dropped} rows with the dropped ones back."
            )

    def _cells(self) -> dict[str, dict[int, Any]]:
        """Return by column and row what stood in each changed cell at first."""
        first: dict[str, dict[int, Any]] = {}
        for block in self._blocks:
            if "table" not in block:
                for row, column, before in zip(block["row"], block["column"], block["before"], strict=True):
                    first.setdefault(str(column), {}).setdefault(int(row), before)
        return first

    def _undone(
        self, column: nw.Series[Any], dropped: list[dict[str, Any]], source: np.ndarray, cells: dict[int, Any] | None
    ) -> nw.Series[Any]:
        if not dropped and not cells:
            return column
        pieces: list[Piece] = [column, *(_dropped_cells(block, column.name) for block in dropped)]
        if cells:
            source = source.copy()
            source[list(cells)] = sum(map(len, pieces)) + np.arange(len(cells))
            pieces.append(list(cells.values()))
        return gathered(pieces, source, self._dtypes.get(column.name))

    def _labelled(self, whole: pd.DataFrame, frame: Any) -> pd.DataFrame:
        whole.columns = frame.columns
        if self._index is not None and len(self._index) == len(whole):
            return whole.set_axis(self._index, axis=0)
        return whole.set_axis(frame.index, axis=0) if len(frame) == len(whole) else whole.reset_index(drop=True)


def _field(block: dict[str, Any], name: str) -> np.ndarray:
    if name == "before" and "table" in block:
        table: nw.DataFrame[Any] = block["table"]
        return _objects(table.rows(named=True) if table.columns else {}, len(block["row"]))
    return block[name]


def _order(n_kept: int, dropped: list[dict[str, Any]]) -> np.ndarray:
    """Return where each row of the original stands in the kept rows with the dropped ones behind them."""
    at = np.concatenate([np.zeros(0, dtype=np.int64), *(block["row"] for block in dropped)])
    kept = np.setdiff1d(np.arange(n_kept + len(at)), at)
    return np.argsort(np.concatenate([kept, at]), kind="stable")


def _dropped_cells(block: dict[str, Any], column: str) -> Piece:
    table: nw.DataFrame[Any] = block["table"]
    if column in table.columns:
        return table[column]
    return [1.0 if column == WEIGHT else None] * len(table)


def _content_back(kept: Any, dropped: list[dict[str, Any]], source: np.ndarray) -> Any:
    for block in dropped:
        if block["content"] is None:
            raise TableError("ChangeLog.undo needs a table: the rows that were dropped are rows of one.")
        kept = stacked(kept, block["content"])
    return take(kept, source)


def _objects(value: Any, size: int) -> np.ndarray:
    out = np.empty(size, dtype=object)
    if isinstance(value, list | tuple | np.ndarray | pd.Series | pd.Index):
        out[:] = list(value)
    else:
        out[:] = [value] * size
    return out
