"""Test rows that training has seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from datafix.checks import effect
from datafix.checks.coincidence import expected_copies
from datafix.checks.leakage_types import LEAKAGE_TYPES
from datafix.checks.tables import Tables
from datafix.fingerprint import found_among
from datafix.report import Issue, Severity
from datafix.spelling import spelling_key
from datafix.table import Table


@dataclass(frozen=True)
class TrainTestCopies:
    """Find test rows whose features equal a training row's, and tell how many chance alone would give.

    Rows that are coarse (a questionnaire of five answers) meet by chance; then many more differ in one column only.
    From those, and from how often two values of that column are equal, comes the number to be expected of chance.
    """

    name: ClassVar[str] = "train_test_copies"
    needs: ClassVar[frozenset[str]] = frozenset({"test"})

    many: float = 0.01
    gain: float = 0.005

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield one issue: an info where chance explains it, an error where many or telling, else a warning."""
        train, test = tables.train, tables.test
        assert test is not None  # it stands in needs
        if sorted(train.columns) != sorted(test.columns) or _image_shape(train) != _image_shape(test):
            return  # another check says so
        if train.whole is not None or test.whole is not None:
            yield from self._of_all(tables)
            return
        rows = np.flatnonzero(found_among(test.hashes, train.hashes))
        if not len(rows):
            return
        share = len(rows) / test.n_rows
        chance = expected_copies(train, test, random_state=tables.random_state)
        sources = np.flatnonzero(found_among(train.hashes, test.hashes[rows]))
        gain = effect.effect_of_rows(tables, sources, rows)
        evidence: dict[str, Any] = {"n_by_features": len(rows), "share": share, "n_by_chance": chance}
        evidence["train_rows"] = sources[:10].tolist()
        told = ""
        if train.target is not None and test.target is not None and tables.task == "classification":
            as_spelt = _n_with_label(train, test, sources, rows, unified=False)
            unified = _n_with_label(train, test, sources, rows, unified=True)
            evidence |= {"n_with_label": unified, "n_with_label_as_spelt": as_spelt}
            told = f", {unified} of them with the same label"
            if as_spelt != unified:
                told += f" once its spelling is unified ({as_spelt} before that)"
        told += f"; chance alone would give about {chance:.3g}"
        yield Issue(
            self.name,
            self._severity(len(rows), share, chance, gain),
            f"{len(rows)} test row(s) ({share:.2%}) have the features of a training row{told}.{effect.told(gain)}",
            "Drop them from the training part: datafix.Split.from_parts(train, test, on_overlap='drop_train').",
            table="test",
            rows=rows,
            evidence=evidence | {"leakage": LEAKAGE_TYPES[self.name]} | effect.evidence(gain),
        )

    def _of_all(self, tables: Tables) -> Iterator[Issue]:
        """Yield what the hashes of all rows tell, of tables that hold a sample of them."""
        train, test = tables.train, tables.test
        assert test is not None
        rows = np.flatnonzero(found_among(test.all_hashes, train.all_hashes))
        if not len(rows):
            return
        share = len(rows) / test.n_all
        of_sample = expected_copies(train, test, random_state=tables.random_state)
        chance = of_sample * (train.n_all / train.n_rows) * (test.n_all / test.n_rows)
        yield Issue(
            self.name,
            self._severity(len(rows), share, chance, None),
            f"{len(rows)} test row(s) ({share:.2%}) have the features of a training row; chance alone would give "
            f"about {chance:.3g}.",
            "Drop them from the training part, or split anew: datafix.split(frame, assign='hash').",
            table="test",
            rows=rows,
            evidence={
                "n_by_features": len(rows),
                "share": share,
                "n_by_chance": chance,
                "leakage": LEAKAGE_TYPES[self.name],
            },
        )

    def _severity(self, n_rows: int, share: float, chance: float, gain: effect.Effect | None) -> Severity:
        if n_rows <= chance + 3 * np.sqrt(chance):
            return Severity.INFO
        beyond = (n_rows - chance) / n_rows * share
        telling = gain is not None and gain.gain * beyond >= self.gain
        return Severity.ERROR if beyond >= self.many or telling else Severity.WARNING


def _image_shape(table: Table) -> tuple[int, ...] | None:
    return None if table.images is None else table.images.shape[1:]


def _n_with_label(train: Table, test: Table, sources: np.ndarray, rows: np.ndarray, *, unified: bool) -> int:
    """Count the test rows whose features and label are those of one of the source rows in train."""
    seen = set(zip(train.hashes[sources].tolist(), _labels(train, sources, unified), strict=True))
    asked = zip(test.hashes[rows].tolist(), _labels(test, rows, unified), strict=True)
    return sum(pair in seen for pair in asked)


def _labels(table: Table, rows: np.ndarray, unified: bool) -> list[Any]:
    codes, uniques = table.class_codes()
    names = [spelling_key(name) if unified and isinstance(name, str) else name for name in uniques]
    return [names[code] if code >= 0 else None for code in codes[rows]]
