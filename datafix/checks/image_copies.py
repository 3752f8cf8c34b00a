"""Training images that are others but for small edits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.checks.pictured import by_number, pictured, with_contrast
from datafix.checks.tables import Tables
from datafix.near_duplicates.images import near_image_pairs
from datafix.report import MOST, Issue, Severity, Thumbnails
from datafix.table import Table

MOST_PAIRS = 20


@dataclass(frozen=True)
class ImageCopies:
    """Find training images that are near copies of each other, and those of them that have different labels.

    See :func:`datafix.near_duplicates.images.near_image_pairs`. Exact copies are other checks' (``duplicate_rows``,
    ``conflicting_labels``). Of more than ``most_rows`` images as many are
    drawn, and images nearly without contrast are left out.
    """

    name: ClassVar[str] = "image_copies"
    needs: ClassVar[frozenset[str]] = frozenset({"images"})

    few: float = 0.001
    many: float = 0.05
    most_rows: int = 20_000

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield a warning for near copies in several classes; for others an info or, from ``many`` on, a warning."""
        train = tables.train
        assert train.images is not None  # it stands in needs
        rows = np.flatnonzero(train.readable & with_contrast(tables)[0])
        rows = np.sort(rows[np.unique(train.hashes[rows], return_index=True)[1]])
        if len(rows) > self.most_rows:
            rows = np.sort(np.random.RandomState(tables.random_state).permutation(rows)[: self.most_rows])
        if len(rows) < 2:
            return
        pairs = rows[near_image_pairs(train.images, rows).rows]
        if tables.task == "classification":
            labels = train.class_codes()[0][pairs]
            contradict = (labels >= 0).all(axis=1) & (labels[:, 0] != labels[:, 1])
            if contradict.any():
                yield self._conflict(train, pairs[contradict])
            pairs = pairs[~contradict]
        copies, first = np.unique(pairs[:, 1], return_index=True)
        if len(copies) and len(copies) >= self.few * len(rows):
            yield pictured(
                self.name,
                by_number(train, copies, self.many),
                train,
                copies,
                "are an earlier one but for small edits (shifted, lighter, saved anew).",
                "Keep them in one part: datafix.split(X, y, duplicates='near').",
                {"pairs": [train.names(pair) for pair in pairs[first][:MOST_PAIRS]]},
            )

    def _conflict(self, train: Table, pairs: np.ndarray) -> Issue:
        codes, classes = train.class_codes()
        first = pairs.ravel()[:MOST]
        captions = [f"{name}: {classes[codes[row]]}" for name, row in zip(train.names(first), first, strict=True)]
        return Issue(
            self.name,
            Severity.WARNING,
            f"{len(pairs)} pair(s) of training images are copies but for small edits and have different labels.",
            "Look at them: at most one label of each pair is right.",
            column=train.roles.get("target"),
            rows=np.unique(pairs),
            evidence={"n_pairs": len(pairs), "pairs": [train.names(pair) for pair in pairs[:MOST_PAIRS]]},
            figure=Thumbnails.of("Pairs under different labels", train.pictures(first), captions),
        )
