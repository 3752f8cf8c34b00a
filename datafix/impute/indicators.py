"""Columns of 0 and 1 that say where values were missing, beside the filled ones."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import narwhals as nw
import numpy as np

from datafix.columns import is_missing
from datafix.errors import TableError
from datafix.names import unique_names
from datafix.repairs import number_column


def indicator_names(columns: Iterable[str], taken: Iterable[str]) -> list[str]:
    """Return ``<column>_missing`` for each column, unlike the names that are taken."""
    return unique_names([f"{column}_missing" for column in columns], taken=taken)


def indicators(frame: nw.DataFrame[Any], columns: list[str], taken: Iterable[str]) -> list[nw.Series[Any]]:
    """Return float64 columns, 1 where a value of the frame is missing."""
    return [
        number_column(name, is_missing(frame[column]).astype(np.float64), frame)
        for column, name in zip(columns, indicator_names(columns, taken), strict=True)
    ]


def refuse_all_missing(missing: dict[str, np.ndarray], *, who: str) -> None:
    """Raise TableError with the names of the columns that hold nothing to learn a fill from."""
    if empty := [name for name, mask in missing.items() if mask.all()]:
        raise TableError(
            f"{who} cannot learn a fill for {empty[:5]}: all {len(missing[empty[0]])} training values are missing. "
            "Drop these columns first."
        )
