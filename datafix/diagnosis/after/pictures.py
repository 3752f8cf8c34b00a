"""Pictures of findings."""

from __future__ import annotations

import numpy as np

from datafix.diagnosis.case import Case
from datafix.diagnosis.rows import Rows
from datafix.report import MOST, Grid, Lines, Thumbnails


def of_rows(
    case: Case, rows: Rows, at: np.ndarray, title: str, believed: np.ndarray | None = None
) -> Thumbnails | None:
    """Return the first of the chosen rows as thumbnails, None where they are no images."""
    if not case.subject.is_image or not len(at):
        return None
    chosen = at[:MOST]
    images = rows.features[chosen]
    images = images[..., None] if images.ndim == 3 else images
    told = rows.predicted if believed is None else believed
    captions = [f"{rows.index[one]}: {_named(case, rows.y[one])} → {_named(case, told[one])}" for one in chosen]
    return Thumbnails.of(title, images, captions)


def confusion(case: Case) -> Grid | None:
    """Return how often which class was taken for which, None for a quantity, one class, or more than twelve."""
    if not case.is_classification or not 1 < case.n_classes <= MOST:
        return None
    n = case.n_classes
    counts = np.zeros((n, n), dtype=np.int64)
    known = case.test.predicted < n
    np.add.at(counts, (case.test.y[known], case.test.predicted[known]), 1)
    names = tuple(case.class_name(code) for code in range(n))
    return Grid("Held-out rows: label down, prediction across", names, tuple(map(tuple, counts.tolist())))


def curves(case: Case) -> Lines | None:
    """Return the losses by epoch, None where no history was given, or of one epoch."""
    history = case.history or {}
    known = {name: tuple(map(float, history[name])) for name in ("loss", "val_loss") if len(history.get(name, ())) > 1}
    return Lines("Loss by epoch", known) if known else None


def _named(case: Case, value: float) -> str:
    return case.class_name(int(value)) if case.is_classification else f"{value:.3g}"
