"""The groups of rows on which the network errs most, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.diagnosis.after.explained import explained
from datafix.diagnosis.after.names import feature_names, raw_columns
from datafix.diagnosis.after.restoring import features_restored, labels_restored
from datafix.diagnosis.case import Case
from datafix.report import Bars, Issue, Severity

MOST_COLUMNS = 60
MOST_VALUES = 20
LEARNABLE = 0.05
RARE = 0.5
FAILED = 0.8
"""Of the error of guesses: from there on a network fails everywhere, and groups tell nothing."""
CUTS = tuple(np.arange(1, 10) / 10)


@dataclass(frozen=True)
class Condition:
    """One condition on rows, in words, and which held-out and training rows meet it."""

    words: str
    column: str
    rows: np.ndarray
    trained: np.ndarray


@dataclass(frozen=True)
class WeakSlices:
    """Find groups, by one or two conditions on raw columns, with far more errors than the other rows.

    A group is found on every other held-out row and judged on the rest, so that the best of many groups by chance is
    none (Chung et al., "Slice finder", 2019, with a holdout in place of their false discovery control). Where classes
    overlap every model errs: it is more than an info only where extra trees err clearly less on these rows, and where
    the network has not failed everywhere.
    """

    name: ClassVar[str] = "weak_slices"
    needs: ClassVar[frozenset[str]] = frozenset(
        {"array", "numbers", "target", "labels", "mistakes", "many_rows", "balanced"}
    )

    fewest: int = 10
    errors: float = 3.3
    most: int = 3

    def find(self, case: Case) -> Iterator[Issue]:
        """Yield the worst groups that hold."""
        test = case.test
        if test.features.ndim > 2 and raw_columns(case) is None:
            return  # pixels make no groups
        if case.is_classification and len(np.unique(test.predicted)) == 1:
            return  # one answer for all
        loss = np.minimum(test.loss, np.quantile(test.loss, 0.99)) if not case.is_classification else test.loss
        seeking = np.random.RandomState(0).permutation(len(test)) % 2 == 0
        taken = np.zeros(len(test), dtype=bool)
        told = []
        for condition in self._worst(case, loss, seeking):
            here = condition.rows & ~seeking
            away = ~condition.rows & ~seeking
            if (
                min(here.sum(), away.sum()) < self.fewest
                or (condition.rows & taken).sum() > 0.5 * condition.rows.sum()
                or not self._differs(loss, here, away)
            ):
                continue
            taken |= condition.rows
            told.append(condition)
            if len(told) == self.most:
                break
        for condition in told:
            yield self._issue(case, condition, loss, seeking, told)

    def _worst(self, case: Case, loss: np.ndarray, seeking: np.ndarray) -> list[Condition]:
        """Return groups by how far their errors are above the others', of the rows sought in."""
        single = list(_conditions(case))
        best = sorted(single, key=lambda condition: -self._excess(condition.rows, loss, seeking))[:12]
        pairs = [
            Condition(f"{one.words} and {other.words}", one.column, one.rows & other.rows, one.trained & other.trained)
            for at, one in enumerate(best)
            for other in single
            if other.column != one.column and other not in best[:at]
        ]
        both = [*single, *pairs]
        return sorted(both, key=lambda condition: -self._excess(condition.rows, loss, seeking))[:50]

    def _excess(self, rows: np.ndarray, loss: np.ndarray, seeking: np.ndarray) -> float:
        here, away = rows & seeking, ~rows & seeking
        if min(here.sum(), away.sum()) < self.fewest:
            return -np.inf
        error = loss[here].std() / np.sqrt(here.sum()) + loss[away].std() / np.sqrt(away.sum())
        return float((loss[here].mean() - loss[away].mean()) / max(error, 1e-9))

    def _differs(self, loss: np.ndarray, here: np.ndarray, away: np.ndarray) -> bool:
        error = np.hypot(loss[here].std() / np.sqrt(here.sum()), loss[away].std() / np.sqrt(away.sum()))
        return bool(loss[here].mean() - loss[away].mean() > self.errors * error and loss[here].mean() > 0.02)

    def _issue(
        self, case: Case, condition: Condition, loss: np.ndarray, seeking: np.ndarray, told: list[Condition]
    ) -> Issue:
        rows = condition.rows
        # Told of the half on which it was not sought.
        here, away = float(loss[rows & ~seeking].mean()), float(loss[~rows & ~seeking].mean())
        gains = (case.test.loss - case.forest_loss)[rows & ~seeking]
        learnable = float(gains.mean()) > max(LEARNABLE, self.errors * float(gains.std()) / np.sqrt(len(gains)))
        share, known = float(rows.mean()), float(condition.trained.mean())
        rare = known < RARE * share
        return explained(
            case,
            self.name,
            max(0.0, float(gains.mean())) * share if learnable else (here - away) * share,
            f"{condition.words}: {_error_told(case, here)} on {int(rows.sum())} rows, "
            f"{_error_told(case, away)} elsewhere; {share:.0%} of the held-out rows, {known:.0%} of the training rows"
            f"{': too few stand for it' if rare else ''}.",
            ("Collect more rows of this group, or weight them" if rare else "Look at its labels and features")
            + ", and report scores by group.",
            column=condition.column,
            rows=case.test.index[rows],
            evidence={"error_there": here, "error_elsewhere": away, "n_rows": int(rows.sum())}
            | {"share": share, "share_in_training": known},
            severity=None if learnable and not _is_everywhere(case) else Severity.INFO,
            figure=Bars(
                "Error by group",
                (*(one.words for one in told), "all rows"),
                {"error": (*(float(loss[one.rows & ~seeking].mean()) for one in told), float(loss[~seeking].mean()))},
                percent=case.is_classification,
            ),
        )


def _is_everywhere(case: Case) -> bool:
    """Return whether the network hardly does better than guesses, or errs for what was done to all held-out rows."""
    if case.error > FAILED * case.error_of_guesses:
        return True
    return features_restored(case) is not None or labels_restored(case) is not None


def _error_told(case: Case, error: float) -> str:
    return f"error {error:.0%}" if case.is_classification else f"squared error {error:.2f} of the target's variance"


def _conditions(case: Case) -> Iterator[Condition]:
    """Yield conditions on raw columns where the table is at hand, else on features."""
    raw = raw_columns(case)
    if raw is None:
        names = feature_names(case)
        for at in range(min(case.test.matrix.shape[1], MOST_COLUMNS)):
            yield from _of_numbers(
                names[at], *(part.matrix[:, at].astype(np.float64) for part in (case.test, case.train))
            )
        return
    held, trained = raw
    for name in held.columns[:MOST_COLUMNS]:
        column = held[name]
        if column.dtype.is_numeric() and column.n_unique() > MOST_VALUES:
            yield from _of_numbers(name, *(np.asarray(one[name].to_numpy(), dtype=np.float64) for one in raw))
        elif column.n_unique() <= MOST_VALUES:
            texts = [np.array([str(value) for value in one[name].to_list()], dtype=object) for one in (held, trained)]
            for value in sorted({str(value) for value in column.to_list() if value is not None}):
                yield Condition(f"{name} = {value}", name, *(text == value for text in texts))


def _of_numbers(name: str, held: np.ndarray, trained: np.ndarray) -> Iterator[Condition]:
    missing = np.isnan(held)
    if missing.any():
        yield Condition(f"{name} is missing", name, missing, np.isnan(trained))
    if missing.all():
        return
    for cut in np.unique(np.nanquantile(held, CUTS)):
        yield Condition(f"{name} > {cut:.4g}", name, held > cut, trained > cut)
        yield Condition(f"{name} <= {cut:.4g}", name, held <= cut, trained <= cut)
