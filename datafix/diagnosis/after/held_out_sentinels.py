"""Held-out targets that stand for missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.diagnosis.after.explained import explained
from datafix.diagnosis.case import Case
from datafix.diagnosis.subject import fillers_of, in_own_unit
from datafix.report import Issue


@dataclass(frozen=True)
class HeldOutSentinels:
    """Find held-out quantities such as -999 and 9999 that stand for missing, and the error without their rows."""

    name: ClassVar[str] = "held_out_sentinels"
    needs: ClassVar[frozenset[str]] = frozenset({"array", "numbers", "target", "labels", "quantity", "mistakes"})

    def find(self, case: Case) -> Iterator[Issue]:
        """Yield one issue."""
        test = case.test
        values = in_own_unit(case.prepared, test.y)
        known = sorted({*case.subject.fillers, *fillers_of(values)})
        flagged = np.isclose(values[:, None], known).any(axis=1) if known else np.zeros(len(test), dtype=bool)
        if not flagged.any() or flagged.all():
            return
        gain = case.error - float(test.loss[~flagged].mean())
        yield explained(
            case,
            self.name,
            gain,
            f"The held-out target is {' or '.join(f'{value:g}' for value in np.unique(values[flagged]))} on "
            f"{int(flagged.sum())} of {len(test)} rows, which stands for missing: without them the {case.score_name} "
            f"is {1 - case.error + gain:.2f}, not {1 - case.error:.2f}.",
            "Drop these rows: no prediction can be right of a target that is not known.",
            rows=test.index[flagged],
            evidence={"values": known, "n_rows": int(flagged.sum())},
        )
