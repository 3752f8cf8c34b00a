"""Split a table before anything learns."""

from __future__ import annotations

import numbers
from typing import Any, Literal

import narwhals as nw
import numpy as np
from sklearn.utils import check_random_state

from datafix.columns import row_count
from datafix.engines import is_lazy
from datafix.errors import ParameterError, TableError
from datafix.splitting.chronology import IN_GAP, TIED, cut, gap_of, times_of
from datafix.splitting.drawing import NUMBERS, Sizes, draw
from datafix.splitting.hashing import by_hash, keys_of, refuse_crossing_copies, salt_of
from datafix.splitting.lazy_split import LazySplit
from datafix.splitting.parts import Split
from datafix.splitting.units import codes_of, in_memory, series_of, units_of


def split(
    X: Any,
    y: Any = None,
    *,
    test_size: float = 0.2,
    validation_size: float = 0.2,
    stratify: Any = None,
    groups: Any = None,
    time: Any = None,
    gap: Any = None,
    assign: Literal["random", "hash"] = "random",
    ids: Any = None,
    sample_weight: str | None = None,
    duplicates: Literal["together", "near", "ignore"] = "together",
    random_state: Any = None,
) -> Split | LazySplit:
    """Give every row of a table one role.

    Parameters
    ----------
    X : dataframe, array or sparse matrix of shape (rows, columns), list of rows, or images
        Of a lazy frame, rows have no positions: it is split by ``assign="hash"``, into lazy frames.
    y : array-like of shape (rows,), optional
        Of a lazy frame the name of its column.
    test_size, validation_size : float or int
        Share of all rows in [0, 1), or number of rows; 0: no such part.
    stratify : True, str or array-like of shape (rows,), optional
        Keep the shares of these classes in every part; True: those of y.
    groups : str or array-like of shape (rows,), optional
        Rows of one group stay in one part.
    time : str or array-like of shape (rows,), optional
        Train on the past: the last rows are the test part, those before them validation.
    gap : number or timedelta, optional
        With ``time``: rows that are older than the first row of a held-out part, but by at most so much, are
        in no part. A number in the units of numeric times, a timedelta for dates.
    assign : {"random", "hash"}
        "hash": the hash of a row alone decides its part, so that rows keep theirs when others are appended,
        left out or put in another order. Parts are then as large as asked in expectation.
    ids : str or array-like of shape (rows,), optional
        With ``assign="hash"``: what names a row and stays when its values are mended. Without it a row goes by
        its group, or by its content, of which copies stay together by nature. Of a lazy frame they may be named
        beside groups: rows go by their group, and `prepare` takes both along.
    sample_weight : str, optional
        Of a lazy frame: the column of weights, which is no content of a row. Copies may have other ones.
    duplicates : {"together", "near", "ignore"}
        "together": rows with the same content stay in one part, "near": also near copies
        (see :func:`datafix.near_duplicates.near_duplicates`).
    random_state : int, RandomState or None
        With ``assign="hash"`` an int that salts the hash; None: 0.

    Returns
    -------
    split : Split
        Or, of a lazy frame, a LazySplit, whose parts are lazy frames of the same engine.

    Raises
    ------
    ParameterError
        If sizes leave a part without a row, or arguments exclude each other.
    TableError
        If X is no table in memory, or what is said of its rows is not one value a row.
    LeakageError
        If copies have other ids or groups, and cannot be kept together by the hash of these.

    Notes
    -----
    Parts are as large as asked up to the size of the units that stay together: groups, copies, equal times.

    With ``time``, every training row is older than every held-out one. Where a group (or content)
    goes on through time, its later rows are held out and its earlier ones are in no part
    (``split.left_out``): kept, they would tell of the group; held out, they would be predicted from their future.

    Examples
    --------
    >>> split(np.arange(20.0).reshape(10, 2), test_size=0.2, validation_size=0.1, random_state=0)
    Split(train=7, validation=1, test=2)
    >>> days = np.arange(10)
    >>> split(days.reshape(-1, 1), time=days, gap=1).parts
    {'train': array([0, 1, 2, 3]), 'validation': array([5, 6]), 'test': array([8, 9])}
    """
    if is_lazy(X):
        _refuse_conflicts(
            stratify=stratify,
            groups=groups,
            time=time,
            gap=gap,
            assign=assign,
            ids=None if groups is not None else ids,
            duplicates=duplicates,
        )
        roles = {"y": y, "groups": groups, "ids": ids, "sample_weight": sample_weight}
        return _lazily(X, roles, test_size, validation_size, assign, duplicates, random_state)
    if sample_weight is not None:
        raise ParameterError(
            "split needs sample_weight of lazy frames alone. Leave the weights out of X, and give them to prepare."
        )
    X = in_memory(X)
    n_rows = row_count(X)
    _refuse_odd_table(n_rows, y)
    shares = _shares(n_rows, test_size, validation_size)
    _refuse_conflicts(
        stratify=stratify, groups=groups, time=time, gap=gap, assign=assign, ids=ids, duplicates=duplicates
    )
    if stratify is True and y is None:
        raise ParameterError("split needs y for stratify=True.")
    said = {"stratify": y if stratify is True else stratify, "groups": groups, "time": time, "ids": ids}
    series = {role: series_of(role, given, X, n_rows) for role, given in said.items() if given is not None}
    if assign == "hash":
        _refuse_counts(test_size=test_size, validation_size=validation_size)
        part = _by_hash(X, series, shares, duplicates, salt_of(random_state))
    else:
        groups = codes_of(series["groups"]) if "groups" in series else None
        units = units_of(X, n_rows, groups, duplicates)
        part = _by_unit(units, series, shares, gap, random_state)
    rows = {name: np.flatnonzero(part == number) for name, number in NUMBERS.items()}
    held_out = {name: rows[name] if shares[name] else None for name in ("test", "validation")}
    return Split(rows["train"], **held_out, X=X, y=y, left_out=np.flatnonzero(part < 0))


def _lazily(
    X: Any,
    roles: dict[str, Any],
    test_size: Any,
    validation_size: Any,
    assign: str,
    duplicates: str,
    random_state: Any,
) -> LazySplit:
    if assign != "hash":
        raise ParameterError(
            f"split of a lazy {type(X).__name__} needs assign='hash', got {assign!r}: its rows have no positions, and "
            "only what a row holds can tell its part. Give assign='hash', or collect it first."
        )
    for role, given in roles.items():
        if given is not None and not isinstance(given, str):
            raise ParameterError(f"split of a lazy frame needs {role} as the name of its column, got {given!r:.80}.")
    if duplicates == "together" and (roles["groups"] is not None or roles["ids"] is not None):
        raise ParameterError(
            "split of a lazy frame by ids or groups cannot see whether copies have others: give duplicates='ignore', "
            "or leave ids and groups out, and rows go by their content."
        )
    _refuse_counts(test_size=test_size, validation_size=validation_size)
    shares = _shares(None, test_size, validation_size)
    return LazySplit(X, shares, salt_of(random_state), target=roles.pop("y"), **roles)


def _by_hash(X: Any, series: dict[str, nw.Series[Any]], shares: Sizes, duplicates: str, salt: int) -> np.ndarray:
    part = by_hash(keys_of(X, groups=series.get("groups"), ids=series.get("ids")), shares, salt)
    if duplicates == "together" and series:
        refuse_crossing_copies(X, part, next(iter(series)))
    for name in _empty(part, shares):
        raise ParameterError(
            f"split by hash leaves no row for {name!r}: parts are as large as asked in expectation, and the table has "
            f"{len(part)} row(s). Give larger shares, or another random_state."
        )
    return part


def _by_unit(
    units: np.ndarray, series: dict[str, nw.Series[Any]], shares: Sizes, gap: Any, random_state: Any
) -> np.ndarray:
    if "time" in series:
        part = cut(times_of(series["time"]), units, shares, gap_of(gap, series["time"]))
    else:
        classes = codes_of(series["stratify"]) if "stratify" in series else None
        part = draw(units, classes, shares, check_random_state(random_state))
    for name in _empty(part, shares):
        sizes = np.bincount(units)
        raise ParameterError(
            f"split leaves no row for {name!r}: there are {len(units)} rows in {len(sizes)} unit(s) that stay together "
            f"(groups, copies, equal times), the largest of {sizes.max()}.{_why_left_out(part)} "
            "Give fewer or smaller parts."
        )
    return part


def _why_left_out(part: np.ndarray) -> str:
    told = ""
    if (part == IN_GAP).any():
        told += f" {(part == IN_GAP).sum()} row(s) are in no part as they stand in the gap: give a shorter one."
    if (part == TIED).any():
        told += (
            f" {(part == TIED).sum()} row(s) are in no part as later rows of their group or content are held out: "
            "what goes on through all of time cannot be kept whole and in order at once. Give groups or time, and "
            "duplicates='ignore' where rows are equal by chance."
        )
    return told


def _empty(part: np.ndarray, shares: Sizes) -> list[str]:
    return [name for name, number in NUMBERS.items() if shares.get(name, 1.0) and not (part == number).any()]


def _refuse_odd_table(n_rows: int, y: Any) -> None:
    if not n_rows:
        raise TableError("split needs at least one row, got an empty table.")
    if isinstance(y, str):
        raise TableError(f"split needs one target a row, got the name {y!r}: give X[{y!r}], and X without it.")
    if y is not None and row_count(y) != n_rows:
        raise TableError(f"split needs one target a row: {n_rows} rows, got {row_count(y)} targets.")


def _refuse_conflicts(
    *, stratify: Any, groups: Any, time: Any, gap: Any, assign: str, ids: Any, duplicates: str
) -> None:
    """Refuse words that are unknown, and arguments that exclude each other, with the reason."""
    if duplicates not in ("together", "near", "ignore"):
        raise ParameterError(f"split needs duplicates 'together', 'near' or 'ignore', got {duplicates!r}.")
    if assign not in ("random", "hash"):
        raise ParameterError(f"split needs assign 'random' or 'hash', got {assign!r}.")
    by_hash = assign == "hash"
    conflicts = {
        "keep the shares of classes and the order of time at once, as the last rows have the classes that they have: "
        "give stratify or time": time is not None and stratify is not None,
        "leave a gap without an order of time: give time, or leave gap out": gap is not None and time is None,
        "use ids but with assign='hash': give both, or neither": ids is not None and not by_hash,
        "go by the hash of ids and of groups at once: leave ids out, and rows go by their group": by_hash
        and ids is not None
        and groups is not None,
        "go by the hash of each row alone and keep the shares of classes, which depend on all rows: give "
        "assign='hash' or stratify (with many rows the shares come out alike by themselves)": by_hash
        and stratify is not None,
        "go by the hash of each row alone and in the order of time, in which later rows move the border: give "
        "assign='hash' or time": by_hash and time is not None,
        "go by the hash of each row alone and keep near copies together, which have other hashes: give assign='hash' "
        "with the same ids or groups for them, or duplicates='near'": by_hash and duplicates == "near",
    }
    for told, stands in conflicts.items():
        if stands:
            raise ParameterError(f"split cannot {told}.")


def _shares(n_rows: int | None, test_size: Any, validation_size: Any) -> Sizes:
    """Return the share of rows that each held-out part is to have; where their number is not known, it is given."""
    shares = {}
    for name, size in (("test", test_size), ("validation", validation_size)):
        known = isinstance(size, numbers.Real) and not isinstance(size, bool | np.bool_)
        of = n_rows if n_rows is not None and isinstance(size, numbers.Integral) else 1
        share = float(size) / of if known else np.nan
        if not 0 <= share < 1:
            count = "" if n_rows is None else f" or a number of rows below {n_rows}"
            raise ParameterError(f"split needs {name}_size as a share in [0, 1){count}, got {size!r}.")
        shares[name] = share
    if sum(shares.values()) >= 1:
        raise ParameterError(f"split has no row left to train on: the held-out parts ask for {shares}.")
    return shares


def _refuse_counts(**sizes: Any) -> None:
    for name, size in sizes.items():
        if size and isinstance(size, numbers.Integral):
            raise ParameterError(
                f"split with assign='hash' needs {name} as a share in [0, 1), got {size!r} rows: as a share of the "
                "table it would change when rows are appended."
            )
