"""A schema, learned from training rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from datafix.schema.column_rule import ColumnRule
from datafix.schema.patterns import bits_of, pattern_of
from datafix.schema.ranges import bounds
from datafix.schema.relating import relations_of
from datafix.schema.schema import Schema
from datafix.statistics import ColumnStatistics
from datafix.table import Table

MOST_CATEGORIES = 50
FEWEST_ROWS_A_CATEGORY = 20
FEWEST_OF_THE_RAREST = 5
UNSEEN = 4.0
"""Rows of values that a table may leave unseen: what is more frequent is seen 49 of 50 times."""

MOST_UNKNOWN = 0.05
FEWEST_ROWS = 20
ENOUGH_ROWS = 200
YEARS_TO_COME = 20
TOLERANCE_OF_TIMES = 0.5
CHANCE_PAIRS = 7.0
"""Equal pairs that chance would have made where values repeat; none of them tells that values are unique on purpose."""

NEVER_BY_CHANCE = 60.0
"""Bits: a billion rows of so many have no equal pair."""


def infer_schema(train: Any, *, target: str | None = None) -> Schema:
    """Learn what the columns of a training table hold, so that fresh rows of the same origin keep it.

    Parameters
    ----------
    train : dataframe, array of shape (rows, columns), or path
    target : str, optional
        Its column may not be missing.

    Returns
    -------
    schema : Schema
        Numbers may leave the range seen by half of it on either side, or more where the tail is heavy; those that seem
        to stop at 0 stay not negative, whole ones stay whole. Times may lie half a range earlier and twenty years
        later. Text is held to the values seen where there are at most 50, and 20 rows to each on average (but for a
        small share of the rows: what is rare may not have been seen); codes of one shape to a pattern. Values may be
        missing where any was. Texts and whole numbers that all differ, where chance would have made equal ones, stay
        unique. Relations are those that hold on every row, and not by chance: see :class:`datafix.Relation`.
        Fewer than 20 rows tell kinds alone (and that a target may not be missing).

    Examples
    --------
    >>> import pandas as pd
    >>> infer_schema(pd.DataFrame({"age": [20, 40] * 10})).columns["age"].maximum
    50.0
    >>> infer_schema(pd.DataFrame({"age": [20, 40]})).columns["age"] == ColumnRule("number")
    True
    """
    table = Table(train)
    tells = table.n_rows >= FEWEST_ROWS
    rules = {}
    for name, figures in table.statistics.items():
        rule = _rule(figures, table) if tells else ColumnRule(figures.kind)
        rules[name] = replace(rule, nullable=(figures.n_missing > 0 or not tells) and name != target)
    if target is not None:
        Table(train, target=target)  # raises where there is no such column
    return Schema(rules, relations=relations_of(table) if tells else ())


def _rule(figures: ColumnStatistics, table: Table) -> ColumnRule:
    if figures.kind == "number":
        stored = table.series(figures.name).dtype.is_integer()
        return _rule_of_numbers(table.numbers(figures.name), stored_whole=stored)
    if figures.kind == "time":
        return _rule_of_times(table.numbers(figures.name))
    if figures.kind != "text" or not figures.n_unique:
        return ColumnRule(figures.kind)
    values, counts = table.value_counts(figures.name)
    if figures.n_unique <= MOST_CATEGORIES and figures.n_rows >= FEWEST_ROWS_A_CATEGORY * figures.n_unique:
        rare = int(counts[counts < FEWEST_OF_THE_RAREST].sum())
        unknown = max(UNSEEN, 2 * (rare + FEWEST_OF_THE_RAREST) if rare else 0) / figures.n_rows
        if not rare or unknown < MOST_UNKNOWN:
            share = min(unknown, MOST_UNKNOWN)
            return ColumnRule("text", categories=tuple(sorted(values)), unknown_share=share)
    unique = len(values) == int(counts.sum()) >= ENOUGH_ROWS and _are_meant_to_differ(
        len(values), bits_of(list(values))
    )
    return ColumnRule("text", unique=unique, pattern=pattern_of(list(values)))


def _are_meant_to_differ(n_values: int, bits: float) -> bool:
    """Tell whether values that could have been any of 2 to the power of ``bits`` are all distinct by more than luck."""
    by_chance = n_values**2 / 2 / 2.0 ** min(bits, 1000)
    return bool(bits >= NEVER_BY_CHANCE or by_chance >= CHANCE_PAIRS)


def _rule_of_numbers(values: np.ndarray, *, stored_whole: bool) -> ColumnRule:
    known = values[np.isfinite(values)]
    if not len(known):
        return ColumnRule("number")
    low, high = bounds(known)
    # A column of floats without a gap may be whole by chance; with gaps, pandas stores whole numbers as floats, too.
    may = stored_whole or len(known) < len(values)
    whole = may and len(known) >= ENOUGH_ROWS and bool((known == np.floor(known)).all())
    unique = whole and len(np.unique(known)) == len(known)
    unique = unique and _are_meant_to_differ(len(known), float(np.log2(known.max() - known.min() + 1)))
    return ColumnRule(
        "number",
        integer=whole,
        unique=unique,
        minimum=low if np.isfinite(low) else None,
        maximum=None if unique or not np.isfinite(high) else high,  # ids go on
    )


def _rule_of_times(seconds: np.ndarray) -> ColumnRule:
    known = seconds[np.isfinite(seconds)]
    if not len(known):
        return ColumnRule("time")
    earliest, latest = float(known.min()), float(known.max())
    after = max(latest - earliest, YEARS_TO_COME * 365.25 * 24 * 3600)
    return ColumnRule(
        "time",
        minimum=_moment(earliest - TOLERANCE_OF_TIMES * (latest - earliest) - 24 * 3600),
        maximum=_moment(latest + after),
    )


def _moment(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None, microsecond=0)
    except (ValueError, OverflowError, OSError):  # beyond what a datetime can say
        return None
