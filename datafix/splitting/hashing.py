"""Parts by a hash of every row: whatever rows come later, those that are there keep their part."""

from __future__ import annotations

import numbers
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from datafix.columns import is_missing
from datafix.errors import LeakageError, ParameterError, TableError
from datafix.fingerprint import row_hashes
from datafix.splitting.drawing import NUMBERS, Sizes


def salt_of(random_state: Any) -> int:
    """Return the number that the hashes are mixed with; None: 0.

    Raises
    ------
    ParameterError
        If it is a generator, whose next number would be another one.
    """
    if random_state is None:
        return 0
    if isinstance(random_state, numbers.Integral) and not isinstance(random_state, bool) and int(random_state) >= 0:
        return int(random_state)
    raise ParameterError(
        f"split with assign='hash' needs random_state as an int from 0 on (it salts the hash), got {random_state!r}: "
        "a generator would give other parts on the next call."
    )


def by_hash(keys: np.ndarray, shares: Sizes, salt: int) -> np.ndarray:
    """Return each row's part (0 train, 1 validation, 2 test) by its key alone, int8 of shape (rows,).

    Parameters
    ----------
    keys : uint64 ndarray of shape (rows,)
        Hashes.
    shares : dict of "test" and "validation" to float
    salt : int
        Another one gives other parts.
    """
    salted = keys ^ np.random.SeedSequence(salt).generate_state(1, np.uint64)[0]
    place = (pd.util.hash_array(salted) >> np.uint64(11)) * 2.0**-53  # in [0, 1)
    part = np.zeros(len(keys), dtype=np.int8)
    part[place < shares["test"] + shares["validation"]] = NUMBERS["validation"]
    part[place < shares["test"]] = NUMBERS["test"]
    return part


def keys_of(X: Any, *, groups: nw.Series[Any] | None, ids: nw.Series[Any] | None) -> np.ndarray:
    """Return the hash that decides each row's part: of its group, else of its id, else of its content.

    A row without a group is keyed by its content.

    Raises
    ------
    TableError
        If a row has no id.
    """
    if ids is not None:
        missing = np.flatnonzero(is_missing(ids))
        if len(missing):
            raise TableError(
                f"split with assign='hash' needs an id for every row: {len(missing)} have none, the first at position "
                f"{missing[0]}. Give them one, or leave ids out: rows then go by their content."
            )
        return _hashes(ids)
    if groups is None:
        return row_hashes(X)
    missing = is_missing(groups)
    keys = _hashes(groups)
    if missing.any():
        keys = np.where(missing, row_hashes(X), keys)
    return keys


def refuse_crossing_copies(X: Any, part: np.ndarray, by: str) -> None:
    """Raise LeakageError if rows of one content went to several parts by their ids or groups."""
    content = np.unique(row_hashes(X), return_inverse=True)[1]
    lowest, highest = np.full(content.max() + 1, 9, dtype=np.int8), np.zeros(content.max() + 1, dtype=np.int8)
    np.minimum.at(lowest, content, part)
    np.maximum.at(highest, content, part)
    crossing = np.flatnonzero((lowest < highest)[content])
    if len(crossing):
        raise LeakageError(
            f"split by the hash of {by} parts {len(crossing)} row(s) from their copies, the first at position "
            f"{crossing[0]}: where a copy has another {by.rstrip('s')}, no rule keeps both it together with its "
            f"original and every row in its part when rows are appended. Leave {by} out (rows then go by their "
            "content), drop the copies first, or accept them with duplicates='ignore'."
        )


def _hashes(series: nw.Series[Any]) -> np.ndarray:
    return row_hashes(series.alias("key").to_frame())
