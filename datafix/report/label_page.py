"""Suspicious labels as one self-contained HTML page."""

from __future__ import annotations

import numpy as np
import pandas as pd
from jinja2 import Environment, PackageLoader

from datafix.report.thumbnails import thumbnail

MOST_SHOWN = 500


def label_page(
    issues: pd.DataFrame, name: str, n_rows: int, estimated_precision: float, images: np.ndarray | None = None
) -> str:
    """Return the page: worst first, at most 500 rows, each image beside its labels.

    Parameters
    ----------
    issues : DataFrame with one row a suspicious label, worst first
    name : str
        Of the table or folder.
    n_rows : int
        Of all rows that were judged.
    estimated_precision : float
        Share of the issues that are likely to be wrong; NaN where there are none.
    images : uint8 ndarray of shape (len(issues), height, width, channels), optional
    """
    shown = issues.head(MOST_SHOWN)
    rows = [[f"{value:.4g}" if isinstance(value, float) else value for value in row] for row in shown.to_numpy(object)]
    thumbnails = [None] * len(shown) if images is None else [thumbnail(image) for image in images[: len(shown)]]
    environment = Environment(loader=PackageLoader("datafix.report"), autoescape=True, trim_blocks=True)
    return environment.get_template("labels.html.jinja").render(
        name=name,
        n_rows=n_rows,
        n_issues=len(issues),
        precision=estimated_precision,
        columns=[str(column).replace("_", " ") for column in shown.columns],
        rows=list(zip(rows, thumbnails, strict=True)),
    )
