"""What the detectors refuse, before anything is fitted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from datafix.columns import as_numbers, is_missing, kind_of
from datafix.errors import ParameterError, TableError
from datafix.task import as_target


def check_options(detector: Any, *, thresholds: tuple[str, ...], method: str) -> None:
    """Raise ParameterError for options that cannot be meant, and for an estimator without the method needed."""
    who = type(detector).__name__
    if detector.action not in ("drop", "relabel", "reweight"):
        raise ParameterError(f"{who} needs action 'drop', 'relabel' or 'reweight', got {detector.action!r}.")
    rounds = detector.rounds
    if rounds != "auto" and (not isinstance(rounds, int | np.integer) or isinstance(rounds, bool) or rounds < 1):
        raise ParameterError(f"{who} needs rounds 'auto' or a number from 1 on, got {rounds!r}.")
    if detector.threshold not in thresholds:
        _check_share(who, "threshold", detector.threshold, f"one of {thresholds} or ")
    _check_share(who, "relabel_confidence", detector.relabel_confidence, "")
    estimator = detector.estimator
    if estimator is not None and not isinstance(estimator, type) and not hasattr(estimator, method):
        hint = (
            "a classifier of classes with probabilities: CalibratedClassifierCV gives them to any"
            if method == "predict_proba"
            else "a regressor"
        )
        raise ParameterError(f"{who} needs an estimator with {method}, got {estimator!r}. Give {hint}.")


def refuse_quantity(y: Any) -> None:
    """Raise TableError for a target that measures a quantity: fractions, infinities or times, whatever their number."""
    series = as_target(y)
    kind = kind_of(series)
    if kind == "number":
        values = as_numbers(series)[~is_missing(series)]
        if not np.isfinite(values).all():
            raise TableError("MislabelDetector needs classes, got infinity among the labels. Drop or mend these rows.")
        if (values == np.floor(values)).all() or 10 * len(np.unique(values)) <= len(values):
            return
    if kind in ("number", "time"):
        raise TableError(
            "MislabelDetector needs classes, got a target that measures a quantity (fractions or times). "
            "Use RegressionLabelDetector; or, if they do name classes, give y.astype(str). "
            "Unknown label type: continuous."
        )


def refuse_other_order(who: str, X: Any, y: Any) -> None:
    """Raise TableError where X and y have the same pandas index in another order: their rows do not belong together.

    An index of 0 to n - 1 in order names nothing, and goes with any.
    """
    if not isinstance(X, pd.DataFrame) or not isinstance(y, pd.Series | pd.DataFrame):
        return
    unnamed = any(frame.index.equals(pd.RangeIndex(len(frame))) for frame in (X, y))
    if unnamed or X.index.equals(y.index) or not X.index.is_unique or len(X.index.difference(y.index)):
        return
    raise TableError(
        f"{who} needs y in the order of X, got the same index in another order. Align it first: y.loc[X.index]."
    )


def _check_share(who: str, name: str, value: Any, others: str) -> None:
    if not isinstance(value, int | float | np.number) or isinstance(value, bool) or not 0 <= value <= 1:
        raise ParameterError(f"{who} needs {name} {others}a number in [0, 1], got {value!r}.")
