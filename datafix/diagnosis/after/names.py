"""What features and raw columns are called."""

from __future__ import annotations

from typing import Any

import numpy as np

from datafix.columns import as_frame, take
from datafix.diagnosis.case import Case
from datafix.preparation.given import is_frame


def feature_names(case: Case) -> list[str]:
    """Return a name for each column of the flat features."""
    width = case.train.matrix.shape[1]
    features = case.prepared.train.features
    if hasattr(features, "columns"):
        names = list(map(str, features.columns))
    elif hasattr(case.prepared.pipeline, "get_feature_names_out"):
        names = _names_out(case.prepared.pipeline)
    else:
        names = []
    return names if len(names) == width else [f"feature {at}" for at in range(width)]


def raw_columns(case: Case) -> tuple[Any, Any] | None:
    """Return the raw held-out and training rows as narwhals frames where the split keeps the table, else None."""
    X = case.prepared.split.X
    if X is None or not is_frame(X):
        return None
    known = case.train.index[case.train.index >= 0]  # others were made in training
    held, trained = (as_frame(take(X, rows), who="diagnose") for rows in (case.test.index, known))
    return held, trained


def _names_out(pipeline: Any) -> list[str]:
    try:
        return list(map(str, np.asarray(pipeline.get_feature_names_out())))
    except (AttributeError, ValueError):  # a step that does not name what it gives
        return []
