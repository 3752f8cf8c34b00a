"""Whether probabilities mean what they say, and the threshold is where it should be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.diagnosis.after.explained import explained
from datafix.diagnosis.case import Case
from datafix.report import Bars, Issue, Severity

BINS = 10


@dataclass(frozen=True)
class Calibration:
    """Find networks that are far surer than right, and two-class networks whose threshold should not be 0.5.

    Expected calibration error in ten bins of equal numbers (Guo et al., "On calibration of modern neural networks",
    2017). A threshold is chosen on every other validation row and judged on the rest.
    """

    name: ClassVar[str] = "calibration"
    needs: ClassVar[frozenset[str]] = frozenset({"array", "numbers", "target", "labels", "probabilities", "many_rows"})

    largest: float = 0.15
    fewest: int = 100
    least: float = 0.03

    def find(self, case: Case) -> Iterator[Issue]:
        """Yield an issue of each kind."""
        yield from self._threshold(case)
        test = case.test
        if len(test) < self.fewest or not np.isfinite(test.outputs).all():
            return
        proba = case.probabilities(test.outputs)
        sure, right = proba.max(axis=1), (~test.wrong).astype(np.float64)
        order = np.array_split(np.argsort(sure, kind="stable"), BINS)
        means = [(float(sure[rows].mean()), float(right[rows].mean())) for rows in order]
        error = float(np.mean([abs(said - was) for said, was in means]))
        if error > self.largest and sure.mean() > right.mean():
            yield Issue(
                self.name,
                Severity.WARNING,
                f"The network says {sure.mean():.0%} and is right on {right.mean():.0%}: its probabilities are off by "
                f"{error:.2f} on average.",
                "Calibrate on validation rows (temperature scaling), stop earlier, or smooth labels.",
                table="test",
                evidence={
                    "expected_calibration_error": error,
                    "said": float(sure.mean()),
                    "right": float(right.mean()),
                },
                figure=Bars(
                    "Said and right, by how sure",
                    tuple(f"{at + 1}" for at in range(BINS)),
                    {"said": tuple(one for one, _ in means), "right": tuple(one for _, one in means)},
                    percent=True,
                ),
            )

    def _threshold(self, case: Case) -> Iterator[Issue]:
        rows = case.validation
        if rows is None or "balanced" in case.lacking or case.n_classes != 2 or len(rows) < self.fewest:
            return
        proba, half = case.probabilities(rows.outputs)[:, 1], np.arange(len(rows)) % 2 == 0
        cuts = np.unique(proba[half])
        scores = [((proba[half] > cut) == rows.y[half]).mean() for cut in cuts]
        cut = float(cuts[int(np.argmax(scores))])
        right = ((proba > cut) == rows.y)[~half].astype(np.float64)
        gains = right - ((proba > 0.5) == rows.y)[~half]
        gain, error = float(gains.mean()), float(gains.std() / np.sqrt(len(gains)))
        if gain > max(self.least, 3 * error):
            held = case.probabilities(case.test.outputs)[:, 1]
            there = float(case.test.loss.mean() - case.test.loss_of((held > cut).astype(np.int64)).mean())
            yield explained(
                case,
                self.name,
                max(there, 0.0),
                f"The threshold should be {cut:.2f}, not 0.5: the validation accuracy rises by {gain:.2f}, "
                f"the held-out by {there:.2f}.",
                "Choose it on validation rows: sklearn.model_selection.TunedThresholdClassifierCV.",
                evidence={"threshold": cut},
            )
