"""Values that stand for missing become missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import narwhals as nw
import numpy as np
from sklearn.base import OneToOneFeatureMixin

from datafix.columns import as_numbers, factorize, kind_of
from datafix.errors import ParameterError, TableError
from datafix.learning import LearnsFromFigures, training_rows
from datafix.repairs import Repair, RepairingTransformer, missing_where
from datafix.sentinels import find_table_sentinels


class SentinelCleaner(LearnsFromFigures, OneToOneFeatureMixin, RepairingTransformer):
    """Turn values that stand for missing into missing values.

    Parameters
    ----------
    values : "auto", list, or dict of str to list, default="auto"
        "auto" learns them from the training rows: texts such as "?" and "N/A",
        numbers such as -999 far outside all others, and a zero that all other
        values keep far from; see `datafix.sentinels`. A list holds for every column, a dict for the columns it names.

    Attributes
    ----------
    sentinels_ : dict of str to list
        Column to the values (``str`` as spelt, or float) that become missing.
    evidence_ : dict of str to dict
        Column to value to the figures that speak for it; empty where the
        values were given.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"job": ["clerk", "?", "smith", "clerk"]})
    >>> cleaner = SentinelCleaner().fit(frame)
    >>> cleaner.sentinels_
    {'job': ['?']}
    >>> cleaner.transform(frame)["job"].isna().tolist()
    [False, True, False, False]
    >>> cleaner.changes(frame)["row"]
    array([1])
    """

    def __init__(self, *, values: Any = "auto") -> None:
        self.values = values

    def fit(self, X: Any, y: Any = None) -> SentinelCleaner:
        """Learn which values of X stand for missing; y is ignored."""
        frame, _ = training_rows(self, X)
        auto = isinstance(self.values, str) and self.values == "auto"
        self.evidence_ = find_table_sentinels({name: frame[name] for name in frame.columns}) if auto else {}
        given = self.evidence_ if auto else self._given(frame)
        self.sentinels_ = {name: list(values) for name, values in given.items() if values}
        return self

    def _given(self, frame: nw.DataFrame[Any]) -> dict[str, list[Any]]:
        if isinstance(self.values, Mapping):
            named = {str(name): values for name, values in self.values.items()}
        elif isinstance(self.values, list | tuple | set | frozenset):
            named = dict.fromkeys(frame.columns, self.values)
        else:
            raise ParameterError(
                f"SentinelCleaner needs values='auto', a list, or a dict of column to list, got {self.values!r}."
            )
        if unknown := sorted(set(named) - set(frame.columns)):
            raise TableError(
                f"SentinelCleaner got values for columns {unknown[:5]}, which the table lacks; "
                f"it has {frame.columns[:10]}. Correct the names in `values`."
            )
        return {name: _of_kind(values, frame[name]) for name, values in named.items()}

    def _repairs(self, frame: nw.DataFrame[Any]) -> Iterator[Repair]:
        for name, sentinels in self.sentinels_.items():
            column = frame[name]
            mask = _found(column, sentinels)
            yield Repair(
                before=column,
                after=missing_where(column, mask),
                rows=np.flatnonzero(mask),
                reason="stands for missing",
                confidence=0.9 if name in self.evidence_ else 1.0,
            )


def _of_kind(values: Any, column: nw.Series[Any]) -> list[Any]:
    """Return those of the values that a column of this kind can hold."""
    kind = kind_of(column)
    texts = [value for value in values if isinstance(value, str)]
    numbers = [float(value) for value in values if not isinstance(value, str)]
    held: dict[str, list[Any]] = {"text": texts, "number": numbers, "mixed": [*texts, *numbers]}
    return held.get(kind, [])


def _found(column: nw.Series[Any], sentinels: list[Any]) -> np.ndarray:
    if kind_of(column) in ("number", "boolean"):
        numbers = [value for value in sentinels if not isinstance(value, str)]
        return np.isin(as_numbers(column), numbers)
    if kind_of(column) == "time":
        return np.zeros(len(column), dtype=bool)
    codes, uniques = factorize(column)
    hits = [value in sentinels for value in uniques]
    return np.append(np.array(hits, dtype=bool), False)[codes]
