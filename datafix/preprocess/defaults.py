"""What becomes of the columns of each kind unless the user says otherwise."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from datafix.clean import CategoryCleaner, SentinelCleaner, TypeCleaner
from datafix.encode import CategoryEncoder, DatetimeEncoder
from datafix.impute import TableImputer
from datafix.scale import TableScaler

_RARE_SHARE = 0.001


def default_cleaner() -> Pipeline:
    """Return the steps that clean: sentinels before numbers in text, and these before spellings."""
    steps = [("sentinels", SentinelCleaner()), ("types", TypeCleaner()), ("categories", CategoryCleaner())]
    return Pipeline(steps).set_output(transform="default")


def default_estimator(block: str, threshold: int) -> Any:
    """Return what a block of columns gets: "numeric", "categorical", "high_cardinality" or "datetime"."""
    if block == "numeric":
        steps = [("imputer", TableImputer()), ("scaler", TableScaler())]
    elif block == "datetime":
        steps = [("encoder", DatetimeEncoder()), ("imputer", TableImputer()), ("scaler", TableScaler())]
    elif block == "categorical":
        return CategoryEncoder(min_frequency=_RARE_SHARE, dtype=np.float32).set_output(transform="default")
    else:
        return CategoryEncoder(max_categories=threshold, dtype=np.float32).set_output(transform="default")
    return Pipeline(steps).set_output(transform="default")
