"""Groups, ids and times that cross the split."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import narwhals as nw
import numpy as np

from datafix.checks import effect
from datafix.checks.leakage_types import LEAKAGE_TYPES
from datafix.checks.tables import Tables
from datafix.columns import as_numbers, factorize, kind_of
from datafix.fingerprint import found_among, value_hashes
from datafix.report import Issue, Severity


@dataclass(frozen=True)
class GroupOverlap:
    """Find groups with rows in both tables."""

    name: ClassVar[str] = "group_overlap"
    needs: ClassVar[frozenset[str]] = frozenset({"groups", "test"})

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield one error."""
        yield from _shared_values(tables, self.name, "groups", "group")


@dataclass(frozen=True)
class IdOverlap:
    """Find ids that stand in both tables."""

    name: ClassVar[str] = "id_overlap"
    needs: ClassVar[frozenset[str]] = frozenset({"ids", "test"})

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield one error."""
        yield from _shared_values(tables, self.name, "ids", "id")


@dataclass(frozen=True)
class TimeOverlap:
    """Find training rows that are later than the first test row."""

    name: ClassVar[str] = "time_overlap"
    needs: ClassVar[frozenset[str]] = frozenset({"time", "test"})

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield one warning."""
        train, test = tables.train.time, tables.test.time if tables.test is not None else None
        if train is None or test is None or {kind_of(train), kind_of(test)} - {"number", "time"}:
            return
        here, there = as_numbers(train), as_numbers(test)
        if np.isnan(there).all():
            return
        rows = np.flatnonzero(here >= np.nanmin(there))
        if len(rows):
            gain = effect.effect_of_rows(tables, rows, np.arange(len(there)))
            yield Issue(
                self.name,
                Severity.WARNING,
                f"{len(rows)} training row(s) are not earlier than the first test row.{effect.told(gain)}",
                "If the model is to predict the future, test on it: datafix.split(X, time=...).",
                column=tables.train.roles.get("time"),
                rows=rows,
                evidence={"n_rows": len(rows), "leakage": LEAKAGE_TYPES[self.name]} | effect.evidence(gain),
            )


def _shared_values(tables: Tables, check: str, role: Literal["groups", "ids"], word: str) -> Iterator[Issue]:
    assert tables.test is not None  # it stands in needs
    train: nw.Series[Any] | None = getattr(tables.train, role)
    test: nw.Series[Any] | None = getattr(tables.test, role)
    if train is None or test is None:
        return
    sampled = tables.train.whole is not None or tables.test.whole is not None
    rows, n_shared = _rows_shared(tables, role) if sampled else _rows_with_values_of(test, train)
    if len(rows):
        gain = None if sampled else effect.effect_of_rows(tables, _rows_with_values_of(train, test)[0], rows)
        yield Issue(
            check,
            Severity.ERROR,
            f"{n_shared} {word}(s) stand in both tables, on {len(rows)} test rows.{effect.told(gain)}",
            f"Split so that each {word} is in one part: datafix.split(X, groups=...).",
            table="test",
            column=tables.test.roles.get(role),
            rows=rows,
            evidence={"n_shared": n_shared, "n_rows": len(rows), "leakage": LEAKAGE_TYPES[check]}
            | effect.evidence(gain),
        )


def _rows_shared(tables: Tables, role: Literal["groups", "ids"]) -> tuple[np.ndarray, int]:
    """Return which of all test rows have a value of a training row, and how many such values there are, by hashes."""
    assert tables.test is not None
    here, there = tables.train.all_role_hashes(role), tables.test.all_role_hashes(role)
    missing = value_hashes(nw.new_series("missing", [np.nan], nw.Float64, backend="pandas"))
    rows = np.flatnonzero(found_among(there, here) & ~found_among(there, missing))
    return rows, len(np.unique(there[rows]))


def _rows_with_values_of(series: nw.Series[Any], other: nw.Series[Any]) -> tuple[np.ndarray, int]:
    """Return the positions whose value stands in the other series too, and how many such values there are."""
    known = {_plain(value) for value in factorize(other)[1]}
    codes, uniques = factorize(series)
    shared = np.array([_plain(value) in known for value in uniques], dtype=bool)
    return np.flatnonzero((codes >= 0) & np.append(shared, False)[codes]), int(shared.sum())


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
