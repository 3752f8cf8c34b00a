"""Whether held-out rows come from elsewhere than training rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.diagnosis.after.explained import explained
from datafix.diagnosis.after.names import feature_names
from datafix.diagnosis.case import Case
from datafix.report import Bars, Issue

TOP = 5


@dataclass(frozen=True)
class Drift:
    """Find held-out parts that models tell from the training part, and what that costs.

    The cost is the smaller of two: how many more errors the network makes than on training rows, and
    how many more extra trees make, which know nothing of the network, than out of fold in training.
    """

    name: ClassVar[str] = "drift"
    needs: ClassVar[frozenset[str]] = frozenset({"array", "numbers", "target", "labels", "mistakes", "many_rows"})

    errors: float = 4.0
    told_apart: float = 0.08

    def find(self, case: Case) -> Iterator[Issue]:
        """Yield an issue where the parts are told apart and errors differ."""
        at_home, away = case.out_of_fold_loss, case.forest_loss
        gain = float(away.mean() - at_home.mean())
        error = float(np.hypot(away.std() / np.sqrt(len(away)), at_home.std() / np.sqrt(len(at_home))))
        cost = case.error - case.train.error
        if gain < self.errors * error or cost <= 0:
            return
        apart, important = case.told_apart
        shifted = _labels_moved(case) if case.is_classification else ""
        if apart < self.told_apart and not shifted:
            return
        names = feature_names(case)
        top = np.argsort(-important, kind="stable")[:TOP]
        told = ", ".join(names[at] for at in top if at < len(names))
        yield explained(
            case,
            self.name,
            min(gain, cost),
            f"Held-out rows come from elsewhere than training rows: a model tells them apart with an accuracy of "
            f"{0.5 + apart:.2f} (most by {told}){shifted}. Extra trees have an error of {at_home.mean():.2f} out of "
            f"fold in training, {away.mean():.2f} on held-out rows.",
            "Collect training rows from where the model is used, weight them by likeness, or leave out what moves; "
            "datafix.audit(train, test=test) shows how.",
            evidence={"accuracy_apart": 0.5 + apart, "features": [names[at] for at in top if at < len(names)]},
            figure=Bars(
                "What tells the parts apart (importance)",
                tuple(names[at] for at in top if at < len(names)),
                {"importance": tuple(float(important[at]) for at in top if at < len(names))},
            ),
        )


def _labels_moved(case: Case) -> str:
    train, test = (np.bincount(part.y, minlength=case.n_classes) / len(part) for part in (case.train, case.test))
    worst = int(np.abs(train - test).argmax())
    error = np.sqrt(train[worst] * (1 - train[worst]) / len(case.test))
    if abs(train[worst] - test[worst]) < max(0.1, 5 * error):
        return ""
    return (
        f"; class {case.class_name(worst)} has {train[worst]:.0%} of the training rows and {test[worst]:.0%} of these"
    )
