"""Classes with too few rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.checks.tables import Tables
from datafix.report import MOST, Bars, Issue, Severity


@dataclass(frozen=True)
class ClassBalance:
    """Find a target of one class, classes of a few rows, and classes that are far rarer than others."""

    name: ClassVar[str] = "class_balance"
    needs: ClassVar[frozenset[str]] = frozenset({"classes"})

    few: int = 10
    rare: float = 0.05

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield an error for one class, a warning for classes of a few rows, an info for imbalance."""
        train = tables.train
        if train.whole is not None and train.whole.columns[train.roles["target"]].counts is None:
            return  # more than 100,000 values, of which none was counted
        codes, _ = train.class_codes()
        classes, counts = train.all_class_counts()
        column = train.roles.get("target")
        evidence = {"counts": {str(name): int(count) for name, count in zip(classes, counts, strict=True)}}
        if len(classes) < 2:
            yield Issue(
                self.name,
                Severity.ERROR,
                f"The target has {'one class only: ' + repr(str(classes[0])) if len(classes) else 'no value'}.",
                "There is nothing to tell apart: give rows of another class, or another target.",
                column=column,
                evidence=evidence,
                figure=_bars(classes, counts),
            )
            return
        few = np.flatnonzero(counts < self.few)
        if len(few):
            names = ", ".join(f"{str(classes[i])!r} ({counts[i]})" for i in few[:5])
            yield Issue(
                self.name,
                Severity.WARNING,
                f"{len(few)} class(es) have fewer than {self.few} training rows: "
                f"{names}{', …' if len(few) > 5 else ''}.",
                "Collect more of them, or join classes: neither a network nor its test can say much about so few.",
                column=column,
                rows=np.flatnonzero(np.isin(codes, few)),
                evidence=evidence,
                figure=_bars(classes, counts),
            )
        smallest = int(counts.argmin())
        expected = 1 / len(classes)
        share = counts[smallest] / counts.sum()
        if share < min(self.rare, expected / 2) and smallest not in few:
            yield Issue(
                self.name,
                Severity.INFO,
                f"Class {str(classes[smallest])!r} has {share:.2%} of the rows; accuracy will hide how it fares.",
                "Look at recall and precision by class; split with stratify=True, weigh rare rows with class_weight.",
                column=column,
                evidence=evidence,
                figure=_bars(classes, counts),
            )


def _bars(classes: np.ndarray, counts: np.ndarray) -> Bars:
    """Return the rarest and the most frequent classes."""
    order = np.argsort(counts, kind="stable")
    shown = order if len(order) <= MOST else np.concatenate([order[: MOST - 2], order[-2:]])
    labels = tuple(str(classes[k]) for k in shown)
    return Bars("Training rows of each class", labels, {"rows": tuple(float(counts[k]) for k in shown)})
