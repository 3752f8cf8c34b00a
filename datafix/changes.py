"""What was repaired: where, from what to what, by whom and how sure. Reversible."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from datafix.columns import as_frame
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

    def __init__(self, n_rows: int | None = None) -> None:
        self.n_rows = n_rows
        self._blocks: list[dict[str, np.ndarray]] = []

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

    def record_dropped(self, step: str, X: Any, rows: Any, *, positions: Any = None, reason: Any = "") -> None:
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
        """
        rows = np.asarray(rows, dtype=np.int64)
        values = as_frame(X)[rows].rows(named=True) if len(rows) else []
        self.record(
            step,
            row=rows if positions is None else positions,
            column=None,
            before=values,
            after=None,
            reason=reason,
        )

    def to_frame(self) -> pd.DataFrame:
        """Return one row a change: row, column, before, after, step, reason, confidence."""
        columns: dict[str, Any] = {
            name: np.concatenate([block[name] for block in self._blocks]) if self._blocks else [] for name in FIELDS
        }
        frame = pd.DataFrame({name: pd.Series(columns[name], dtype=object) for name in FIELDS})
        return frame.astype({"row": "int64", "step": "str", "reason": "str", "confidence": "float64"})

    def undo(self, frame: Any) -> Any:
        """Return the table as it was before the repairs.

        Parameters
        ----------
        frame : pandas, polars or pyarrow table
            The repaired table: every row that was not dropped, in the original order.
            Columns of it that no change names are left as they are.

        Returns
        -------
        original : table of the same engine
            With the dropped rows back in their places; a pandas index is then numbered anew.

        Raises
        ------
        TableError
            If the frame has fewer rows than the changes name.
        """
        table = as_frame(frame, who="ChangeLog.undo")
        changes = self.to_frame()
        dropped = changes[changes["column"].isna()]
        if len(dropped) and self.n_rows is not None and len(table) + len(dropped) != self.n_rows:
            raise TableError(
                f"ChangeLog.undo needs the repaired table, with its {self.n_rows - len(dropped)} kept rows in order "
                f"({len(dropped)} were dropped of {self.n_rows}), got {len(table)} rows."
            )
        table = _with_rows_back(table, dropped)
        if len(changes) and changes["row"].max() >= len(table):
            raise TableError(
                f"ChangeLog.undo needs the repaired table with every kept row: changes name row "
                f"{changes['row'].max()}, the table has {len(table)} rows with the dropped ones back."
            )
        for column, cells in changes[~changes["column"].isna()].groupby("column", sort=False):
            if column in table.columns:
                table = table.with_columns(_with_cells_back(table[str(column)], cells))
        return table.to_native()


def _objects(value: Any, size: int) -> np.ndarray:
    out = np.empty(size, dtype=object)
    if isinstance(value, list | tuple | np.ndarray | pd.Series | pd.Index):
        out[:] = list(value)
    else:
        out[:] = [value] * size
    return out


def _with_rows_back(table: nw.DataFrame[Any], dropped: pd.DataFrame) -> nw.DataFrame[Any]:
    if dropped.empty:
        return table
    n_rows = len(table) + len(dropped)
    at = dropped["row"].to_numpy()
    kept = np.setdiff1d(np.arange(n_rows), at)
    order = np.argsort(np.concatenate([kept, at]), kind="stable")
    columns = [_appended(table[name], [row.get(name) for row in dropped["before"]]) for name in table.columns]
    whole = columns[0].to_frame().with_columns(*columns[1:])[order]
    return nw.maybe_reset_index(whole)


def _appended(series: nw.Series[Any], values: list[Any]) -> nw.Series[Any]:
    more = nw.new_series(series.name, values, backend=series.implementation)
    if more.dtype != series.dtype:
        more = more.cast(series.dtype)
    return nw.concat([series.to_frame(), more.to_frame()])[series.name]


def _with_cells_back(series: nw.Series[Any], cells: pd.DataFrame) -> nw.Series[Any]:
    # The first change of a cell holds its original value.
    first: Mapping[int, Any] = cells.drop_duplicates("row").set_index("row")["before"].to_dict()
    native = series.to_native()
    if isinstance(native, pd.Series):
        return nw.from_native(_restored(native, first), series_only=True)
    values = series.to_list()
    for row, before in first.items():
        values[row] = None if before is pd.NA else before
    return nw.new_series(series.name, values, backend=series.implementation)


def _restored(native: pd.Series, first: Mapping[int, Any]) -> pd.Series:
    rows: Iterable[int] = list(first)
    values = pd.Series(list(first.values()), dtype=object).infer_objects()
    if values.dtype != native.dtype and not _holds(native, values):
        native = native.astype(object)
    restored = native.copy()
    restored.iloc[rows] = values.to_numpy() if native.dtype == object else values.array
    return restored


def _holds(native: pd.Series, values: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(native.dtype) and pd.api.types.is_numeric_dtype(values.dtype)
