"""Whether held-out rows were prepared otherwise than training rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.diagnosis.after.explained import explained
from datafix.diagnosis.after.undoing import alike, order_of, ways
from datafix.diagnosis.case import Case
from datafix.report import Issue, Severity

RESTORED = 0.6
"""Share of the distance between held-out and training error that undoing must take away."""


@dataclass(frozen=True)
class ServingSkew:
    """Find held-out features that were scaled, ordered, mirrored or coloured otherwise than those in training.

    The evidence is counterfactual: each way of preparation is undone, and the model asked again. What restores its
    predictions is the cause.
    """

    name: ClassVar[str] = "serving_skew"
    needs: ClassVar[frozenset[str]] = frozenset({"array", "numbers", "target", "labels", "mistakes", "many_rows"})

    least: float = 0.05
    errors: float = 4.0
    alike: float = 0.05
    reordered: float = 0.5
    sharper: float = 1.3

    def find(self, case: Case) -> Iterator[Issue]:
        """Yield the way that restores most."""
        best = self._best(case)
        if best is not None:
            gain, told = best
            yield explained(
                case,
                self.name,
                gain,
                f"The held-out features look as if they had been prepared otherwise than in training: {told}, "
                f"the {case.score_name} rises from {1 - case.error:.2f} to {1 - case.error + gain:.2f}.",
                "Prepare both by one fitted pipeline: datafix.prepare, and for serving datafix.with_preprocessing.",
                evidence={"undone": told},
            )
        elif (shown := self._shown(case)) is not None:
            yield self._certain(case, shown)

    def _best(self, case: Case) -> tuple[float, str] | None:
        """Return what restores most of the predictions, on all rows or on those of which the model is then surer."""
        test, gap = case.test, case.error - case.train.error
        best: tuple[float, str] | None = None
        for told, undone in ways(case) if gap > self.least else ():
            outputs = case.outputs(undone(test.features).astype(np.float32))
            tried = [(told, outputs)]
            if case.gives_probabilities:
                surer = case.probabilities(outputs).max(axis=1) > case.probabilities(test.outputs).max(axis=1)
                tried.append((f"some of them, {told}", np.where(surer[:, None], outputs, test.outputs)))
            for words, answers in tried:
                gains = test.loss - test.loss_of(case.predicted(answers))
                gain, error = float(gains.mean()), float(gains.std() / np.sqrt(len(gains)))
                needed = max(self.least, self.errors * error, RESTORED * gap)
                if gain > needed and (best is None or gain > best[0]):
                    best = gain, words
        return best

    def _shown(self, case: Case) -> str | None:
        """Return what the features themselves show, whatever the model makes of them."""
        train, test = (part.features.astype(np.float64) for part in (case.train, case.test))
        size = alike(test, train)
        if size < self.alike:
            return f"are {1 / size:.3g} times larger or smaller than those in training"
        if train.ndim == 2 and order_of(case)[1] < self.reordered:
            return "stand in another order than in training, by their distributions"
        if case.subject.is_image and case.error - case.train.error > self.least:
            finer = _fineness(test) / max(_fineness(train), 1e-12)
            if not 1 / self.sharper < finer < self.sharper:
                how = "blurrier" if finer < 1 else "sharper"
                return f"are {how} than the images in training (another size or interpolation?)"
        return None

    def _certain(self, case: Case, told: str) -> Issue:
        """Return what the features themselves say, whatever the model makes of them."""
        return explained(
            case,
            self.name,
            0.0,
            f"The held-out features {told}.",
            "Prepare both by one fitted pipeline: datafix.prepare, and for serving datafix.with_preprocessing.",
            severity=Severity.ERROR,
        )


def _fineness(images: np.ndarray) -> float:
    """Return how far a pixel is from the mean of its neighbours, in units of the images' spread."""
    middle = images[:, 1:-1, 1:-1]
    around = (images[:, :-2, 1:-1] + images[:, 2:, 1:-1] + images[:, 1:-1, :-2] + images[:, 1:-1, 2:]) / 4
    return float(np.abs(middle - around).mean() / (images.std() + 1e-12))
