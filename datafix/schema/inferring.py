"""A schema, learned from training rows."""

from __future__ import annotations

from typing import Any

from datafix.schema.column_rule import ColumnRule
from datafix.schema.schema import Schema
from datafix.statistics import ColumnStatistics
from datafix.table import Table

MOST_CATEGORIES = 50
FEWEST_ROWS_A_CATEGORY = 20
TOLERANCE = 0.5


def infer_schema(train: Any, *, target: str | None = None) -> Schema:
    """Learn what the columns of a training table hold.

    Parameters
    ----------
    train : dataframe, array of shape (rows, columns), or path
    target : str, optional
        Its column may not be missing.

    Returns
    -------
    schema : Schema
        Numbers may leave the range seen by half of it on either side (a range that begins at 0 stays not negative);
        text is held to the values seen where there are at most 50 of them and 20 rows to each on average;
        values may be missing where any was.

    Examples
    --------
    >>> import pandas as pd
    >>> infer_schema(pd.DataFrame({"age": [20, 40]})).columns["age"].maximum
    50.0
    """
    table = Table(train)
    rules = {}
    for name, figures in table.statistics.items():
        rules[name] = _rule(figures, table, nullable=figures.n_missing > 0 and name != target)
    if target is not None:
        Table(train, target=target)  # raises where there is no such column
    return Schema(rules)


def _rule(figures: ColumnStatistics, table: Table, *, nullable: bool) -> ColumnRule:
    if figures.kind == "number" and figures.minimum is not None and figures.maximum is not None:
        reach = TOLERANCE * (float(figures.maximum) - float(figures.minimum))
        low = float(figures.minimum) - reach
        if figures.minimum >= 0:
            low = max(low, 0.0)
        return ColumnRule("number", nullable=nullable, minimum=low, maximum=float(figures.maximum) + reach)
    few = 0 < figures.n_unique <= MOST_CATEGORIES
    if figures.kind == "text" and few and figures.n_rows >= FEWEST_ROWS_A_CATEGORY * figures.n_unique:
        values, _ = table.value_counts(figures.name)
        return ColumnRule("text", nullable=nullable, categories=tuple(sorted(values)))
    return ColumnRule(figures.kind, nullable=nullable)
