"""One pass of aggregations over an eager or lazy frame.

Everything that counts or measures whole columns (schema, imputers, checks)
reads it here, so the same narwhals expressions serve pandas, polars and
pyarrow in memory, and DuckDB, Dask and Spark where the data stay elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from datafix.columns import Kind, as_wide_integers, factorize, kind_of, kind_of_dtype


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
    names = list(columns or schema.names())
    known = {name: _of_array(name, values) for name, values in _arrays(frame, names)}
    asked = [name for name in names if name not in known]
    known |= _queried(frame, {name: _kind(frame, name, schema[name]) for name in asked}, schema) if asked else {}
    return {name: _counted(frame, known[name], schema[name]) for name in names}


def _counted(frame: nw.DataFrame[Any] | nw.LazyFrame[Any], figures: ColumnStatistics, dtype: Any) -> ColumnStatistics:
    """Count Python's whole numbers as such, which the query took for floats."""
    if figures.kind != "number" or dtype != nw.Object or as_wide_integers(frame[figures.name]) is None:
        return figures
    return replace(figures, n_unique=len(factorize(frame[figures.name])[1]))


def _arrays(frame: nw.DataFrame[Any] | nw.LazyFrame[Any], names: list[str]) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the columns of a pandas frame that are NumPy numbers: a query of each costs thirty times its figures."""
    native = nw.to_native(frame)
    if isinstance(native, pd.DataFrame):
        for name in names:
            values = native[name]
            if isinstance(values.dtype, np.dtype) and values.dtype.kind in "iufb":
                yield name, values.to_numpy()


def _of_array(name: str, values: np.ndarray) -> ColumnStatistics:
    is_float = values.dtype.kind == "f"
    known = values[~np.isnan(values)] if is_float else values
    figures: dict[str, Any] = {"n_rows": len(values), "n_missing": len(values) - len(known)}
    figures["n_unique"] = len(pd.unique(known))
    if values.dtype.kind == "b":
        return ColumnStatistics(name, "boolean", **figures)
    finite = known[np.isfinite(known)] if is_float else known
    figures["n_infinite"] = len(known) - len(finite)
    if len(finite):
        with np.errstate(over="ignore", invalid="ignore"):  # the spread of numbers near the largest float is infinite
            figures |= {"minimum": finite.min().item(), "maximum": finite.max().item()}
            figures |= {"mean": float(finite.mean(dtype=np.float64))}
            figures |= {"std": float(finite.std(dtype=np.float64, ddof=1)) if len(finite) > 1 else None}
    return ColumnStatistics(name, "number", **{key: _known(value) for key, value in figures.items()})


def _queried(
    frame: nw.DataFrame[Any] | nw.LazyFrame[Any], kinds: dict[str, Kind], schema: Any
) -> dict[str, ColumnStatistics]:
    """Gather the statistics of every column in one query."""
    cleaned = [
        expression for i, name in enumerate(kinds) for expression in _cleaned(i, name, kinds[name], schema[name])
    ]
    figures_of = [
        expression.alias(f"{i}:{figure}")
        for i, name in enumerate(kinds)
        for figure, expression in _figures(i, kinds[name], schema[name]).items()
    ]
    with np.errstate(over="ignore", invalid="ignore"):  # the spread of numbers near the largest float is infinite
        result = frame.select(*cleaned).select(nw.len().alias("n_rows"), *figures_of)
        if isinstance(result, nw.LazyFrame):
            result = result.collect()
    figures = {name: result[name].to_list()[0] for name in result.columns}
    return {name: _statistics(name, kind, f"{i}:", figures) for i, (name, kind) in enumerate(kinds.items())}


def _kind(frame: nw.DataFrame[Any] | nw.LazyFrame[Any], name: str, dtype: Any) -> Kind:
    return kind_of(frame[name]) if isinstance(frame, nw.DataFrame) else kind_of_dtype(dtype)


def _cleaned(i: int, name: str, kind: Kind, dtype: Any) -> list[nw.Expr]:
    """Return the column with NaN as missing, and its finite part beside it where numbers can be infinite."""
    column = nw.col(name)
    if kind == "number" and dtype == nw.Object:  # pandas objects that are all numbers, Decimal among them
        column, dtype = column.cast(nw.Float64), nw.Float64()
    if not dtype.is_float():
        return [column.alias(f"{i}:known")]
    known = column.fill_nan(None)
    finite: nw.Expr = nw.when(known.abs() != float("inf")).then(known)
    return [known.alias(f"{i}:known"), finite.alias(f"{i}:finite")]


def _figures(i: int, kind: Kind, dtype: Any) -> dict[str, nw.Expr]:
    known = nw.col(f"{i}:known")
    figures = {"n_missing": known.null_count()}
    if kind == "mixed" or (dtype == nw.Object and kind != "number"):
        return figures
    figures["n_unique"] = known.n_unique()
    if kind != "number" or dtype == nw.Duration:
        return figures
    finite = known
    if dtype.is_float() or dtype == nw.Object:
        finite = nw.col(f"{i}:finite")
        figures["n_not_finite"] = finite.null_count()
    return figures | {"minimum": finite.min(), "maximum": finite.max(), "mean": finite.mean(), "std": finite.std()}


def _statistics(name: str, kind: Kind, key: str, figures: dict[str, Any]) -> ColumnStatistics:
    n_missing = int(figures[f"{key}n_missing"] or 0)
    n_unique = figures.get(f"{key}n_unique")
    return ColumnStatistics(
        name=name,
        kind=kind,
        n_rows=int(figures["n_rows"]),
        n_missing=n_missing,
        n_infinite=int(figures.get(f"{key}n_not_finite", n_missing)) - n_missing,
        # n_unique counts "missing" as one more value.
        n_unique=-1 if n_unique is None else int(n_unique) - (n_missing > 0),
        minimum=_known(figures.get(f"{key}minimum")),
        maximum=_known(figures.get(f"{key}maximum")),
        mean=_known(figures.get(f"{key}mean")),
        std=_known(figures.get(f"{key}std")),
    )


def _known(value: Any) -> Any:
    return None if value is None or pd.isna(value) else value
