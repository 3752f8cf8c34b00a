"""Rows that cross an official split."""

from __future__ import annotations

from typing import Any, NamedTuple

import narwhals as nw
import numpy as np

from datafix.columns import as_frame, factorize
from datafix.errors import LeakageError, ParameterError, TableError
from datafix.fingerprint import row_hashes
from datafix.near_duplicates import near_duplicates
from datafix.splitting.stacking import stacked_series
from datafix.splitting.units import series_of


class Tie(NamedTuple):
    """What some rows have in common.

    Parameters
    ----------
    what : str
        In the words of an error: rows "have {what} a held-out row".
    code : ndarray of shape (rows,)
        Rows with the same one are tied.
    free : bool ndarray of shape (rows,)
        Rows that this ties to none.
    """

    what: str
    code: np.ndarray
    free: np.ndarray


def ties_by_content(X: Any, without: list[str], *, near: bool) -> list[Tie]:
    """Return what ties rows of the same features (to float32 precision), or nearly the same.

    Parameters
    ----------
    X : dataframe, array or images
    without : list of str
        Columns that are no features.
    near : bool
    """
    if without:
        X = as_frame(X).drop(without)
        if not X.columns:
            return []
        X = X.to_native()
    hashes = row_hashes(X, precision="float32")
    none = np.zeros(len(hashes), dtype=bool)
    ties = [Tie("the features of", hashes, none)]
    return [*ties, Tie("nearly the features of", near_duplicates(X), none)] if near else ties


def tie_by_value(role: str, given: Any, X: Any, sizes: dict[str, int]) -> Tie:
    """Return what ties rows of the same group or id; a missing one ties to none.

    Parameters
    ----------
    role : {"groups", "ids"}
    given : str or dict of str to array-like
        A column of X, or the values of each part by its name.
    X : dataframe, array or images
        The parts, stacked.
    sizes : dict of str to int
        Rows of each part, in the order that they are stacked in.
    """
    who = "Split.from_parts"
    if not isinstance(given, str | dict) or (
        isinstance(given, dict) and any(isinstance(v, str) for v in given.values())
    ):
        raise ParameterError(
            f"{who} needs {role} as the name of a column, or as a dict with the values of each part: "
            f"{{{', '.join(f'{name!r}: ...' for name in sizes)}}}; got {type(given).__name__}."
        )
    if isinstance(given, dict):
        if odd := sorted(map(str, set(given) ^ set(sizes))):
            raise ParameterError(f"{who} needs {role} for the parts {list(sizes)}; {odd} stand(s) in only one of both.")
        parts = {name: series_of(role, given[name], None, n_rows, who=who) for name, n_rows in sizes.items()}
        series: nw.Series[Any] = nw.from_native(stacked_series(list(parts.values())), series_only=True)
    else:
        series = series_of(role, given, X, sum(sizes.values()), who=who)
    code = factorize(series)[0]
    return Tie(f"the {role.removesuffix('s')} of", code, code < 0)


def resolve(
    rows: dict[str, np.ndarray], ties: list[Tie], on_overlap: str
) -> tuple[dict[str, np.ndarray], list[np.ndarray]]:
    """Take from each part what is tied to a later one, or raise.

    Parameters
    ----------
    rows : dict of str to int64 ndarray
        The rows of each part, those that give way first.
    ties : list of Tie
    on_overlap : {"raise", "drop_train"}

    Returns
    -------
    kept : dict of str to int64 ndarray
    dropped : list of int64 ndarray
        For each tie, the rows that it took and no earlier one.
    """
    kept, dropped = dict(rows), [[np.zeros(0, dtype=np.int64)] for _ in ties]
    names = list(rows)
    for i, name in enumerate(names[:-1]):
        later = np.concatenate([rows[other] for other in names[i + 1 :]])
        for tie, taken in zip(ties, dropped, strict=True):
            here = kept[name]
            crossing = np.isin(tie.code[here], tie.code[later][~tie.free[later]], kind="sort")
            if crossing.any() and on_overlap == "raise":
                raise LeakageError(_told(name, here[crossing], tie.what))
            kept[name] = here[~crossing]
            taken.append(here[crossing])
    if not len(kept["train"]):
        reasons = [tie.what for tie, taken in zip(ties, dropped, strict=True) if len(np.concatenate(taken))]
        raise TableError(f"Split.from_parts: every training row has {' or '.join(reasons)} a held-out row.")
    return kept, [np.sort(np.concatenate(taken)) for taken in dropped]


def _told(name: str, crossing: np.ndarray, what: str) -> str:
    return (
        f"{len(crossing)} row(s) of {name!r} have {what} a held-out row, the first at position {crossing[0]}. "
        "Drop them from it with on_overlap='drop_train', or accept them with on_overlap='ignore' where rows may be "
        "equal by chance."
    )
