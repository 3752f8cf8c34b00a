"""Spellings of one category become one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import narwhals as nw
import numpy as np
from sklearn.base import OneToOneFeatureMixin

from datafix.columns import factorize, kind_of
from datafix.repairs import Repair, RepairingTransformer, text_column
from datafix.spelling import unify
from datafix.validation import validate_frame

_FREE_TEXT = 100
"""Past so many distinct values, and half the rows, a column is no list of categories."""


class CategoryCleaner(OneToOneFeatureMixin, RepairingTransformer):
    """Unify spellings of categories that differ in case, blanks or Unicode form.

    The most frequent spelling of the training rows stands for the others. A
    spelling never seen passes as it is, so that `transform` is a lookup.
    Columns of free text (mostly distinct values) are left alone.

    Attributes
    ----------
    mapping_ : dict of str to dict
        Column to the spellings that change and what they become.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"city": ["Bern", "bern ", "Basel", "Bern"]})
    >>> cleaner = CategoryCleaner().fit(frame)
    >>> cleaner.mapping_
    {'city': {'bern ': 'Bern'}}
    >>> cleaner.transform(frame)["city"].tolist()
    ['Bern', 'Bern', 'Basel', 'Bern']
    """

    def fit(self, X: Any, y: Any = None) -> CategoryCleaner:
        """Learn the spellings of every text column of X; y is ignored."""
        frame = validate_frame(self, X, reset=True)
        learned = {name: _spellings(frame[name]) for name in frame.columns if kind_of(frame[name]) == "text"}
        self.mapping_ = {name: mapping for name, mapping in learned.items() if mapping}
        return self

    def _repairs(self, frame: nw.DataFrame[Any]) -> Iterator[Repair]:
        for name, mapping in self.mapping_.items():
            if kind_of(frame[name]) == "text":
                yield _unified(frame[name], mapping)


def _spellings(column: nw.Series[Any]) -> dict[str, str]:
    codes, uniques = factorize(column)
    if len(uniques) > max(_FREE_TEXT, len(codes) / 2):
        return {}
    counts = np.bincount(codes[codes >= 0], minlength=len(uniques))
    return unify(dict(zip(uniques.tolist(), counts.tolist(), strict=True)), punctuation=False)


def _unified(column: nw.Series[Any], mapping: dict[str, str]) -> Repair:
    codes, uniques = factorize(column)
    labels = np.array([mapping.get(text, text) for text in uniques], dtype=object)
    changed = np.append(labels != uniques, False)
    rows = np.flatnonzero(changed[codes])
    return Repair(
        before=column,
        after=text_column(column, codes, labels) if len(rows) else column,
        rows=rows,
        reason="another spelling of a category",
        confidence=0.95,
    )
