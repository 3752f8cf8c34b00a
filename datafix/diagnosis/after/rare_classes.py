"""Classes that the network hardly ever finds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.stats import binom

from datafix.diagnosis.after.explained import explained
from datafix.diagnosis.case import Case
from datafix.report import Bars, Issue, Severity

MOST = 12


@dataclass(frozen=True)
class RareClasses:
    """Find classes with few training rows whose held-out rows are hardly ever found, behind an accuracy that hides it.

    A class is rare that has less than half of the rows that an equal share would give.
    """

    name: ClassVar[str] = "rare_classes"
    needs: ClassVar[frozenset[str]] = frozenset({"array", "target", "labels", "classes", "mistakes"})

    recall: float = 0.5
    chance: float = 0.01

    def find(self, case: Case) -> Iterator[Issue]:
        """Yield an error for classes never predicted, else a warning."""
        test, n = case.test, case.n_classes
        if n < 2 or (len(np.unique(test.predicted)) == 1 and np.bincount(case.train.y).max() < 0.7 * len(case.train)):
            return  # one answer for all: a broken network, not a rare class
        share = np.bincount(case.train.y, minlength=n) / len(case.train)
        counts = np.bincount(test.y, minlength=n)
        found = np.bincount(test.y[~test.wrong], minlength=n) / np.maximum(counts, 1)
        overall = float(np.average(found, weights=counts))
        hits = np.round(found * counts)
        unlucky = binom.cdf(hits, np.maximum(counts, 1), overall)  # chance to be found so seldom, were it no worse
        weak = (share < 0.5 / n) & (counts > 0) & (found < self.recall) & (unlucky < self.chance)
        for code in np.flatnonzero(weak)[np.argsort(found[weak], kind="stable")]:
            rows = (test.y == code) & test.wrong
            never = not (test.predicted == code).any()
            yield explained(
                case,
                self.name,
                float(rows.mean()),
                f"Class {case.class_name(code)}, {share[code]:.1%} of the training rows, is found on {found[code]:.0%} "
                f"of its {counts[code]} held-out rows{' and never predicted' if never else ''}; the accuracy of "
                f"{1 - case.error:.2f} hides it.",
                "Weight it (class_weight='balanced'), draw its rows more often, lower its threshold, or collect more; "
                "watch recall and the area under the precision-recall curve.",
                rows=test.index[rows],
                evidence={"class": case.class_name(code), "recall": float(found[code]), "share": float(share[code])},
                figure=Bars(
                    "Recall by class",
                    tuple(case.class_name(at) for at in range(min(n, MOST))),
                    {"recall": tuple(float(value) for value in found[:MOST])},
                    percent=True,
                ),
                severity=Severity.ERROR if never or found[code] < 0.1 else Severity.WARNING,
            )
