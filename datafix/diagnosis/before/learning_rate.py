"""Whether the learning rate is of the right size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from datafix.diagnosis.before.stepping import Steps, steps_at
from datafix.diagnosis.subject import STEPPED, Subject
from datafix.report import Issue, Severity

LOWER = (0.1, 0.01, 1e-3, 1e-4)
HIGHER = (10.0, 100.0, 1e3, 1e4, 1e5)
MOST = 1.0
"""No rate beyond is proposed: what asks for it has another fault."""


@dataclass(frozen=True)
class LearningRate:
    """Find learning rates with which the loss rises, or moves a hundred times slower than it could.

    Steps are tried on a copy of the weights: forty (of a large network twenty), at the model's learning rate, and only
    where they go wrong at lower or higher ones (after Smith, "Cyclical learning rates for training neural networks",
    2017, section 3.3).
    """

    name: ClassVar[str] = "learning_rate"
    needs: ClassVar[frozenset[str]] = STEPPED

    slower: float = 100.0
    least: float = 0.05
    half: float = 0.5

    def find(self, subject: Subject) -> Iterator[Issue]:
        """Yield an error."""
        now = steps_at(subject)
        if now.gain < 0:
            best = max((steps_at(subject, factor) for factor in LOWER), key=lambda steps: steps.gain)
            if best.gain > self.least * abs(best.before):
                yield self._issue("too high", now, best)
        elif now.after > self.half * abs(now.before) and (lower := self._outdoing(subject, now)) is not None:
            yield self._issue("too high", now, lower)
        elif now.gain < self.least * abs(now.before):
            best = now
            for factor in HIGHER:
                tried = steps_at(subject, factor)
                if tried.gain > best.gain:
                    best = tried
                elif tried.gain < 0:
                    break
            if best.gain > self.least * abs(best.before) and best.gain > self.slower * now.gain:
                yield self._issue("too low", now, best)

    def _outdoing(self, subject: Subject, now: Steps) -> Steps | None:
        """Return the steps at a tenth or hundredth of the rate that come far lower: a sound one is faster."""
        lower = min((steps_at(subject, factor) for factor in LOWER[:2]), key=lambda steps: steps.after)
        return lower if lower.after < self.half * now.after else None

    def _issue(self, how: str, now: Steps, best: Steps) -> Issue:
        after = f"{now.after:.4g}" if now.is_finite else "no finite number"
        return Issue(
            self.name,
            Severity.ERROR,
            f"The learning rate of {now.learning_rate:.3g} is {how}: {len(now.losses)} steps on a copy take the loss "
            f"from {now.before:.4g} to {after}, at {best.learning_rate:.3g} to {best.after:.4g}.",
            f"Compile with learning_rate={min(best.learning_rate, MOST):.1g}, and let it fall "
            "(keras.optimizers.schedules, or ReduceLROnPlateau).",
            evidence={
                "learning_rate": now.learning_rate,
                "better": best.learning_rate,
                "loss_before": now.before,
                "loss_after": now.after,
                "loss_after_better": best.after,
            },
        )
