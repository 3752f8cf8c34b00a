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
from datafix.schema.as_kind import as_kind, beside
from datafix.schema.column_rule import ColumnRule
from datafix.schema.failure import EXAMPLES, Failure
from datafix.schema.holding import broken_parts
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
        self, part: Any, number: int, columns: Mapping[str, ColumnRule], relations: tuple[Relation, ...]
    ) -> None:
        frame = as_frame(part)
        self.n_rows = len(frame)
        self.n_missing = {name: int(is_missing(frame[name]).sum()) for name in columns}
        self.kinds = {name: {kind_of(frame[name])} for name in columns if self.n_missing[name] < self.n_rows}
        self.broken: dict[tuple[str, str], _Broken] = {}
        for column, told, rows in _row_by_row(frame, columns, relations):
            examples = tuple(objects_at(frame[column], rows[:EXAMPLES]))
            self.broken[column, told] = _Broken(len(rows), rows[:KEPT_ROWS], examples)
        self.hashes: dict[Any, list[np.ndarray]] = {}
        for name, rule in columns.items():
            read = as_kind(series := frame[name], rule.kind).series
            frame = frame if read is series else beside(frame, read)
            if rule.unique:
                self.hashes[name] = [np.where(is_missing(read), _NONE, value_hashes(read))]
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
        for name, kinds in other.kinds.items():
            self.kinds[name] = self.kinds.get(name, set()) | kinds
        for name, n_missing in other.n_missing.items():
            self.n_missing[name] += n_missing
        self.n_rows += other.n_rows
        return self


_NONE = np.uint64(0)
_SPELT = "spelt as text"


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
    look = partial(_Found, columns=columns, relations=relations)
    found = partitions_of(X).fold(look, _Found.merge)
    unfit = _judge_kinds(found, columns, as_text)
    gone = {relation.told for relation in relations if not set(unfit).isdisjoint(relation.columns)}
    failures = list(unfit.values())
    for (column, told), broken in found.broken.items():
        if column in unfit or (column, told) in gone:
            continue
        if broken.n_rows > _allowed(column, told, columns, relations) * found.n_rows:
            failures.append(Failure(column, told, broken.rows, broken.examples, broken.n_rows))
    for key in [key for key in found.hashes if key in unfit or getattr(key, "told", None) in gone]:
        del found.hashes[key]
    return failures + list(_repeated(found)), found.n_rows


def _row_by_row(
    frame: nw.DataFrame[Any], columns: Mapping[str, ColumnRule], relations: tuple[Relation, ...]
) -> Iterator[tuple[str, str, np.ndarray]]:
    """Yield column, rule and rows of what a row breaks by itself, however few are; whether text is at fault is open."""
    for name, rule in columns.items():
        reading = as_kind(series := frame[name], rule.kind)
        own = replace(rule, unique=False, unknown_share=0.0)
        parts = [(told, broken & ~reading.wrong) for told, broken in broken_parts(reading.series, own)]
        for told, broken in ((_of_kind(rule), reading.wrong), (_SPELT, reading.spelt), *parts):
            if broken.any():
                yield name, told, np.flatnonzero(broken)
        if reading.series is not series:
            frame = beside(frame, reading.series)
    for relation in relations:
        if relation.rule != "unique":
            rows = np.flatnonzero(relation.broken(frame))
            if len(rows):
                yield *relation.told, rows


def _judge_kinds(found: _Found, columns: Mapping[str, ColumnRule], as_text: str) -> dict[str, Failure]:
    """Decide whether text that spells a value is at fault, by all partitions; return the columns wholly at fault.

    It is not where it passes, and where other text in the column spells none: that alone is then at fault.
    """
    unfit = {}
    for name, rule in columns.items():
        spelt = found.broken.pop((name, _SPELT), None)
        if spelt is not None and as_text == "fails":
            found.broken.setdefault((name, _of_kind(rule)), spelt)
        wrong = found.broken.get((name, _of_kind(rule)))
        if wrong is not None and wrong.n_rows + found.n_missing[name] == found.n_rows:
            kinds = found.kinds[name]
            told = f"must hold {rule.kind} values, holds {kinds.pop() if len(kinds) == 1 else 'mixed'}"
            unfit[name] = Failure(name, told, np.zeros(0, dtype=np.int64))
    return unfit


def _of_kind(rule: ColumnRule) -> str:
    return f"of kind {rule.kind}"


def _allowed(column: str, told: str, columns: Mapping[str, ColumnRule], relations: tuple[Relation, ...]) -> float:
    """Return the share of the rows that may break a rule."""
    rule = columns.get(column)
    if rule is not None and rule.categories is not None and told == f"one of {len(rule.categories)} known values":
        return rule.unknown_share
    return max([relation.exceptions for relation in relations if relation.told == (column, told)], default=0.0)


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
