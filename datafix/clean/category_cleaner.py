"""Spellings of one category become one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import narwhals as nw
import numpy as np
from sklearn.base import OneToOneFeatureMixin

from datafix.columns import factorize, kind_of
from datafix.errors import ParameterError
from datafix.learning import LearnsFromFigures, ValueCounts, training_rows, value_counts
from datafix.repairs import Repair, RepairingTransformer, text_column
from datafix.spelling import find_slips, near_name, often_seen, spelling_key, unify

_FREE_TEXT = 100
"""Past so many distinct values, and half the rows, a column is no list of categories."""


class CategoryCleaner(LearnsFromFigures, OneToOneFeatureMixin, RepairingTransformer):
    """Unify spellings of categories that differ in case, blanks, Unicode form, or by a slip of the pen.

    The most frequent spelling of the training rows stands for the others.
    Columns of free text (mostly distinct values) are left alone.

    Parameters
    ----------
    slips : bool, default=True
        Whether a rare spelling that is one letter from a frequent one (one
        left out, put in, replaced or swapped inside a word of five letters or
        more) is that one. See `datafix.spelling.find_slips`.
    unseen : {"keep", "rule"}, default="keep"
        What becomes of a spelling that no training row had: it passes as it
        is, so that `transform` is a lookup; or the same rules bring it to a
        category that was seen. Rules cannot be exported to Keras.

    Attributes
    ----------
    mapping_ : dict of str to dict
        Column to the spellings that change and what they become.
    categories_ : dict of str to dict of str to int
        Column to the categories that stand and how often they were seen; of
        the columns that are lists of categories.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"city": ["Bern", "bern ", "Basel", "Bern"]})
    >>> cleaner = CategoryCleaner().fit(frame)
    >>> cleaner.mapping_
    {'city': {'bern ': 'Bern'}}
    >>> cleaner.transform(frame)["city"].tolist()
    ['Bern', 'Bern', 'Basel', 'Bern']
    >>> ruled = CategoryCleaner(unseen="rule").fit(frame)
    >>> ruled.transform(pd.DataFrame({"city": ["BASEL", "Rome"]}))["city"].tolist()
    ['Basel', 'Rome']
    """

    def __init__(self, *, slips: bool = True, unseen: str = "keep") -> None:
        self.slips = slips
        self.unseen = unseen

    def fit(self, X: Any, y: Any = None) -> CategoryCleaner:
        """Learn the spellings of every text column of X; y is ignored."""
        if self.unseen not in ("keep", "rule"):
            raise ParameterError(f"CategoryCleaner needs unseen to be 'keep' or 'rule', got {self.unseen!r}.")
        frame, seen = training_rows(self, X)
        self.mapping_: dict[str, dict[str, str]] = {}
        self.categories_: dict[str, dict[str, int]] = {}
        for name in frame.columns:
            if kind_of(frame[name]) == "text" and (counts := _categories(value_counts(frame[name], seen))):
                mapping, self.categories_[name] = _unified(counts, slips=self.slips)
                if mapping:
                    self.mapping_[name] = mapping
        return self

    def _repairs(self, frame: nw.DataFrame[Any]) -> Iterator[Repair]:
        for name in self.mapping_ if self.unseen == "keep" else self.categories_:
            if kind_of(frame[name]) == "text":
                yield self._mended(frame[name])

    def _mended(self, column: nw.Series[Any]) -> Repair:
        codes, uniques = factorize(column)
        mapping = self._ruled(column.name, uniques) | self.mapping_.get(column.name, {})
        labels = np.array([mapping.get(text, text) for text in uniques], dtype=object)
        changed = np.append(labels != uniques, False)
        rows = np.flatnonzero(changed[codes])
        slips = np.array(
            [
                new is not old and spelling_key(old) != spelling_key(new)
                for old, new in zip(uniques, labels, strict=True)
            ]
        )
        slipped = np.append(slips, False).astype(bool)[codes[rows]]
        return Repair(
            before=column,
            after=text_column(column, codes, labels) if len(rows) else column,
            rows=rows,
            reason=np.where(slipped, "a slip in a category's spelling", "another spelling of a category").astype(
                object
            ),
            confidence=np.where(slipped, 0.8, 0.95),
        )

    def _ruled(self, column: str, texts: np.ndarray) -> dict[str, str]:
        """Return what the spellings that were never seen become, where there is a rule for them."""
        categories = self.categories_[column]
        unseen = [text for text in texts if text not in categories and text not in self.mapping_.get(column, {})]
        if self.unseen == "keep" or not unseen:
            return {}
        keys: dict[str, list[str]] = {}
        for name in categories:
            keys.setdefault(spelling_key(name, punctuation=False), []).append(name)
        often = often_seen(categories) if self.slips else []
        ruled: dict[str, str | None] = {}
        for text in unseen:
            meant = keys.get(spelling_key(text, punctuation=False), [])
            ruled[text] = meant[0] if len(meant) == 1 else near_name(text, often)
        return {text: name for text, name in ruled.items() if name is not None}


def _categories(found: ValueCounts) -> dict[str, int]:
    """Return how often each text occurs; nothing for free text."""
    return found.as_dict() if len(found.values) <= max(_FREE_TEXT, found.n_rows / 2) else {}


def _unified(counts: dict[str, int], *, slips: bool) -> tuple[dict[str, str], dict[str, int]]:
    """Return the spellings that change, and how often what stands was seen."""
    mapping = unify(counts, punctuation=False)
    stands = _total(counts, mapping)
    if slips and (found := find_slips(stands)):
        mapping = {old: found.get(new, new) for old, new in mapping.items()} | found
        stands = _total(counts, mapping)
    return mapping, stands


def _total(counts: dict[str, int], mapping: dict[str, str]) -> dict[str, int]:
    total: dict[str, int] = {}
    for text, count in counts.items():
        name = mapping.get(text, text)
        total[name] = total.get(name, 0) + count
    return total
