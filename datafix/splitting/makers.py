"""Split a table before anything learns."""

from __future__ import annotations

from typing import Any, Literal

import narwhals as nw
import numpy as np
from scipy import sparse
from sklearn.utils import check_random_state

from datafix.columns import as_frame, as_numbers, factorize, is_missing, kind_of
from datafix.errors import ParameterError, TableError
from datafix.fingerprint import row_hashes
from datafix.near_duplicates import near_duplicates
from datafix.splitting.parts import Split
from datafix.task import as_target


def split(
    X: Any,
    y: Any = None,
    *,
    test_size: float = 0.2,
    validation_size: float = 0.2,
    stratify: Any = None,
    groups: Any = None,
    time: Any = None,
    duplicates: Literal["together", "near", "ignore"] = "together",
    random_state: Any = None,
) -> Split:
    """Give every row of a table one role.

    Parameters
    ----------
    X : dataframe, array of shape (rows, columns) or images
    y : array-like of shape (rows,), optional
    test_size, validation_size : float or int
        Share of all rows in [0, 1), or number of rows; 0: no such part.
    stratify : True, str or array-like of shape (rows,), optional
        Keep the shares of these classes in every part; True: those of y. A unit of
        several rows (a group, copies) counts with its most frequent class.
    groups : str or array-like of shape (rows,), optional
        Rows of one group stay in one part.
    time : str or array-like of shape (rows,), optional
        Train on the past: the last rows are the test part, those before them validation.
    duplicates : {"together", "near", "ignore"}
        "together": rows with the same content stay in one part, "near": also near copies
        (see :func:`datafix.near_duplicates.near_duplicates`).
    random_state : int, RandomState or None

    Returns
    -------
    split : Split

    Raises
    ------
    ParameterError
        If sizes leave no training row, or arguments exclude each other.

    Notes
    -----
    Parts are as large as asked up to the size of the units that stay together. With ``time`` a unit
    has the time of its latest row, so that no training row is later than a held-out one.

    Examples
    --------
    >>> split(np.arange(20.0).reshape(10, 2), test_size=0.2, validation_size=0.1, random_state=0)
    Split(train=7, validation=1, test=2)
    """
    n_rows = X.shape[0] if hasattr(X, "shape") else len(X)
    if not n_rows:
        raise TableError("split needs at least one row, got an empty table.")
    shares = _shares(n_rows, test_size, validation_size)
    if time is not None and stratify is not None:
        raise ParameterError(
            "split cannot keep the shares of classes and the order of time at once: give stratify or time."
        )
    if stratify is True and y is None:
        raise ParameterError("split needs y for stratify=True.")
    units = _units(X, n_rows, _codes("groups", groups, X, n_rows), duplicates)
    sizes = np.bincount(units)
    if time is not None:
        part = _by_time(_times(time, X, n_rows), units, sizes, shares)
    else:
        classes = _codes("stratify", y if stratify is True else stratify, X, n_rows)
        part = _at_random(_strata(classes, units), sizes, shares, check_random_state(random_state))
    rows = {name: np.flatnonzero(part[units] == i) for i, name in enumerate(("train", "validation", "test"))}
    _refuse_empty(rows, shares, sizes)
    return Split(
        rows["train"],
        rows["test"] if shares["test"] else None,
        rows["validation"] if shares["validation"] else None,
        X=X,
        y=y,
    )


def _refuse_empty(rows: dict[str, np.ndarray], shares: dict[str, float], sizes: np.ndarray) -> None:
    for name, part in rows.items():
        if not len(part) and shares.get(name, 1.0):
            raise ParameterError(
                f"split leaves no row for {name!r}: there are {sizes.sum()} rows in {len(sizes)} unit(s) that stay "
                f"together (groups, copies, equal times), the largest of {sizes.max()}. Give fewer or smaller parts."
            )


def _shares(n_rows: int, test_size: float, validation_size: float) -> dict[str, float]:
    """Return the share of rows that each held-out part is to have."""
    shares = {}
    for name, size in (("test", test_size), ("validation", validation_size)):
        whole = isinstance(size, int | np.integer) and not isinstance(size, bool)
        share = size / n_rows if whole and n_rows else float(size)
        if not 0 <= share < 1:
            raise ParameterError(
                f"split needs {name}_size as a share in [0, 1) or a number of rows below {n_rows}, got {size!r}."
            )
        shares[name] = share
    if sum(shares.values()) >= 1:
        raise ParameterError(f"split has no row left to train on: the held-out parts ask for {shares}.")
    return shares


def _series(role: str, given: Any, X: Any, n_rows: int) -> nw.Series[Any]:
    if isinstance(given, str):
        frame = as_frame(X, who="split")
        if given not in frame.columns:
            raise TableError(f"split has no column {role}={given!r}. The table has {frame.columns[:12]}.")
        return frame[given]
    series = as_target(given, who=role)
    if len(series) != n_rows:
        raise TableError(f"split needs one value of {role} a row: {n_rows} rows, got {len(series)} values.")
    return series


def _codes(role: str, given: Any, X: Any, n_rows: int) -> np.ndarray | None:
    """Return classes or groups as codes; a missing one is a group of its own."""
    if given is None:
        return None
    codes, uniques = factorize(_series(role, given, X, n_rows))
    missing = np.flatnonzero(codes < 0)
    codes[missing] = len(uniques) + np.arange(len(missing))
    return codes


def _times(given: Any, X: Any, n_rows: int) -> np.ndarray:
    series = _series("time", given, X, n_rows)
    if kind_of(series) not in ("number", "time"):
        raise TableError(f"split needs times or numbers to order rows by, got {series.dtype}. Parse them first.")
    missing = is_missing(series)
    if missing.any():
        raise TableError(
            f"split cannot order {int(missing.sum())} row(s) without a time, the first at position "
            f"{np.flatnonzero(missing)[0]}. Drop them or give them one."
        )
    return as_numbers(series)


def _units(X: Any, n_rows: int, groups: np.ndarray | None, duplicates: str) -> np.ndarray:
    """Return, for every row, the number of the unit that stays together."""
    if duplicates not in ("together", "near", "ignore"):
        raise ParameterError(f"split needs duplicates 'together', 'near' or 'ignore', got {duplicates!r}.")
    keys = [] if groups is None else [groups]
    if duplicates == "together":
        keys.append(np.unique(row_hashes(X), return_inverse=True)[1])
    elif duplicates == "near":
        keys.append(near_duplicates(X))
    if not keys:
        return np.arange(n_rows)
    if len(keys) == 1:
        return np.unique(keys[0], return_inverse=True)[1]
    # Every row ties its group to its content; what hangs together is one unit.
    n_groups = keys[0].max() + 1
    size = n_groups + keys[1].max() + 1
    ties = sparse.coo_array((np.ones(n_rows), (keys[0], n_groups + keys[1])), shape=(size, size))
    component = sparse.csgraph.connected_components(ties, directed=False)[1]
    return np.unique(component[keys[0]], return_inverse=True)[1]


def _strata(classes: np.ndarray | None, units: np.ndarray) -> np.ndarray:
    """Return the most frequent class of every unit."""
    if classes is None:
        return np.zeros(units.max() + 1, dtype=np.int64)
    counts = sparse.coo_array((np.ones(len(units)), (units, classes))).tocsr()
    return np.asarray(counts.argmax(axis=1)).ravel()


def _at_random(
    strata: np.ndarray, sizes: np.ndarray, shares: dict[str, float], random: np.random.RandomState
) -> np.ndarray:
    """Return each unit's part (0 train, 1 validation, 2 test), stratum by stratum.

    Shares are kept over all strata so far, so that many small ones do not round to nothing.
    """
    part = np.zeros(len(sizes), dtype=np.int8)
    seen, given = 0, {"validation": 0, "test": 0}
    for stratum in random.permutation(np.unique(strata)):
        members = random.permutation(np.flatnonzero(strata == stratum))
        seen += sizes[members].sum()
        for number, name in ((2, "test"), (1, "validation")):
            wanted = round(shares[name] * seen) - given[name]
            middle = np.cumsum(sizes[members]) - sizes[members] / 2
            chosen = members[middle < wanted]
            part[chosen] = number
            given[name] += sizes[chosen].sum()
            members = members[middle >= wanted]
    return part


def _by_time(times: np.ndarray, units: np.ndarray, sizes: np.ndarray, shares: dict[str, float]) -> np.ndarray:
    """Return each unit's part: the latest are the test part; equal times are never parted."""
    latest = np.full(len(sizes), -np.inf)
    np.maximum.at(latest, units, times)
    moments, moment = np.unique(latest, return_inverse=True)
    after = np.cumsum(np.bincount(moment, weights=sizes)[::-1])[::-1]  # rows at or after each moment
    n_rows = sizes.sum()
    part = np.zeros(len(moments), dtype=np.int8)
    part[after <= round((shares["test"] + shares["validation"]) * n_rows)] = 1
    part[after <= round(shares["test"] * n_rows)] = 2
    return part[moment]
