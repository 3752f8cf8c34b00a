"""The rules of a schema held against a lazy frame, partition by partition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import narwhals as nw
import numpy as np

from datafix.columns import as_frame, is_missing, kind_of
from datafix.engines import partitions_of
from datafix.fingerprint import row_hashes, value_hashes
from datafix.repairs import objects_at
from datafix.schema.as_kind import beside
from datafix.schema.column_rule import ColumnRule
from datafix.schema.failure import EXAMPLES, Failure
from datafix.schema.holding import judged
from datafix.schema.relation import Relation

KEPT_ROWS = 10_000
"""Positions that are kept of the rows that break a rule."""


@dataclass
class _Broken:
    """Rows that break one rule: how many, where the first are, what stands there."""

    n_rows: int
    rows: np.ndarray
    examples: tuple[Any, ...]


class _Found:
    """What breaks the rules in some partitions.

    Values that must be unique are kept as hashes, 8 bytes a row: that they repeat is told by all partitions alone.
    """

    def __init__(
        self, part: Any, number: int, columns: Mapping[str, ColumnRule], relations: tuple[Relation, ...], as_text: str
    ) -> None:
        frame = as_frame(part)
        self.n_rows = len(frame)
        self.n_missing = {name: int(is_missing(frame[name]).sum()) for name in columns}
        self.kinds = {name: kind_of(frame[name]) for name in columns}
        self.broken: dict[tuple[str, str], _Broken] = {}
        for column, told, rows in _row_by_row(frame, columns, relations, as_text):
            examples = tuple(objects_at(frame[column], rows[:EXAMPLES]))
            self.broken[column, told] = _Broken(len(rows), rows[:KEPT_ROWS], examples)
        self.hashes: dict[Any, list[np.ndarray]] = {}
        for name, rule in columns.items():
            if rule.unique:
                self.hashes[name] = [np.where(is_missing(frame[name]), _NONE, value_hashes(frame[name]))]
        for relation in relations:
            if relation.rule == "unique":
                self.hashes[relation] = [row_hashes(frame, columns=relation.columns)]

    def merge(self, other: _Found) -> _Found:
        """Take in what breaks the rules in the partitions that follow."""
        for key, theirs in other.broken.items():
            own = self.broken.setdefault(key, _Broken(0, np.zeros(0, dtype=np.int64), ()))
            own.n_rows += theirs.n_rows
            own.rows = np.concatenate([own.rows, theirs.rows + self.n_rows])[:KEPT_ROWS]
            own.examples = (*own.examples, *theirs.examples)[:EXAMPLES]
        for key, hashes in other.hashes.items():
            self.hashes[key] += hashes
        for name, n_missing in other.n_missing.items():
            self.n_missing[name] += n_missing
        self.n_rows += other.n_rows
        return self


_NONE = np.uint64(0)


def failures_by_partition(
    X: Any, columns: Mapping[str, ColumnRule], relations: tuple[Relation, ...], *, as_text: str
) -> tuple[list[Failure], int]:
    """Return every rule that a lazy frame breaks, and the frame's number of rows, in one pass.

    Parameters
    ----------
    X : lazy frame
        It has all the columns.
    columns : mapping of str to ColumnRule
    relations : tuple of Relation
    as_text : {"fails", "passes"}
    """
    look = partial(_Found, columns=columns, relations=relations, as_text=as_text)
    found = partitions_of(X).fold(look, _Found.merge)
    failures = []
    for (column, told), broken in found.broken.items():
        if broken.n_rows > _allowed(column, told, columns, relations) * found.n_rows:
            some = Failure(column, told, broken.rows, broken.examples, broken.n_rows)
            failures.append(_of_whole_column(found, some, columns) or some)
    return failures + list(_repeated(found)), found.n_rows


def _row_by_row(
    frame: nw.DataFrame[Any], columns: Mapping[str, ColumnRule], relations: tuple[Relation, ...], as_text: str
) -> Iterator[tuple[str, str, np.ndarray]]:
    """Yield column, rule and rows of what a row breaks by itself, however few are."""
    unfit = set()
    for name, rule in columns.items():
        own = replace(rule, unique=False, unknown_share=0.0)
        read, broken = judged(series := frame[name], own, text_passes=as_text == "passes")
        if read is None:
            unfit.add(name)
            yield name, f"of kind {rule.kind}", np.flatnonzero(~is_missing(series))
            continue
        yield from ((name, told, rows) for told, rows in broken)
        if read is not series:
            frame = beside(frame, read)
    for relation in relations:
        if relation.rule != "unique" and unfit.isdisjoint(relation.columns):
            rows = np.flatnonzero(relation.broken(frame))
            if len(rows):
                yield *relation.told, rows


def _allowed(column: str, told: str, columns: Mapping[str, ColumnRule], relations: tuple[Relation, ...]) -> float:
    """Return the share of the rows that may break a rule."""
    rule = columns.get(column)
    if rule is not None and rule.categories is not None and told == f"one of {len(rule.categories)} known values":
        return rule.unknown_share
    return max([relation.exceptions for relation in relations if relation.told == (column, told)], default=0.0)


def _of_whole_column(found: _Found, failure: Failure, columns: Mapping[str, ColumnRule]) -> Failure | None:
    """Return the failure of the column where none of its values is of its kind."""
    name = failure.column
    if name not in columns or failure.rule != f"of kind {columns[name].kind}":
        return None
    if failure.n_rows + found.n_missing[name] < found.n_rows:
        return None
    told = f"must hold {columns[name].kind} values, holds {found.kinds[name]}"
    return Failure(name, told, np.zeros(0, dtype=np.int64))


def _repeated(found: _Found) -> Iterator[Failure]:
    for key, parts in found.hashes.items():
        hashes = np.concatenate(parts)
        order = np.argsort(hashes, kind="stable")
        same = hashes[order[1:]] == hashes[order[:-1]]
        twice = np.zeros(len(hashes), dtype=bool)
        twice[order[1:]] |= same
        twice[order[:-1]] |= same
        if isinstance(key, str):
            twice &= hashes != _NONE
        rows = np.flatnonzero(twice)
        allowed = 0.0 if isinstance(key, str) else key.exceptions
        if len(rows) > allowed * found.n_rows:
            column, told = (key, "unique") if isinstance(key, str) else key.told
            yield Failure(column, told, rows[:KEPT_ROWS], (), len(rows))
