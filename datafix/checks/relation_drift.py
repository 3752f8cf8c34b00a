"""A target that depends on the features otherwise in test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.checks import effect
from datafix.checks.cross_fitted import CrossFitted, cross_fitted, loss, predictions
from datafix.checks.tables import Tables
from datafix.report import Issue, Severity

MOST_ROWS = 10_000
FEWEST_ROWS = 50
FEWEST_OF_CLASS = 10


@dataclass(frozen=True)
class RelationDrift:
    """Find test tables on which models err more than on training rows that they have not seen either.

    The same models are asked about both. Classes count by their shares in train, so that a mere shift of these says
    nothing. Errors of sampling are allowed for; what remains is another relation of features and target ("concept
    drift"), other labelling, or features out of the range learned.
    """

    name: ClassVar[str] = "relation_drift"
    needs: ClassVar[frozenset[str]] = frozenset({"features", "target", "test_target"})

    lost: float = 0.05
    errors: float = 4.0

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield a warning."""
        models = cross_fitted(tables)
        test = tables.test
        assert test is not None  # it stands in needs
        if models is None or any(
            name not in test.columns or test.kinds[name] != tables.train.kinds[name] for name in models.columns
        ):
            return  # another check says so
        there = _test_losses(tables, models)
        if there is None:
            return
        (y, lost), (y_test, lost_test) = (models.y, models.loss), there
        if models.task == "classification":
            names = [k for k in np.unique(y) if min((y == k).sum(), (y_test == k).sum()) >= FEWEST_OF_CLASS]
            shares = np.array([(y == k).mean() for k in names])
            parts = [([lost[y == k] for k in names]), ([lost_test[y_test == k] for k in names])]
            if not names:
                return
        else:
            shares, parts = np.ones(1), [[lost], [lost_test]]
        shares = shares / shares.sum()
        (here, error), (more, error_test) = (_mean(part, shares) for part in parts)
        error = float(np.hypot(error, error_test))
        if more - here < self.lost + self.errors * error:
            return
        what = "accuracy" if models.task == "classification" else "R²"
        yield Issue(
            self.name,
            Severity.WARNING,
            f"Features tell less of the target in the test table: models of the training rows have an {what} of "
            f"{1 - more:.2f} there, {1 - here:.2f} on training rows that they have not seen.",
            "Find out whether labels or features were made otherwise in one part, or the world changed between them: "
            "a split by chance (datafix.split) of both together shows how much is due to it.",
            table="test",
            evidence={"train_score": 1 - here, "test_score": 1 - more, "standard_error": error},
        )


def _test_losses(tables: Tables, models: CrossFitted) -> tuple[np.ndarray, np.ndarray] | None:
    """Return targets and losses of (at most 10,000) test rows with a label that train knows."""
    train, test = tables.train, tables.test
    assert test is not None  # the caller looked
    y = effect.target_values(train, tables.task)
    assert y is not None  # there are models
    if models.task == "classification":
        known = np.unique(y[models.rows])
        codes = effect.codes_like_train(tables).astype(np.float64)
        usable = np.isin(codes, known)
        target = np.searchsorted(known, np.where(usable, codes, known[0]))
    else:
        values = effect.target_values(test, tables.task)
        assert values is not None  # test has a target
        usable, target = ~np.isnan(values), values
    rows = np.flatnonzero(usable)
    if len(rows) > MOST_ROWS:
        rows = np.sort(np.random.RandomState(tables.random_state).permutation(rows)[:MOST_ROWS])
    if len(rows) < FEWEST_ROWS:
        return None
    X = np.column_stack([effect.encoded(test, name, like=train)[rows] for name in models.columns])
    n_classes = models.predicted.shape[1] if models.task == "classification" else 0
    # One model's predictions for each row, as out of fold: a mean of models would err less.
    predicted = np.stack([predictions(model, X, n_classes, models.task) for model in models.models])
    chosen = predicted[np.arange(len(rows)) % len(models.models), np.arange(len(rows))]
    if models.task == "regression":
        return target[rows], (chosen - target[rows]) ** 2 / models.y.var()
    return target[rows], loss(target[rows], chosen, models.task)


def _mean(parts: list[np.ndarray], shares: np.ndarray) -> tuple[float, float]:
    """Return the mean of the parts by their shares, and its standard error."""
    means = np.array([part.mean() for part in parts])
    errors = np.array([part.std() / np.sqrt(len(part)) for part in parts])
    return float(means @ shares), float(np.sqrt(((errors * shares) ** 2).sum()))
