"""Whether the network has not even learned its training rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import keras
import numpy as np

from datafix.diagnosis.after.explained import explained
from datafix.diagnosis.case import Case
from datafix.report import Issue

STRONG = 0.5


@dataclass(frozen=True)
class Underfitting:
    """Find networks with more errors on their own training rows than extra trees have on rows that they have not seen.

    What the trees find is there to be learned, so that it is the network or its training that does not.
    """

    name: ClassVar[str] = "underfitting"
    needs: ClassVar[frozenset[str]] = frozenset(
        {"array", "numbers", "target", "labels", "mistakes", "many_rows", "balanced"}
    )

    least: float = 0.05
    errors: float = 3.0

    def find(self, case: Case) -> Iterator[Issue]:
        """Yield one issue."""
        test = case.test
        gains = test.loss - case.forest_loss
        gain, error = float(gains.mean()), float(gains.std() / np.sqrt(len(gains)))
        behind = case.train.error - float(case.forest_loss.mean())
        if gain < max(self.least, self.errors * error) or behind < self.least:
            return
        one = case.is_classification and len(np.unique(test.predicted)) == 1
        told = f" It gives one answer, {case.class_name(int(test.predicted[0]))}, for all rows." if one else ""
        cause, hint = _likeliest(case)
        yield explained(
            case,
            self.name,
            gain,
            f"The network has not learned its training rows: {case.score_name} {1 - case.train.error:.2f} on them, "
            f"where quick trees have {1 - case.forest_loss.mean():.2f} on rows that they have not seen.{told}{cause}",
            hint,
            evidence={"train": 1 - case.train.error, "trees_held_out": 1 - float(case.forest_loss.mean())},
        )


def _likeliest(case: Case) -> tuple[str, str]:
    rates = [
        layer.rate
        for layer in case.subject.layers
        if isinstance(layer, (keras.layers.Dropout, keras.layers.SpatialDropout1D, keras.layers.SpatialDropout2D))
    ]
    if rates and max(rates) >= STRONG:
        return (
            f" Dropout of {max(rates):g} may leave too little.",
            "Lower the dropout to 0.1 to 0.3, or widen the layers before it.",
        )
    widths = [weight.shape[-1] for weight in case.model.weights if len(weight.shape) >= 2][:-1]
    if widths and min(widths) < min(4, case.n_classes if case.is_classification else 4):
        return (
            f" A hidden layer has {min(widths)} unit(s): little goes through.",
            "Widen the layers: 32 units or more.",
        )
    if not widths:
        return " It has no hidden layer.", "Add hidden layers: 32 units or more with relu."
    return "", "Train longer, look at the learning rate, widen or deepen the network, or regularise less."
