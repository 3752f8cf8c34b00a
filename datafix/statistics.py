"""One pass of aggregations over an eager or lazy frame.

Everything that counts or measures whole columns (schema, imputers, checks)
reads it here, so the same narwhals expressions serve pandas, polars and
pyarrow in memory, and DuckDB, Dask and Spark where the data stay elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import pandas as pd

from datafix.columns import Kind, kind_of, kind_of_dtype


@dataclass(frozen=True, slots=True)
class ColumnStatistics:
    """What one column holds, in figures.

    Attributes
    ----------
    name : str
    kind : {"number", "boolean", "text", "time", "mixed"}
    n_rows, n_missing, n_infinite, n_unique : int
        Null and NaN are missing; ``n_unique`` counts distinct values that are
        not missing (-1 for a mixed column, whose values need not compare).
    minimum, maximum, mean, std : float or None
        Of the finite numbers; ``std`` with one degree of freedom.
    """

    name: str
    kind: Kind
    n_rows: int
    n_missing: int
    n_infinite: int = 0
    n_unique: int = -1
    minimum: float | None = None
    maximum: float | None = None
    mean: float | None = None
    std: float | None = None

    @property
    def missing_share(self) -> float:
        """Share of the rows that are missing, 0 for an empty column."""
        return self.n_missing / self.n_rows if self.n_rows else 0.0


def summarize(frame: Any, columns: Iterable[str] | None = None) -> dict[str, ColumnStatistics]:
    """Gather the statistics of every column in one query.

    Parameters
    ----------
    frame : dataframe, eager or lazy
        pandas, polars, pyarrow, or a lazy frame that narwhals knows.
    columns : iterable of str, optional
        All columns unless given.

    Returns
    -------
    statistics : dict of str to ColumnStatistics
        In the order of the columns.

    Examples
    --------
    >>> import pandas as pd
    >>> summarize(pd.DataFrame({"age": [20.0, None, 40.0]}))["age"].mean
    30.0
    """
    frame = nw.from_native(frame)
    schema = frame.collect_schema()
    kinds = {name: _kind(frame, name, schema[name]) for name in columns or schema.names()}
    query = [
        expression.alias(f"{i}:{figure}")
        for i, (name, kind) in enumerate(kinds.items())
        for figure, expression in _figures(name, kind, schema[name]).items()
    ]
    result = frame.select(nw.len().alias("n_rows"), *query)
    if isinstance(result, nw.LazyFrame):
        result = result.collect()
    figures = {name: result[name].to_list()[0] for name in result.columns}
    return {name: _statistics(name, kind, f"{i}:", figures) for i, (name, kind) in enumerate(kinds.items())}


def _kind(frame: nw.DataFrame[Any] | nw.LazyFrame[Any], name: str, dtype: Any) -> Kind:
    return kind_of(frame[name]) if isinstance(frame, nw.DataFrame) else kind_of_dtype(dtype)


def _figures(name: str, kind: Kind, dtype: Any) -> dict[str, nw.Expr]:
    column = nw.col(name)
    if kind == "number" and dtype != nw.Duration:
        return _number_figures(column, dtype)
    figures = {"n_missing": column.is_null().sum()}
    if kind != "mixed" and dtype != nw.Object:
        figures["n_unique"] = column.n_unique()
    return figures


def _number_figures(column: nw.Expr, dtype: Any) -> dict[str, nw.Expr]:
    figures: dict[str, nw.Expr] = {}
    if dtype == nw.Object:  # pandas objects that are all numbers, Decimal among them
        column = column.cast(nw.Float64)
    if dtype.is_float() or dtype == nw.Object:
        known: nw.Expr = nw.when(~column.is_nan()).then(column)
        infinite = known.abs() == float("inf")
        figures["n_infinite"] = infinite.sum()
        finite: nw.Expr = nw.when(~infinite).then(known)
    else:
        known = finite = column
    return figures | {
        "n_missing": known.is_null().sum(),
        "n_unique": known.n_unique(),
        "minimum": finite.min(),
        "maximum": finite.max(),
        "mean": finite.mean(),
        "std": finite.std(),
    }


def _statistics(name: str, kind: Kind, key: str, figures: dict[str, Any]) -> ColumnStatistics:
    n_missing = int(figures[f"{key}n_missing"] or 0)
    n_unique = figures.get(f"{key}n_unique")
    return ColumnStatistics(
        name=name,
        kind=kind,
        n_rows=int(figures["n_rows"]),
        n_missing=n_missing,
        n_infinite=int(figures.get(f"{key}n_infinite") or 0),
        # n_unique counts "missing" as one more value.
        n_unique=-1 if n_unique is None else int(n_unique) - (n_missing > 0),
        minimum=_known(figures.get(f"{key}minimum")),
        maximum=_known(figures.get(f"{key}maximum")),
        mean=_known(figures.get(f"{key}mean")),
        std=_known(figures.get(f"{key}std")),
    )


def _known(value: Any) -> Any:
    return None if value is None or pd.isna(value) else value
