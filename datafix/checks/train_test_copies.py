"""Test rows that training has seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from datafix.checks.tables import Tables
from datafix.report import Issue, Severity
from datafix.spelling import spelling_key
from datafix.table import Table


@dataclass(frozen=True)
class TrainTestCopies:
    """Find test rows whose features equal a training row's, and tell for how many the label does too."""

    name: ClassVar[str] = "train_test_copies"
    needs: ClassVar[frozenset[str]] = frozenset({"test"})

    many: float = 0.01

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield one issue: an error from a share of ``many`` on, else a warning."""
        train, test = tables.train, tables.test
        assert test is not None  # it stands in needs
        if sorted(train.columns) != sorted(test.columns) or _image_shape(train) != _image_shape(test):
            return  # another check says so
        rows = np.flatnonzero(np.isin(test.hashes, train.hashes, kind="sort"))
        if not len(rows):
            return
        share = len(rows) / test.n_rows
        evidence: dict[str, Any] = {"n_by_features": len(rows), "share": share}
        told = ""
        if train.target is not None and test.target is not None and tables.task == "classification":
            as_spelt = _n_with_label(train, test, rows, unified=False)
            unified = _n_with_label(train, test, rows, unified=True)
            evidence |= {"n_with_label": unified, "n_with_label_as_spelt": as_spelt}
            told = f", {unified} of them with the same label"
            if as_spelt != unified:
                told += f" once its spelling is unified ({as_spelt} before that)"
        yield Issue(
            self.name,
            Severity.ERROR if share >= self.many else Severity.WARNING,
            f"{len(rows)} test row(s) ({share:.2%}) have the features of a training row{told}.",
            "Drop them from the training part: datafix.Split.from_parts(train, test, on_overlap='drop_train').",
            table="test",
            rows=rows,
            evidence=evidence,
        )


def _image_shape(table: Table) -> tuple[int, ...] | None:
    return None if table.images is None else table.images.shape[1:]


def _n_with_label(train: Table, test: Table, rows: np.ndarray, *, unified: bool) -> int:
    seen = set(zip(train.hashes.tolist(), _labels(train, unified), strict=True))
    labels = _labels(test, unified)
    return sum((int(test.hashes[row]), labels[row]) in seen for row in rows)


def _labels(table: Table, unified: bool) -> list[Any]:
    codes, uniques = table.class_codes()
    names = [spelling_key(name) if unified and isinstance(name, str) else name for name in uniques]
    return [names[code] if code >= 0 else None for code in codes]
