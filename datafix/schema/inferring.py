"""A schema, learned from training rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from datafix.engines import is_lazy
from datafix.schema.by_partition import failures_by_partition
from datafix.schema.column_rule import ColumnRule
from datafix.schema.patterns import bits_of, pattern_of
from datafix.schema.ranges import bounds
from datafix.schema.relating import relations_of
from datafix.schema.relation import Relation
from datafix.schema.schema import Schema
from datafix.sketches import ColumnSketch, TableSketch, sketch
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
    train : dataframe (lazy too), array of shape (rows, columns), or path
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
        Fewer than 20 rows tell kinds alone (and that a target may not be missing). Of a lazy frame of more than
        250,000 rows, kinds, gaps, categories and extremes are those of all rows, tails and patterns those of a sample;
        relations hold on all rows, and no values are held to be unique.

    Examples
    --------
    >>> import pandas as pd
    >>> infer_schema(pd.DataFrame({"age": [20, 40] * 10})).columns["age"].maximum
    50.0
    >>> infer_schema(pd.DataFrame({"age": [20, 40]})).columns["age"] == ColumnRule("number")
    True
    """
    seen = sketch(train) if is_lazy(train) else None
    table = Table(train if seen is None else seen.sample.to_native())
    if seen is not None and seen.is_whole:
        seen = None
    tells = table.n_rows >= FEWEST_ROWS
    rules = {}
    for name, figures in table.statistics.items():
        known = figures if seen is None else seen.columns[name].statistics
        rule = _rule(known, table, seen) if tells else ColumnRule(known.kind)
        rules[name] = replace(rule, nullable=(known.n_missing > 0 or not tells) and name != target)
    if target is not None:
        Table(table.frame.to_native(), target=target)  # raises where there is no such column
    relations = relations_of(table) if tells else []
    return Schema(rules, relations=relations if seen is None else _kept(relations, train))


def _kept(relations: list[Relation], X: Any) -> list[Relation]:
    """Return the relations, learned from a sample, that all rows of a lazy frame keep."""
    strictly = tuple(replace(relation, exceptions=0.0) for relation in relations)
    broken, _ = failures_by_partition(X, {}, strictly, as_text="fails")
    told = {(failure.column, failure.rule) for failure in broken}
    return [relation for relation in relations if relation.told not in told]


def _rule(figures: ColumnStatistics, table: Table, seen: TableSketch | None) -> ColumnRule:
    name, whole = figures.name, None if seen is None else seen.columns[figures.name]
    if figures.kind in ("number", "time"):
        numbers = table.numbers(name)
        known = numbers[np.isfinite(numbers)]
        known = known if whole is None else whole.with_tails(known)
        if figures.kind == "time":
            return _rule_of_times(known)
        may = table.series(name).dtype.is_integer() or figures.n_missing + figures.n_infinite > 0
        return _rule_of_numbers(known, may_be_whole=may and (whole is None or whole.is_integral), whole=whole)
    if figures.kind != "text" or not figures.n_unique:
        return ColumnRule(figures.kind)
    values, counts = table.value_counts(name)
    if whole is not None and whole.counts is not None:
        values, counts = np.array(list(whole.counts), dtype=object), np.array(list(whole.counts.values()))
    if figures.n_unique <= MOST_CATEGORIES and figures.n_rows >= FEWEST_ROWS_A_CATEGORY * figures.n_unique:
        rare = int(counts[counts < FEWEST_OF_THE_RAREST].sum())
        unknown = max(UNSEEN, 2 * (rare + FEWEST_OF_THE_RAREST) if rare else 0) / figures.n_rows
        if not rare or unknown < MOST_UNKNOWN:
            share = min(unknown, MOST_UNKNOWN)
            return ColumnRule("text", categories=tuple(sorted(values)), unknown_share=share)
    unique = whole is None and len(values) == int(counts.sum()) >= ENOUGH_ROWS
    unique = unique and _are_meant_to_differ(len(values), bits_of(list(values)))
    return ColumnRule("text", unique=unique, pattern=pattern_of(list(values)))


def _are_meant_to_differ(n_values: int, bits: float) -> bool:
    """Tell whether values that could have been any of 2 to the power of ``bits`` are all distinct by more than luck."""
    by_chance = n_values**2 / 2 / 2.0 ** min(bits, 1000)
    return bool(bits >= NEVER_BY_CHANCE or by_chance >= CHANCE_PAIRS)


def _rule_of_numbers(known: np.ndarray, *, may_be_whole: bool, whole: ColumnSketch | None) -> ColumnRule:
    """Return the rule of finite numbers; that they are unique is told by all rows alone.

    Where those drawn of a lazy frame are, and as many of all differ as can be told, they may be ids, and go on.
    """
    if not len(known):
        return ColumnRule("number")
    low, high = bounds(known)
    # A column of floats without a gap may be whole by chance; with gaps, pandas stores whole numbers as floats, too.
    n_all = len(known) if whole is None else whole.n_finite
    are_whole = may_be_whole and n_all >= ENOUGH_ROWS and bool((known == np.floor(known)).all())
    differ = are_whole and len(np.unique(known)) == len(known)
    differ = differ and (whole is None or whole.may_all_differ)
    differ = differ and _are_meant_to_differ(n_all, float(np.log2(known.max() - known.min() + 1)))
    return ColumnRule(
        "number",
        integer=are_whole,
        unique=differ and whole is None,
        minimum=low if np.isfinite(low) else None,
        maximum=None if differ or not np.isfinite(high) else high,  # ids go on
    )


def _rule_of_times(known: np.ndarray) -> ColumnRule:
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
