"""Grey images among coloured ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.checks.pictured import pictured
from datafix.checks.tables import Tables
from datafix.report import Issue, Severity
from datafix.table import Table


@dataclass(frozen=True)
class GreyImages:
    """Find grey images where most are coloured, and coloured ones where most are grey, by pixels, not by file mode.

    Grey is an image whose channels are at most ``apart`` (of the range) apart on 99 % of the pixels.
    """

    name: ClassVar[str] = "grey_images"
    needs: ClassVar[frozenset[str]] = frozenset({"images"})

    apart: float = 2.5 / 255
    flat: float = 0.01
    bound: float = 0.5
    fewest: int = 10

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield one issue a table: an info, or a warning where one class has them or the tables differ."""
        grey = [
            np.where(figures.spread >= self.flat, figures.colour <= self.apart, np.nan)
            for _, figures in tables.image_figures
        ]
        told = grey[0][~np.isnan(grey[0])]
        if not len(told):
            return
        mostly_grey = told.mean() > 0.5
        kind, others = ("coloured", "grey") if mostly_grey else ("grey", "coloured")
        for (table, _), values in zip(tables.image_figures, grey, strict=True):
            odd = values == (0 if mostly_grey else 1)
            rows = np.flatnonzero(odd)
            if not len(rows):
                continue
            bound = self._class_of(table, odd)
            turned = table.part == "test" and odd.mean() > 0.5
            yield pictured(
                self.name,
                Severity.WARNING if bound or turned else Severity.INFO,
                table,
                rows,
                f"are {kind} where most training images are {others}.{bound}",
                "Bring all to one mode: color_mode='grayscale' if colour does not tell the classes, else look for "
                "the coloured originals.",
                {"kind": kind},
            )

    def _class_of(self, table: Table, odd: np.ndarray) -> str:
        """Return a sentence where odd images are far more frequent in one class than in another."""
        if table.target is None or odd.sum() < self.fewest:
            return ""
        codes, classes = table.class_codes()
        known = np.flatnonzero(np.bincount(codes[codes >= 0], minlength=len(classes)) >= self.fewest)
        if len(known) < 2:
            return ""
        shares = np.array([odd[codes == code].mean() for code in known])
        if shares.max() - shares.min() < self.bound:
            return ""
        most, least = (f"{str(classes[known[at]])!r} {shares[at]:.0%}" for at in (shares.argmax(), shares.argmin()))
        return f" Of class {most} are, of {least}: a network can tell them by that alone."
