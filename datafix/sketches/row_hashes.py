"""Every row of a table by its hash."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals as nw
import numpy as np

from datafix.fingerprint import row_hashes, value_hashes


class RowHashes:
    """The hashes of all rows, in their order: 8 bytes a row for each set of columns.

    Parameters
    ----------
    frame : narwhals.DataFrame
    sets : mapping of str to list of str, or str
        Names to the columns that are hashed together, or to one whose values are hashed, whatever its name.
    """

    def __init__(self, frame: nw.DataFrame[Any], sets: Mapping[str, list[str] | str]) -> None:
        self._parts = {
            name: [value_hashes(frame[chosen]) if isinstance(chosen, str) else row_hashes(frame, columns=chosen)]
            for name, chosen in sets.items()
        }

    def merge(self, other: RowHashes) -> None:
        """Take in the rows that follow."""
        for name, parts in other._parts.items():
            self._parts[name] += parts

    def of(self, name: str) -> np.ndarray:
        """Return the hashes of a set, uint64 of shape (rows,)."""
        if len(self._parts[name]) > 1:
            self._parts[name] = [np.concatenate(self._parts[name])]
        return self._parts[name][0]
