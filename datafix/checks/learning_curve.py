"""Too little data: what more rows would bring."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.checks.cross_fitted import FOLDS, CrossFitted, cross_fitted, fitted, loss, predictions
from datafix.checks.tables import Tables
from datafix.report import Bars, Issue, Severity

SHARES = (0.25, 0.5, 1.0)


@dataclass(frozen=True)
class LearningCurve:
    """Find tables from which a model would learn more if they had more rows, and how much more.

    Extra trees learn from a fourth, half and all of the rows and are scored on rows that they have not seen. Errors
    fall as a power of the number of rows (Hestness et al., "Deep learning scaling is predictable, empirically", 2017);
    with an exponent of one half a doubling brings 1/√2 of what the one before brought. What twice the rows would bring
    is the mean of what both doublings foretell, and never more than 1 - 1/√2 of the errors left.
    """

    name: ClassVar[str] = "learning_curve"
    needs: ClassVar[frozenset[str]] = frozenset({"features", "target"})

    gain: float = 0.05
    least: float = 0.015
    errors: float = 3.0

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield a warning where twice the rows would bring ``gain`` of accuracy or R², an info from ``least`` on."""
        models = cross_fitted(tables)
        if models is None:
            return
        n_rows = tables.train.n_all
        losses = np.stack([*(_loss_at(models, share, tables.random_state) for share in SHARES[:-1]), models.loss])
        gains = losses[:-1] - losses[1:]
        # Of rows beyond those sampled, each doubling has brought less again.
        shrunk = float(np.sqrt(len(models.rows) / n_rows))
        foretold = (gains[0] / 2 + gains[1] / np.sqrt(2)) / 2 * shrunk
        error = _standard_error(foretold, models.fold)
        if foretold.mean() < self.errors * error:
            return
        gain = min(float(foretold.mean()), (1 - float(np.sqrt(0.5))) * float(losses[-1].mean()))
        if gain < self.least:
            return
        what = "accuracy" if models.task == "classification" else "R²"
        scores = (1 - losses.mean(axis=1)).tolist()
        sizes = [round(share * len(models.rows) * (FOLDS - 1) / FOLDS) for share in SHARES]
        told = ", ".join(f"{score:.2f} from {size}" for score, size in zip(scores, sizes, strict=True))
        yield Issue(
            self.name,
            Severity.WARNING if gain >= self.gain else Severity.INFO,
            f"More rows would help: a quick model has an {what} of {told} rows; twice the {n_rows} rows would add "
            f"about {gain:.2f} (standard error {error:.2f}).",
            "Collect more rows like these before a larger network; until then augment (datafix.Augmenter), regularise, "
            "and cross-validate.",
            evidence={"sizes": sizes, "scores": scores, "gain": gain, "standard_error": error},
            figure=Bars(f"{what} by rows learned from", tuple(map(str, sizes)), {what: tuple(scores)}, percent=True),
        )


def _loss_at(models: CrossFitted, share: float, random_state: int) -> np.ndarray:
    """Return the loss of each row from models that learned from a share of the other folds' rows."""
    random = np.random.RandomState(random_state)
    predicted = np.zeros_like(models.predicted)
    n_classes = predicted.shape[1] if models.task == "classification" else 0
    for k in range(FOLDS):
        others, asked = np.flatnonzero(models.fold != k), models.fold == k
        learned = random.permutation(others)[: max(1, int(share * len(others)))]
        model = fitted(models.X[learned], models.y[learned], models.task, random_state)
        predicted[asked] = predictions(model, models.X[asked], n_classes, models.task)
    return loss(models.y, predicted, models.task)


def _standard_error(values: np.ndarray, fold: np.ndarray) -> float:
    """Return the larger of what rows and what folds say of the error of the mean."""
    of_folds = [values[fold == k].mean() for k in range(FOLDS)]
    return float(max(values.std(ddof=1) / np.sqrt(len(values)), np.std(of_folds, ddof=1) / np.sqrt(FOLDS)))
