"""How a training goes, told from its losses by epoch."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from datafix.report import Issue, Severity

SMALL = 0.1
"""Share of the loss at the start under which a loss may stand still, and rise and fall."""
HARDLY = 0.9
"""Share of the loss at the start above which a network has learned hardly anything."""
FAR = 2.0
FAR_FROM_FIRST = 20.0
"""Much more than FAR, since the first batch alone may have been an easy one."""
IN_A_ROW = 3
NOISE = 4.0
"""How many times the usual step from epoch to epoch a rise must be, not to be chance."""
RECENT = 10


class TrainingCourse:
    """Judge after each epoch whether the losses still do what they should; each finding is told once.

    Parameters
    ----------
    patience : int
        Epochs that a loss may stand still, or a validation loss rise, before it is told.
    min_improvement : float
        Least relative fall of the training loss over ``patience`` epochs.
    start : float or None
        Loss before anything was learned, such as that of the first batch; None for a training that goes on.

    Examples
    --------
    >>> course = TrainingCourse(patience=3, min_improvement=0.01, start=1.0)
    >>> for loss in (0.8, 0.6, 0.6, 0.6):
    ...     print([issue.check for issue in course.add(loss)])
    []
    []
    []
    []
    >>> print(course.add(0.599)[0].message)
    The training loss has fallen by 0.2% in the last 3 epochs, and stands at 0.599 (0.6 of 1 at the start).
    """

    checks = ("divergence", "overfitting", "plateau", "underfitting")

    def __init__(self, *, patience: int, min_improvement: float, start: float | None = None) -> None:
        self.patience = patience
        self.min_improvement = min_improvement
        self.start = start
        self.losses: list[float] = []
        self.val_losses: list[float] = []
        self._at_val: list[float] = []
        self._told: set[str] = set()

    def add(self, loss: float, val_loss: float | None = None) -> list[Issue]:
        """Take the losses of an epoch, and return what begins with it."""
        if not math.isfinite(loss):
            return []
        self.losses.append(loss)
        if val_loss is not None and math.isfinite(val_loss):
            self.val_losses.append(val_loss)
            self._at_val.append(loss)
        asked: tuple[Callable[[], Issue | None], ...] = (
            self._divergence,
            self._overfitting,
            self._plateau,
            self._underfitting,
        )
        found: list[Issue] = []
        for question in asked:
            if (issue := question()) and issue.check not in self._told:
                self._told.add(issue.check)
                found.append(issue)
        return found

    @property
    def too_short(self) -> dict[str, str]:
        """The questions that could not be asked yet, each with the reason."""
        short: dict[str, str] = {}
        if len(self.losses) < 2:
            short["divergence"] = "divergence needs 2 epochs with a loss"
        if len(self.val_losses) <= self.patience:
            short["overfitting"] = f"overfitting needs more than {self.patience} epochs with a val_loss"
        if len(self.losses) <= self.patience:
            short["plateau"] = f"a plateau needs more than {self.patience} epochs with a loss"
        if self.start is None:
            short["underfitting"] = "underfitting needs the loss at the start, and this training went on from another"
        elif len(self.losses) < 2 * self.patience:
            short["underfitting"] = f"underfitting needs {2 * self.patience} epochs with a loss"
        return {name: reason for name, reason in short.items() if name not in self._told}

    def _divergence(self) -> Issue | None:
        losses, last = self.losses, self.losses[-1]
        if len(losses) < 2:
            return None
        best = min(losses[:-1])
        far = _far_above(last, best, FAR) and last > self._first
        # Twice, since one epoch may hold an outlier.
        from_first = self.start is not None and all(_far_above(x, self.start, FAR_FROM_FIRST) for x in losses[-2:])
        from_first &= _relative_fall(losses[-2], last) < SMALL
        if not (far or from_first or self._climbs()):
            return None
        lowest = min(best, self._first if self.start is None else self.start)
        return Issue(
            "divergence",
            Severity.ERROR,
            f"The training loss rises: {last:.4g} in epoch {len(losses)}, from {lowest:.4g} at its best "
            f"(last epochs: {_listed(losses)}).",
            "Lower the learning rate to a tenth, or limit the gradients (clipnorm=1.0); scale inputs and targets.",
            evidence={"loss": last, "best": lowest, "epochs": len(losses), "losses": losses[-5:]},
        )

    def _climbs(self) -> bool:
        """Whether the loss rose three epochs in a row, by more than chance and no more negligible."""
        losses = self.losses
        if len(losses) <= IN_A_ROW or (np.diff(losses[-IN_A_ROW - 1 :]) <= 0).any():
            return False
        before = losses[-IN_A_ROW - 1]
        least = max(NOISE * _usual_step(losses[:-IN_A_ROW]), FAR * SMALL * abs(before), SMALL * abs(self._first))
        return losses[-1] - before > least and losses[-1] == max(losses[-RECENT:])

    def _overfitting(self) -> Issue | None:
        """Tell a validation loss that is, smoothed, above its best for ``patience`` epochs, and rising."""
        values, n = self.val_losses, self.patience
        if len(values) <= n:
            return None
        smooth = _smoothed(values)
        at = int(np.argmin(smooth))
        since = len(values) - 1 - at
        rise, usual = smooth[-1] - smooth[at], _usual_step(values)
        then, now = _smoothed(self._at_val)[at], _smoothed(self._at_val)[-1]
        rising = np.polyfit(np.arange(n + 1), values[-n - 1 :], 1)[0] > 0
        least = max(0.02 * abs(smooth[at]), NOISE * usual, 0.01 * abs(self._first))
        if since < n or not rising or rise <= least or then - now <= 0.01 * abs(then):
            return None
        return Issue(
            "overfitting",
            Severity.WARNING,
            f"The validation loss has risen from {smooth[at]:.4g} to {smooth[-1]:.4g} in {since} epochs, while the "
            f"training loss fell from {then:.4g} to {now:.4g}: the network learns its training rows by heart.",
            "Stop at the best epoch: keras.callbacks.EarlyStopping('val_loss', patience=5, "
            "restore_best_weights=True); or use Dropout, weight decay, augmentation, a smaller network or more rows.",
            evidence={
                "val_loss": values[-1],
                "best_val_loss": min(values),
                "epochs_since": since,
                "loss": now,
                "loss_then": then,
            },
        )

    def _plateau(self) -> Issue | None:
        losses, n = self.losses, self.patience
        if len(losses) <= n or (self.start is not None and losses[-1] <= SMALL * self._first):
            return None
        fall = self._fall
        if fall > self.min_improvement or "divergence" in self._told:
            return None
        start = "" if self.start is None else f" ({losses[-1] / self._first:.2g} of {self._first:.4g} at the start)"
        return Issue(
            "plateau",
            Severity.WARNING,
            f"The training loss has fallen by {max(fall, 0):.1%} in the last {n} epochs, and stands at "
            f"{losses[-1]:.4g}{start}.",
            "Try smaller steps, keras.callbacks.ReduceLROnPlateau('loss'), then a larger network or better features. "
            "If it is as good as these data allow, stop: keras.callbacks.EarlyStopping.",
            evidence={"loss": losses[-1], "fall": fall, "epochs": n, "start": self.start},
        )

    def _underfitting(self) -> Issue | None:
        losses, n = self.losses, self.patience
        if self.start is None or len(losses) < 2 * n or "divergence" in self._told:
            return None
        best = min(losses)
        if best <= HARDLY * self._first or self._fall > FAR * self.min_improvement:
            return None
        return Issue(
            "underfitting",
            Severity.WARNING,
            f"After {len(losses)} epochs the training loss is {losses[-1]:.4g}, hardly below {self._first:.4g} at "
            "the start: the network has learned almost nothing.",
            "Try another learning rate, a larger network, less regularisation and scaled inputs; "
            "datafix.check_model looks at the network, datafix.audit whether the features tell of the target.",
            evidence={"loss": losses[-1], "best": best, "start": self._first, "epochs": len(losses)},
        )

    @property
    def _first(self) -> float:
        """The loss at the start: of the first batch or, where that was an easy one, of the first epoch."""
        return self.losses[0] if self.start is None else max(self.start, self.losses[0])

    @property
    def _fall(self) -> float:
        """How far the last ``patience`` losses are below those before, relative to these: by the best of them.

        Where losses are noisy, also by the median: one lucky epoch long ago makes no plateau.
        """
        n = self.patience
        before, recent = self.losses[:-n], self.losses[-n:]
        falls = [_relative_fall(min(before), min(recent))]
        if _usual_step(self.losses[-n - 1 :]) > self.min_improvement * abs(recent[-1]):
            falls.append(_relative_fall(float(np.median(before[-n:])), float(np.median(recent))))
        return max(falls)


def _relative_fall(before: float, now: float) -> float:
    return (before - now) / max(abs(before), 1e-12)


def _far_above(loss: float, best: float, factor: float) -> bool:
    return loss - best > (factor - 1) * abs(best)


def _smoothed(values: Sequence[float]) -> list[float]:
    """Return medians of each value and the two before it."""
    return [float(np.median(values[max(at - 2, 0) : at + 1])) for at in range(len(values))]


def _usual_step(values: Sequence[float]) -> float:
    """Return the median change against the trend, from epoch to epoch."""
    return float(np.median(np.abs(np.diff(values, n=2)))) / 2 if len(values) > 3 else 0.0


def _listed(losses: Sequence[float]) -> str:
    return ", ".join(f"{loss:.4g}" for loss in losses[-5:])
