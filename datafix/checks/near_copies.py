"""Test rows that are training rows but for small edits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from datafix.checks import effect
from datafix.checks.close_rows import close_rows
from datafix.checks.leakage_types import LEAKAGE_TYPES
from datafix.checks.pictured import with_contrast
from datafix.checks.tables import Tables
from datafix.columns import take
from datafix.fingerprint import found_among
from datafix.near_duplicates import near_copies
from datafix.report import Issue, Severity
from datafix.table import Table


@dataclass(frozen=True)
class NearCopies:
    """Find test rows that are a training row with a few cells changed, or with a little noise on every number.

    Both are judged against chance: see :func:`datafix.near_duplicates.near_copies`, and ``close_rows`` beside this
    check. Exact copies are another check's. Of larger tables ``most_rows`` rows of each, drawn at random, are searched,
    and the share of copies is scaled up to all.
    """

    name: ClassVar[str] = "near_copies"
    needs: ClassVar[frozenset[str]] = frozenset({"test"})

    many: float = 0.01
    few: float = 0.003
    gain: float = 0.005
    most_rows: int = 150_000

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield one issue: an error from a share of ``many`` on, an info below ``few`` if it gains nothing."""
        train, test = tables.train, tables.test
        assert test is not None  # it stands in needs
        if sorted(train.columns) != sorted(test.columns) or _image_shape(train) != _image_shape(test):
            return  # another check says so
        random = np.random.RandomState(tables.random_state)
        known, asked = (np.sort(random.permutation(table.n_rows)[: self.most_rows]) for table in (train, test))
        edited, of, _ = near_copies(*(_rows_of(table, at) for table, at in ((train, known), (test, asked))))
        edited, of = asked[edited], known[of]
        if train.images is not None:
            told = with_contrast(tables)
            kept = told[1][edited] & told[0][of]
            edited, of = edited[kept], of[kept]
        noisy, near = close_rows(train, test, random_state=tables.random_state)
        rows, first = np.unique(np.concatenate([edited, noisy]), return_index=True)
        originals = np.concatenate([of, near])[first]
        new = ~found_among(test.hashes[rows], train.hashes)
        rows, originals = rows[new], np.unique(originals[new])
        if not len(rows):
            return
        searched = len(known) / train.n_all * len(asked) / test.n_rows
        share = min(1.0, len(rows) / searched / test.n_rows)
        sampled = "" if searched == 1 else f" in a sample of {len(known)} training and {len(asked)} test rows"
        gain = effect.effect_of_rows(tables, originals, rows)
        yield Issue(
            self.name,
            self._severity(share, len(noisy), gain),
            f"{len(rows)} test row(s){sampled} ({share:.2%} of all) are training rows but for small edits."
            f"{effect.told(gain)}",
            "Split again and keep them together: datafix.split(X, y, duplicates='near').",
            table="test",
            rows=rows,
            evidence={"n_rows": len(rows), "share": share, "n_edited": len(edited), "n_noisy": len(noisy)}
            | {"n_searched": [len(known), len(asked)]}
            | {"train_rows": originals[:10].tolist(), "leakage": LEAKAGE_TYPES[self.name]}
            | effect.evidence(gain),
        )

    def _severity(self, share: float, n_noisy: int, gain: effect.Effect | None) -> Severity:
        if share >= self.many:
            return Severity.ERROR
        telling = gain is not None and gain.gain * share >= self.gain
        return Severity.WARNING if share >= self.few or n_noisy or telling else Severity.INFO


def _image_shape(table: Table) -> tuple[int, ...] | None:
    return None if table.images is None else table.images.shape[1:]


def _rows_of(table: Table, rows: np.ndarray) -> Any:
    whole = table.frame if table.images is None else table.images
    return whole if len(rows) == table.n_rows else take(whole, rows)
