"""Ways in which held-out labels may differ from those that the network learned, and what is lost once undone."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.optimize import linear_sum_assignment

from datafix.diagnosis.case import Case
from datafix.diagnosis.rows import Rows

SHIFTS = tuple(shift for shift in range(-5, 6) if shift)


def relabellings(case: Case) -> Iterator[tuple[str, str, np.ndarray]]:
    """Yield what undoes a difference, what to do about it, and the loss of each held-out row then."""
    yield from _shifted(case.test)
    yield from _exchanged(case) if case.is_classification else _converted(case.test)


def _shifted(test: Rows) -> Iterator[tuple[str, str, np.ndarray]]:
    for shift in SHIFTS:
        lost = test.loss_of(np.roll(test.predicted, shift))
        yield (
            f"with predictions moved by {shift} row(s)",
            "Pair rows by an id, not by position, and feed held-out rows unshuffled.",
            lost,
        )


def _exchanged(case: Case) -> Iterator[tuple[str, str, np.ndarray]]:
    """Yield the exchange of classes that half of the rows ask for, judged on the other half."""
    test, n = case.test, case.n_classes
    lost = test.loss.copy()
    told = {}
    for asked in (0, 1):
        half = np.arange(len(test)) % 2 == asked
        counts = np.zeros((n, n))
        known = (test.predicted < n) & (test.y < n) & half
        np.add.at(counts, (test.predicted[known], test.y[known]), 1)
        order = linear_sum_assignment(-counts)[1]
        if (order == np.arange(n)).all():
            return
        moved = np.where(test.predicted < n, order[np.minimum(test.predicted, n - 1)], test.predicted)
        lost[~half] = test.loss_of(moved)[~half]
        told = {code: int(to) for code, to in enumerate(order.tolist()) if code != to and counts[code, to] > 0}
    names = ", ".join(f"{case.class_name(code)} → {case.class_name(to)}" for code, to in list(told.items())[:5])
    yield (
        f"with classes exchanged ({names}{', …' if len(told) > 5 else ''})",
        "Number the classes once, on the training rows: prepared.classes_ has them in their order.",
        lost,
    )


def _converted(test: Rows) -> Iterator[tuple[str, str, np.ndarray]]:
    """Yield predictions brought to the targets' unit by a line, fitted on every other row."""
    converted = test.predicted.astype(np.float64).copy()
    for asked in (0, 1):
        half = np.arange(len(test)) % 2 == asked
        if np.ptp(test.predicted[half]) == 0 or not np.isfinite(test.predicted).all():
            return
        slope, intercept = np.polyfit(test.predicted[half], test.y[half], 1)
        if 0.8 < slope < 1.25:
            return
        converted[~half] = slope * test.predicted[~half] + intercept
    if np.corrcoef(converted, test.y)[0, 1] < 0.7:
        return
    yield (
        f"times {slope:.3g} plus {intercept:.3g}",
        "Bring predictions back to the target's unit: prepared.target_transformer.inverse_transform.",
        test.loss_of(converted),
    )
