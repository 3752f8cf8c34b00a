"""Classes that are rarer or more frequent in a test table without labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.optimize import nnls

from datafix.checks import effect
from datafix.checks.cross_fitted import CrossFitted, cross_fitted, predictions
from datafix.checks.tables import Tables
from datafix.report import Issue, Severity

MOST_ROWS = 10_000
FEWEST_ROWS = 50
FEWEST_OF_CLASS = 20
DRAWS = 50
MOST_CLASSES = 20


@dataclass(frozen=True)
class PriorShift:
    """Estimate the shares of the classes in a test table that has no labels, and find those that are far from train's.

    What models predict there is set against what they predict of each class in train, out of fold ("black box shift
    estimation": Lipton, Wang and Smola, ICML 2018). It holds where rows of one class look alike in both tables; the
    standard error is that of rows drawn anew.
    """

    name: ClassVar[str] = "prior_shift"
    needs: ClassVar[frozenset[str]] = frozenset({"features", "classes", "unlabelled_test"})

    ratio: float = 2.0
    errors: float = 4.0
    condition: float = 10.0

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield a warning for each class."""
        models, test = cross_fitted(tables), tables.test
        assert test is not None  # it stands in needs
        if models is None or any(
            name not in test.columns or test.kinds[name] != tables.train.kinds[name] for name in models.columns
        ):
            return  # another check says so
        counts = np.bincount(models.y)
        if counts.min() < FEWEST_OF_CLASS or len(counts) > MOST_CLASSES or test.n_rows < FEWEST_ROWS:
            return
        told = models.predicted.argmax(axis=1)
        confused = np.stack([np.bincount(told[models.y == k], minlength=len(counts)) for k in range(len(counts))])
        if np.linalg.cond(confused / counts[:, None]) > self.condition:
            return  # models tell the classes apart too badly to say
        found = np.bincount(_told_of_test(tables, models), minlength=len(counts))
        shares, error = _estimated(confused, found, tables.random_state)
        here = counts / counts.sum()
        codes, names = tables.train.class_codes()
        for k, (before, after) in enumerate(zip(here.tolist(), shares.tolist(), strict=True)):
            far = abs(after - before) > self.errors * error[k]
            if not far or max(before, after) < self.ratio * min(before, after):
                continue
            name = str(names[codes[models.rows[models.y == k][0]]])
            yield Issue(
                self.name,
                Severity.WARNING,
                f"Class {name!r} makes up {before:.1%} of the training rows and, by what models predict, about "
                f"{after:.1%} (standard error {error[k]:.1%}) of the test rows.",
                "Find out which part stands for what the model will meet; weigh the classes by their shares there "
                "(class_weight in fit), or correct the predicted probabilities by them.",
                table="test",
                evidence={"class": name, "train_share": before, "test_share": after, "standard_error": float(error[k])},
            )


def _told_of_test(tables: Tables, models: CrossFitted) -> np.ndarray:
    """Return the predicted class of (at most 10,000) test rows, each by one of the models."""
    test = tables.test
    assert test is not None  # the caller looked
    rows = np.random.RandomState(tables.random_state).permutation(test.n_rows)[:MOST_ROWS]
    X = np.column_stack([effect.encoded(test, name, like=tables.train)[rows] for name in models.columns])
    told = np.stack([predictions(m, X, models.predicted.shape[1], models.task).argmax(axis=1) for m in models.models])
    return np.asarray(told[np.arange(len(rows)) % len(told), np.arange(len(rows))])


def _estimated(confused: np.ndarray, found: np.ndarray, random_state: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the estimated shares and their standard errors, of shape (classes,)."""
    random = np.random.RandomState(random_state)
    drawn = [
        _solved(
            np.stack([random.multinomial(row.sum(), row / row.sum()) for row in confused]),
            random.multinomial(found.sum(), found / found.sum()),
        )
        for _ in range(DRAWS)
    ]
    return _solved(confused, found), np.std(drawn, axis=0)


def _solved(confused: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Return the shares, none below 0, whose mixture of the rows of ``confused`` is nearest to what was found."""
    shares = nnls((confused / confused.sum(axis=1, keepdims=True)).T, found / found.sum())[0]
    return np.asarray(shares / max(shares.sum(), 1e-12))
