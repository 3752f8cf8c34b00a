"""Every row of a table by its hash."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np

from datafix.fingerprint import row_hashes


class RowHashes:
    """The hashes of all rows, in their order: 8 bytes a row for each set of columns.

    Parameters
    ----------
    frame : narwhals.DataFrame
    sets : mapping of str to list of str
        Names to the columns that are hashed together.
    """

    def __init__(self, frame: nw.DataFrame[Any], sets: dict[str, list[str]]) -> None:
        self._parts = {name: [row_hashes(frame, columns=columns)] for name, columns in sets.items()}

    def merge(self, other: RowHashes) -> None:
        """Take in the rows that follow."""
        for name, parts in other._parts.items():
            self._parts[name] += parts

    def of(self, name: str) -> np.ndarray:
        """Return the hashes by a set of columns, uint64 of shape (rows,)."""
        if len(self._parts[name]) > 1:
            self._parts[name] = [np.concatenate(self._parts[name])]
        return self._parts[name][0]
