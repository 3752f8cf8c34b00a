"""Findings that show images."""

from __future__ import annotations

from typing import Any

import numpy as np

from datafix.checks.tables import Tables
from datafix.report import MOST, Issue, Severity, Thumbnails
from datafix.table import Table

MANY = 0.01
FEW = 30
RARE = 0.1
"""Up to this share of a table its images are odd; beyond it they are what the table is like."""


def pictured(
    check: str,
    severity: Severity,
    table: Table,
    rows: np.ndarray,
    told: str,
    hint: str,
    evidence: dict[str, Any] | None = None,
) -> Issue:
    """Return an issue that counts the images of a table and shows the first of them.

    Parameters
    ----------
    told : str
        What they are: it follows "3 train image(s)".
    """
    first = rows[:MOST]
    share = len(rows) / table.n_rows
    return Issue(
        check,
        severity,
        f"{len(rows)} {table.part} image(s) ({share:.2%}) {told}",
        hint,
        table=table.part,
        rows=rows,
        evidence={"n_images": len(rows), "share": share} | (evidence or {}),
        figure=Thumbnails.of("The first of them", table.pictures(first), table.names(first)),
    )


def by_number(table: Table, rows: np.ndarray, many: float = MANY) -> Severity:
    """Return a warning from a share of ``many`` on, else an info: few such images move a network little."""
    return Severity.WARNING if len(rows) >= many * table.n_rows else Severity.INFO


def robust_spread(values: np.ndarray) -> float:
    """Return the median absolute deviation as a standard deviation (Rousseeuw and Croux, JASA 1993)."""
    return 1.4826 * float(np.median(np.abs(values - np.median(values))))


def beyond(values: np.ndarray, deviations: float) -> float:
    """Return how far from the median a value must lie to be odd; 0 for fewer than 30, whose spread says nothing."""
    return deviations * robust_spread(values) if len(values) >= FEW else 0.0


def with_contrast(tables: Tables) -> list[np.ndarray]:
    """Return which images of each table have enough contrast to be told from others, bool of shape (rows,).

    Skies and empty backgrounds correlate with each other and are no copies.
    """
    spread = tables.image_figures[0][1].spread
    limit = min(0.05, float(np.nanmedian(spread)) / 3) if np.isfinite(spread).any() else 0.0
    return [figures.spread >= limit for _, figures in tables.image_figures]
