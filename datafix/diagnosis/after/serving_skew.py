"""Whether held-out rows were prepared otherwise than training rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.diagnosis.after.explained import explained
from datafix.diagnosis.after.restoring import RESTORED, features_restored
from datafix.diagnosis.after.undoing import REORDERED, alike, order_of
from datafix.diagnosis.after.units import other_units
from datafix.diagnosis.case import Case
from datafix.report import Issue, Severity


@dataclass(frozen=True)
class ServingSkew:
    """Find held-out features that were scaled, ordered, mirrored or coloured otherwise than those in training.

    The evidence is counterfactual: each way of preparation is undone, and the model asked again. What restores its
    predictions is the cause.
    """

    name: ClassVar[str] = "serving_skew"
    needs: ClassVar[frozenset[str]] = frozenset({"array", "numbers", "target", "labels", "mistakes", "many_rows"})

    least: float = 0.05
    alike: float = 0.05
    sharper: float = 1.3

    def find(self, case: Case) -> Iterator[Issue]:
        """Yield the way that restores most."""
        best = features_restored(case)
        if best is not None:
            unit = None if best.way is None else best.way.unit
            yield explained(
                case,
                self.name,
                best.gain,
                f"The held-out features look as if they had been prepared otherwise than in training: {best.words}, "
                f"the {case.score_name} rises from {1 - case.error:.2f} to {1 - case.error + best.gain:.2f}.",
                "Prepare both by one fitted pipeline: datafix.prepare, and for serving datafix.with_preprocessing."
                if unit is None
                else "Look at the unit of these values where held-out rows come from, and convert it there.",
                column=None if unit is None else unit.names[0],
                evidence={"undone": best.words}
                | ({} if unit is None else {"columns": unit.names, "factors": unit.factors.tolist()}),
            )
        elif (shown := self._shown(case)) is not None:
            yield self._certain(case, shown)

    def _shown(self, case: Case) -> str | None:
        """Return what the features themselves show, whatever the model makes of them."""
        train, test = (part.features.astype(np.float64) for part in (case.train, case.test))
        size = alike(test, train)
        if size < self.alike:
            where = ""
            if train.ndim == 2 and (units := list(other_units(case))):
                where = f", most by {', '.join(units[-1].names[:3])}"
            return f"are {1 / size:.3g} times larger or smaller than those in training{where}"
        if train.ndim == 2 and self._reordered(case):
            return "stand in another order than in training, by their distributions"
        if case.subject.is_image and case.error - case.train.error > self.least:
            finer = _fineness(test) / max(_fineness(train), 1e-12)
            if not 1 / self.sharper < finer < self.sharper:
                how = "blurrier" if finer < 1 else "sharper"
                return f"are {how} than the images in training (another size or interpolation?)"
        return None

    def _reordered(self, case: Case) -> bool:
        """Return whether columns stand in another order by their distributions, which explains most of the error."""
        (order, apart), gap = order_of(case), case.error - case.train.error
        if order is None or apart >= REORDERED or gap < self.least:
            return False
        lost = case.test.loss_of(case.predicted(case.outputs(case.test.features[:, order])))
        return case.error - float(lost.mean()) > RESTORED * gap

    def _certain(self, case: Case, told: str) -> Issue:
        """Return what the features themselves say, whatever the model makes of them."""
        return explained(
            case,
            self.name,
            0.0,
            f"The held-out features {told}.",
            "Prepare both by one fitted pipeline: datafix.prepare, and for serving datafix.with_preprocessing.",
            severity=Severity.ERROR if case.error - case.train.error > self.least else Severity.WARNING,
        )


def _fineness(images: np.ndarray) -> float:
    """Return how far a pixel is from the mean of its neighbours, in units of the images' spread."""
    middle = images[:, 1:-1, 1:-1]
    around = (images[:, :-2, 1:-1] + images[:, 2:, 1:-1] + images[:, 1:-1, :-2] + images[:, 1:-1, 2:]) / 4
    return float(np.abs(middle - around).mean() / (images.std() + 1e-12))
