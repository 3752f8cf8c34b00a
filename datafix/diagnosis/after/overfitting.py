"""Whether the network learned its training rows by heart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.diagnosis.after.explained import explained
from datafix.diagnosis.case import Case, severity_of
from datafix.diagnosis.rows import Rows
from datafix.report import Issue, Severity

EARLY = 0.6
RISEN = 1.3
BY_HEART = 0.05


@dataclass(frozen=True)
class Overfitting:
    """Find networks with far more errors on rows that they have not seen, beyond what the rows themselves explain.

    What a move of the data explains, by the errors of extra trees within the training part and on the held-out one, is
    taken off first. A gap alone is no loss: it is a warning where extra trees err less, or the validation loss has
    risen since an early epoch.
    """

    name: ClassVar[str] = "overfitting"
    needs: ClassVar[frozenset[str]] = frozenset({"array", "numbers", "target", "labels", "mistakes", "many_rows"})

    least: float = 0.08
    errors: float = 3.0

    def find(self, case: Case) -> Iterator[Issue]:
        """Yield one issue."""
        train, test = case.train, case.test
        gap = test.error - train.error
        error = float(np.hypot(test.loss.std() / np.sqrt(len(test)), train.loss.std() / np.sqrt(len(train))))
        gap = min(gap, gap - case.moved)
        if case.unseen_validation is not None:  # what is wrong with test rows alone is no overfitting
            gap = min(gap, case.unseen_validation.error - train.error)
        epoch, risen = _best_epoch(case)
        late = epoch is not None and risen
        if gap < max(self.least * (0.5 if late else 1.0), self.errors * error) or train.error > 0.5 * test.error:
            return
        n_weights = sum(int(np.prod(variable.shape)) for variable in case.model.trainable_variables)
        n_rows = len(case.prepared.train)
        told = f" The validation loss was lowest in epoch {epoch} of {_n_epochs(case)}, and rose since." if late else ""
        hint = (
            f"Stop there (EarlyStopping(restore_best_weights=True, patience={max(3, _n_epochs(case) // 10)})), "
            if late
            else ""
        )
        lost = min(gap, case.error - float(case.forest_loss.mean()))
        yield explained(
            case,
            self.name,
            max(lost, 0.0),
            f"The network {_has_learned(train)}: {case.score_name} {1 - train.error:.2f} on them, "
            f"{1 - test.error:.2f} on held-out ones; {n_weights:,} weights for {n_rows:,} rows.{told}",
            hint + "use weight decay (AdamW), dropout, augmentation, a smaller network, or more rows."
            if hint
            else "Use EarlyStopping on validation rows, weight decay (AdamW), dropout, augmentation, a smaller network "
            "or more rows.",
            evidence={"train": 1 - train.error, "held_out": 1 - test.error, "weights": n_weights, "rows": n_rows}
            | ({"best_epoch": epoch} if late else {}),
            severity=Severity.WARNING if late and severity_of(lost) is Severity.INFO else None,
        )


def _has_learned(train: Rows) -> str:
    return "knows its training rows by heart" if train.error <= BY_HEART else "does far better on its training rows"


def _best_epoch(case: Case) -> tuple[int | None, bool]:
    """Return the epoch of the lowest validation loss, and whether it came early and the loss rose far since."""
    losses = (case.history or {}).get("val_loss", [])
    if len(losses) < 3 or not np.isfinite(losses).all():
        return None, False
    best = int(np.argmin(losses))
    return best + 1, best + 1 <= EARLY * len(losses) and losses[-1] > RISEN * losses[best]


def _n_epochs(case: Case) -> int:
    return len((case.history or {}).get("loss", [])) or 1
