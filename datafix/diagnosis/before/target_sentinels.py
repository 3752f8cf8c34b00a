"""Whether some targets stand for missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.diagnosis.subject import Subject
from datafix.report import Issue, Severity


@dataclass(frozen=True)
class TargetSentinels:
    """Find quantities such as -999 and 9999, far from all other targets, that stand for missing ones."""

    name: ClassVar[str] = "target_sentinels"
    needs: ClassVar[frozenset[str]] = frozenset({"target", "labels"})

    def find(self, subject: Subject) -> Iterator[Issue]:
        """Yield an error with the rows."""
        if not subject.fillers:
            return
        rows, values = np.flatnonzero(subject.is_filler), subject.own_target
        others = values[~subject.is_filler]
        yield Issue(
            self.name,
            Severity.ERROR,
            f"The target is {' or '.join(f'{value:g}' for value in subject.fillers)} on {len(rows)} of {len(values)} "
            f"rows looked at, and {others.min():.4g} to {others.max():.4g} on all others: it stands for missing, and "
            "squared errors are ruled by it.",
            "Drop these rows before the split; a missing target teaches nothing, and no score can be had of it.",
            rows=rows if subject.index is None else subject.index[rows],
            evidence={"values": list(subject.fillers), "n_rows": len(rows)},
        )
