"""Relations that hold on every training row, and not by chance."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import narwhals as nw
import numpy as np

from datafix.columns import is_missing
from datafix.schema.ranges import stops_at_zero
from datafix.schema.relation import Relation
from datafix.table import Table

FEWEST_ROWS = 200
FEWEST_MISSING = 20
OFTEN_BY_CHANCE = 0.05
MOST_NUMBERS = 60
MOST_TEXTS = 60
FEW_ROWS = 500
MOST_VALUES = 1000
CHANCES = 200
UNSEEN = 4.0
"""Exceptions to what determines what that as many chances may leave unseen: more do so once in fifty times."""

SAMPLE = 64


def relations_of(table: Table) -> list[Relation]:
    """Return what holds between columns: order, sums, what determines what, and where values are missing.

    A relation counts where rows paired at random would often break it, so that it is no accident of ranges.
    """
    if table.n_rows < FEWEST_ROWS:
        return []
    kinds = table.kinds
    numbers = {name: table.numbers(name) for name in table.columns if kinds[name] in ("number", "time")}
    measured = {name: values for name, values in numbers.items() if _varies(values)}
    found = list(_sums({name: values for name, values in measured.items() if kinds[name] == "number"}))
    for kind in ("number", "time"):
        found += _orders({name: values for name, values in measured.items() if kinds[name] == kind})
    return found + list(_determined(table)) + list(_missing_together(table))


def _varies(values: np.ndarray) -> bool:
    known = values[np.isfinite(values)]
    return len(known) >= FEWEST_ROWS and known.min() < known.max()


def _orders(columns: dict[str, np.ndarray]) -> Iterator[Relation]:
    shift = np.random.RandomState(0).permutation(len(next(iter(columns.values())))) if columns else np.zeros(0)
    for one, other in combinations(list(columns)[:MOST_NUMBERS], 2):
        for low, high in ((one, other), (other, one)):
            gap = columns[high] - columns[low]
            gap = gap[np.isfinite(gap)]
            if len(gap) < FEWEST_ROWS or gap[:SAMPLE].min() < 0 or gap.min() < 0 or not gap.max() > 0:
                continue
            by_chance = columns[high] < columns[low][shift]
            if by_chance.mean() >= OFTEN_BY_CHANCE and stops_at_zero(gap):
                yield Relation("at_most", (low, high))


def _sums(columns: dict[str, np.ndarray]) -> Iterator[Relation]:
    names = list(columns)[:MOST_NUMBERS]
    if len(names) < 3:
        return
    complete = np.flatnonzero(np.isfinite([columns[name] for name in names]).all(axis=0))
    if len(complete) < FEWEST_ROWS:
        return
    rows = complete[np.linspace(0, len(complete) - 1, SAMPLE).astype(np.int64)]
    sample = np.array([columns[name][rows] for name in names])
    frame = nw.from_dict({name: columns[name] for name in names}, backend="pandas")
    for one, other in combinations(range(len(names)), 2):
        total = sample[one] + sample[other]
        near = np.abs(sample - total).max(axis=1) <= 1e-9 * np.abs(sample[[one, other]]).max()
        for k in np.flatnonzero(near):
            relation = Relation("sum", (names[k], names[one], names[other]))
            both_matter = min(np.count_nonzero(sample[one]), np.count_nonzero(sample[other])) >= SAMPLE // 8
            if k not in (one, other) and both_matter and not relation.broken(frame).any():
                yield relation


def _determined(table: Table) -> Iterator[Relation]:
    coded: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for name, figures in table.statistics.items():
        whole = figures.kind == "text" or (figures.kind == "number" and figures.n_unique <= MOST_VALUES // 10)
        if whole and 2 <= figures.n_unique <= MOST_VALUES and len(coded) < MOST_TEXTS:
            codes, uniques = table.factorize(name)
            coded[name] = codes, uniques
    for first, second in combinations(coded, 2):
        for one, other in ((first, second), (second, first)):
            pairs, chances = _pairs(*coded[one], *coded[other])
            if chances >= CHANCES:
                yield Relation("determines", (one, other), pairs, exceptions=UNSEEN / chances)


def _pairs(
    codes: np.ndarray, uniques: np.ndarray, other: np.ndarray, others: np.ndarray
) -> tuple[tuple[Any, ...], float]:
    """Return which value goes with which, where it is always the same, and how often it could have been another."""
    some = slice(None, None, max(1, len(codes) // FEW_ROWS))
    if len(uniques) < len(others) or _companions(codes[some], other[some], len(uniques)) is None:
        return (), 0.0
    goes_with = _companions(codes, other, len(uniques))
    if goes_with is None:
        return (), 0.0
    known = (codes >= 0) & (other >= 0)
    shares = np.bincount(other[known], minlength=len(others)) / known.sum()
    counts = np.bincount(codes[known], minlength=len(uniques))
    pairs = tuple((_plain(uniques[at]), _plain(others[goes_with[at]])) for at in np.flatnonzero(counts >= 2))
    return pairs, float((counts[counts > 0] - 1).sum() * (1 - (shares**2).sum()))


def _companions(codes: np.ndarray, other: np.ndarray, n_uniques: int) -> np.ndarray | None:
    """Return the other code that goes with each code; None where one goes with several, or no row has both."""
    known = (codes >= 0) & (other >= 0)
    if not known.any():
        return None
    goes_with = np.full(n_uniques, -1, dtype=np.int64)
    goes_with[codes[known]] = other[known]
    return None if (goes_with[codes[known]] != other[known]).any() else goes_with


def _missing_together(table: Table) -> Iterator[Relation]:
    masks = {name: is_missing(table.series(name)) for name in table.columns}
    masks = {name: mask for name, mask in masks.items() if FEWEST_MISSING <= mask.sum() <= len(mask) - FEWEST_MISSING}
    if not masks:
        return
    by_mask: dict[bytes, str] = {}
    for name, mask in masks.items():
        key = np.packbits(mask).tobytes()
        if key in by_mask:
            yield Relation("missing_when", (name, by_mask[key]))
        by_mask.setdefault(key, name)
    for name, figures in table.statistics.items():
        if figures.kind in ("text", "boolean", "number") and 2 <= figures.n_unique <= MOST_VALUES // 20:
            codes, uniques = table.factorize(name)
            for at in range(len(uniques)):
                mask = codes == at
                key = np.packbits(mask).tobytes() if mask.sum() >= FEWEST_MISSING else b""
                if key in by_mask and by_mask[key] != name:
                    yield Relation("missing_when", (by_mask[key], name), (_plain(uniques[at]),))


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
