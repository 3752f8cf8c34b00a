"""Whether more training rows would help."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.diagnosis import quick
from datafix.diagnosis.after.explained import explained
from datafix.diagnosis.case import Case
from datafix.report import Bars, Issue

SHARES = (0.25, 0.5, 1.0)


@dataclass(frozen=True)
class TooFewRows:
    """Find training parts of which extra trees learn clearly more with each doubling.

    Errors fall as a power of the number of rows (Hestness et al., "Deep learning scaling is predictable, empirically",
    2017): a doubling brings 1/√2 of what the one before brought.
    """

    name: ClassVar[str] = "too_few_rows"
    needs: ClassVar[frozenset[str]] = frozenset(
        {"array", "numbers", "target", "labels", "mistakes", "many_rows", "all_rows"}
    )

    least: float = 0.05
    errors: float = 3.0

    def find(self, case: Case) -> Iterator[Issue]:
        """Yield one issue."""
        train, test = case.train, case.test
        random = np.random.RandomState(0)
        losses = []
        for share in SHARES[:-1]:
            rows = random.permutation(len(train))[: max(2, int(share * len(train)))]
            model = quick.trees(train.matrix[rows], train.y[rows], case.task)
            losses.append(test.loss_of(model.predict(test.matrix)))
        losses.append(case.forest_loss)
        # What trees gain, in proportion to the error that the network has left.
        left = min(1.0, case.error / max(float(case.forest_loss.mean()), 1e-9))
        foretold = left * ((losses[0] - losses[1]) / 2 + (losses[1] - losses[2]) / np.sqrt(2)) / 2
        gain, error = float(foretold.mean()), float(foretold.std() / np.sqrt(len(foretold)))
        if gain < max(self.least, self.errors * error):
            return
        sizes = [int(share * len(train)) for share in SHARES]
        scores = [1 - float(loss.mean()) for loss in losses]
        told = ", ".join(f"{score:.2f} from {size}" for score, size in zip(scores, sizes, strict=True))
        yield explained(
            case,
            self.name,
            min(gain, case.error),
            f"There are too few training rows: quick trees have an {case.score_name} of {told} rows; twice as many "
            f"would add about {gain:.2f}.",
            "Collect more rows; until then augment (datafix.Augmenter, datafix.augment), regularise, use a network "
            "trained on other data, and cross-validate.",
            evidence={"sizes": sizes, "scores": scores, "gain_of_doubling": gain},
            figure=Bars(
                f"{case.score_name} by rows learned from",
                tuple(map(str, sizes)),
                {case.score_name: tuple(max(score, 0.0) for score in scores)},
                percent=True,
            ),
        )
