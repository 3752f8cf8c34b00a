"""Images of other sizes than the rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.checks.pictured import RARE, by_number, pictured
from datafix.checks.tables import Tables
from datafix.report import Issue, Severity
from datafix.table import Table


@dataclass(frozen=True)
class ImageSizes:
    """Find images far smaller or larger than most, sizes that differ widely, and tables that differ in size.

    Size is the root of the pixels. Odd is what is smaller or larger by ``factor`` than the median training image, if at
    most a tenth are.
    """

    name: ClassVar[str] = "image_sizes"
    needs: ClassVar[frozenset[str]] = frozenset({"images"})

    factor: float = 4.0
    apart: float = 2.0

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield an error for arrays of two shapes; of files warnings for small ones, infos for others."""
        train, test = tables.train, tables.test
        if train.files is None:
            yield from self._shapes(train, test)
            return
        sizes = [_sizes(table) for table in tables.both]
        known = sizes[0][train.readable]
        if not len(known):
            return
        typical = float(np.median(known))
        for table, size in zip(tables.both, sizes, strict=True):
            small = np.flatnonzero(table.readable & (size * self.factor <= typical))
            large = np.flatnonzero(size >= typical * self.factor)
            middle = float(np.median(size[table.readable])) if table.readable.any() else typical
            if max(middle / typical, typical / middle) >= self.apart:
                yield self._whole(table, middle, typical)
                continue
            odd = len(small) + len(large)
            if odd > max(1, RARE * table.n_rows):
                yield self._mixed(table, size, odd)
                continue
            for rows, told in ((small, "smaller"), (large, "larger")):
                if len(rows):
                    yield self._odd(table, rows, told, typical)

    def _shapes(self, train: Table, test: Table | None) -> Iterator[Issue]:
        if test is None or train.images is None or test.images is None or train.shape[1:] == test.shape[1:]:
            return
        yield Issue(
            self.name,
            Severity.ERROR,
            f"Training images are {' × '.join(map(str, train.shape[1:]))}, test images "
            f"{' × '.join(map(str, test.shape[1:]))}: no network takes both.",
            "Resize them to one shape, in the same way as the model's input will be.",
            table="test",
            evidence={"train": list(train.shape[1:]), "test": list(test.shape[1:])},
        )

    def _odd(self, table: Table, rows: np.ndarray, told: str, typical: float) -> Issue:
        effect = "once enlarged they are a blur" if told == "smaller" else "once reduced their details are gone"
        return pictured(
            self.name,
            by_number(table, rows) if told == "smaller" else Severity.INFO,
            table,
            rows,
            f"are {told} than the median training image ({typical:.0f} pixels a side) by a factor of "
            f"{self.factor:g} and more; {effect}.",
            "Look for the originals, or drop them." if told == "smaller" else "Crop them to what they show.",
            {"fault": told, "median_side": typical},
        )

    def _mixed(self, table: Table, size: np.ndarray, odd: int) -> Issue:
        low, high = np.quantile(size[table.readable], [0.05, 0.95])
        return Issue(
            self.name,
            Severity.INFO,
            f"The {table.part} images are of widely mixed sizes: {odd} of {table.n_rows} differ from the median by a "
            f"factor of {self.factor:g} and more (5 to 95 %: {low:.0f} to {high:.0f} pixels a side).",
            "Resize them when they are read: make_image_dataset(folder, image_size=...); crops of one scale keep more.",
            table=table.part,
            evidence={"n_odd": odd, "side_05": float(low), "side_95": float(high)},
        )

    def _whole(self, table: Table, middle: float, typical: float) -> Issue:
        return Issue(
            self.name,
            Severity.WARNING,
            f"The median {table.part} image has {middle:.0f} pixels a side, that of training {typical:.0f}: brought to "
            "one size they are not equally sharp.",
            "Prepare both in the same way from the originals, as the model's input will be.",
            table=table.part,
            evidence={"median_side": middle, "train_median_side": typical},
        )


def _sizes(table: Table) -> np.ndarray:
    """Return the root of the number of pixels of each file, 0 for what cannot be read."""
    assert table.files is not None  # both are read in the same way
    return np.sqrt(table.files.sizes.prod(axis=1).astype(np.float64))
