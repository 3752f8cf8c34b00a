"""What a check is given to look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from datafix.columns import kind_of
from datafix.images import Figures, figures_of
from datafix.table import Table
from datafix.task import Task

if TYPE_CHECKING:
    from datafix.preparation import Prepared
    from datafix.schema import Schema

LACKING = {
    "features": "it looks at columns, and these are images",
    "images": "it looks at images",
    "files": "it looks at the files of a folder of images",
    "target": "no target was given: target=...",
    "classes": "it needs a target that names classes: target=..., task='classification'",
    "test": "no test table was given: test=...",
    "test_target": "the test table has no target",
    "unlabelled_test": "it estimates what a test table without a target does not say",
    "groups": "no groups were given: groups=...",
    "time": "no time was given: time=...",
    "ids": "no ids were given: ids=...",
    "prepared": "no prepared data with a record were given: prepared=prepare(..., record=True)",
    "schema": "no schema was given: schema=...",
    "exact": "it compares pixels, and these images were made smaller or brought to one size",
}

FEW_NUMBERS = 10


@dataclass(frozen=True)
class Tables:
    """The tables of one audit and what else it was given.

    Attributes
    ----------
    train : Table
    test : Table or None
    task : {"classification", "regression"} or None
        None without a target.
    pred_proba : ndarray of shape (training rows, classes) or None
        Out of fold, classes in sorted order.
    schema : Schema or None
    prepared : Prepared or None
    random_state : int
    kept : dict of str
        What one check computed and others need as well.
    """

    train: Table
    test: Table | None = None
    task: Task | None = None
    pred_proba: np.ndarray | None = None
    schema: Schema | None = None
    prepared: Prepared | None = None
    random_state: int = 0
    kept: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def both(self) -> list[Table]:
        """The tables that exist, training first."""
        return [self.train] if self.test is None else [self.train, self.test]

    @cached_property
    def image_figures(self) -> list[tuple[Table, Figures]]:
        """The tables of images with the figures of their pixels, in shares of the range of the training pixels."""
        return [
            (table, figures_of(table.images, *self.train.pixel_range) if table.files is None else table.files.figures)
            for table in self.both
            if table.images is not None
        ]

    def lacks(self, needs: frozenset[str]) -> str | None:
        """Return why a check with these needs cannot run, None if it can."""
        missing = [need for need in LACKING if need in needs and not self._has(need)]
        unknown = sorted(needs - set(LACKING))
        if unknown:
            return f"it needs {unknown}, which datafix does not know"
        if "time" in needs and not missing:
            return self._unusable_time()
        if missing and self.test is None and missing[0] in ("test_target", "unlabelled_test"):
            return LACKING["test"]
        return LACKING[missing[0]] if missing else None

    def _unusable_time(self) -> str | None:
        """Return why the times cannot be compared, None if they can."""
        known = {table.part: kind_of(table.time) for table in self.both if table.time is not None}
        name = repr(self.train.roles["time"]) if "time" in self.train.roles else "what time= was given"
        for kind in known.values():
            if kind not in ("number", "time"):
                return f"{name} is {kind}, not times: parse it with pandas.to_datetime"
        told = " and ".join(f"{kind} in {part}" for part, kind in known.items())
        return None if len(set(known.values())) == 1 else f"{name} is {told}"

    def _has(self, need: str) -> bool:
        train, test = self.train, self.test
        has: dict[str, Any] = {
            "features": train.columns,
            "images": train.images is not None,
            "files": train.files is not None,
            "exact": all(table.files is None or table.files.exact for table in self.both),
            "target": train.target is not None,
            "classes": train.target is not None and self.task == "classification",
            "test": test is not None,
            "test_target": test is not None and test.target is not None,
            "unlabelled_test": test is not None and test.target is None,
            "groups": train.groups is not None,
            "time": train.time is not None,
            "ids": train.ids is not None,
            "prepared": self.prepared is not None and self.prepared.record is not None,
            "schema": self.schema is not None,
        }
        return bool(has[need])


def shared_numbers(train: Table, test: Table) -> list[str]:
    """Return the features of more than ten numbers in train that are numbers in test too, and have no role."""
    return [
        name
        for name, figures in train.statistics.items()
        if figures.kind == "number"
        and figures.n_unique > FEW_NUMBERS
        and name in test.columns
        and test.kinds[name] == "number"
        and name not in train.roles.values()
    ]
