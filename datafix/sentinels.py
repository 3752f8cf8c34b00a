"""Values that stand for missing: "?", "N/A", -999, 99999, a zero where zero is impossible.

Only what cannot well be a value is named: a false sentinel destroys data. A
zero is impossible where all other values keep far from it (a pulse, a weight);
where they come near it, or most rows have it, it is an honest zero (a capital
gain, an amount of rain).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals as nw
import numpy as np

from datafix.columns import as_numbers, factorize, kind_of

_WORDS = """
? ?? ??? na n/a n.a. n.a #n/a #na <na> nan -nan #nan null (null) <null> #null! #value! #div/0! #ref!
- -- --- . .. ... missing nodata 1.#qnan 1.#ind nil
"""
MARKERS = frozenset(_WORDS.split()) | {"", "not available", "no data", "not applicable"}
"""Text that means missing, without case and surrounding blanks."""

_FILLERS = np.sort(
    [-1.0, -9.0]
    + [sign * (10.0**digits - 1) for digits in range(2, 10) for sign in (-1, 1)]
    + [-32768.0, -2147483648.0, 2147483647.0]
)
_FEW_OTHERS = 10
_MANY_VALUES = 20
_FAR = 0.2
"""The smallest value beside zero, as a share of the median."""
_STEPS = 5
_DEVIATIONS = 2.5

Evidence = dict[str, float]


def find_sentinels(series: nw.Series[Any]) -> dict[Any, Evidence]:
    """Return the values of a column that very likely stand for missing, with their evidence.

    Parameters
    ----------
    series : narwhals.Series
        Training rows of one column.

    Returns
    -------
    sentinels : dict
        Value (``str`` as spelt, or float) to figures: ``count``, ``share`` and,
        for numbers, ``nearest`` (the nearest other value), ``gap`` (the distance
        to it) and ``range`` (that of all other values).

    Examples
    --------
    >>> import pandas as pd
    >>> pay = nw.from_native(pd.Series([0, 0, 0, 114, 2174, 41310, 99999, 99999, 99999]), series_only=True)
    >>> find_sentinels(pay)
    {99999.0: {'count': 3, 'share': 0.333, 'nearest': 41310.0, 'gap': 58689.0, 'range': 41310.0}}
    >>> list(find_sentinels(nw.from_native(pd.Series(["a", " ?", "b", "None"]), series_only=True)))
    [' ?']
    """
    kind = kind_of(series)
    if kind == "number":
        return _numbers(as_numbers(series))
    if kind in ("text", "mixed"):
        return _texts(series)
    return {}


def find_table_sentinels(columns: Mapping[str, nw.Series[Any]]) -> dict[str, dict[Any, Evidence]]:
    """Return the columns that hold values which very likely stand for missing, impossible zeros among them.

    Zero is impossible where it is a spike far below all other values: these are positive, zero lies
    several of their own steps below the smallest, and 2.5 standard deviations below their mean. In a
    column whose other values are skewed it is where its zeros go with those of such a column.

    Parameters
    ----------
    columns : mapping of str to narwhals.Series
        Training rows.

    Returns
    -------
    sentinels : dict of str to dict
        Column to what `find_sentinels` gives, for the columns that have any.

    Examples
    --------
    >>> import pandas as pd
    >>> pulse = nw.from_native(pd.Series([0, 0, 0, *range(51, 99)]), series_only=True)
    >>> find_table_sentinels({"pulse": pulse})
    {'pulse': {0.0: {'count': 3, 'share': 0.0588, 'nearest': 51.0, 'gap': 51.0, 'range': 47.0}}}
    """
    found = {name: find_sentinels(series) for name, series in columns.items()}
    for name, figures in _impossible_zeros(columns, found).items():
        found[name] = {**found[name], 0.0: figures}
    return {name: sentinels for name, sentinels in found.items() if sentinels}


def is_marker(text: str) -> bool:
    """Return whether a text means missing wherever it stands.

    Examples
    --------
    >>> [is_marker(text) for text in ("N/A ", "", "none", "0")]
    [True, True, False, False]
    """
    return text.strip().casefold() in MARKERS


def _impossible_zeros(
    columns: Mapping[str, nw.Series[Any]], sentinels: Mapping[str, dict[Any, Evidence]]
) -> dict[str, Evidence]:
    zeros: dict[str, np.ndarray] = {}
    found: dict[str, Evidence] = {}
    alike: dict[str, Evidence] = {}
    for name, series in columns.items():
        if kind_of(series) != "number":
            continue
        numbers = as_numbers(series)
        known = [value for value in sentinels[name] if isinstance(value, float)]
        judged = _zero_apart(np.where(np.isin(numbers, known), np.nan, numbers) if known else numbers)
        if judged is not None:
            figures, impossible = judged
            zeros[name] = numbers == 0
            (found if impossible else alike)[name] = figures
    surely = [zeros[name] for name in found]
    return found | {name: figures for name, figures in alike.items() if any(_go_with(zeros[name], z) for z in surely)}


def _zero_apart(numbers: np.ndarray) -> tuple[Evidence, bool] | None:
    """Return the evidence where zero is a spike apart from all else, and whether that alone makes it impossible."""
    n_zeros = int(np.count_nonzero(numbers == 0))
    if n_zeros < 3:
        return None
    others = numbers[np.isfinite(numbers) & (numbers != 0)]
    if n_zeros > len(others) or others.min() < _FAR * np.median(others) / 4:
        return None
    values, counts = np.unique(others, return_counts=True)
    if len(values) < _MANY_VALUES or n_zeros < 2 * np.median(counts[:_FEW_OTHERS]):
        return None
    if values[0] < _STEPS * np.median(np.diff(values[:_FEW_OTHERS])):
        return None
    far = values[0] >= _FAR * np.median(others) and others.mean() >= _DEVIATIONS * others.std()
    return _figures(0.0, n_zeros, values, len(numbers)), bool(far)


def _go_with(zeros: np.ndarray, others: np.ndarray) -> bool:
    """Whether nearly all rows that are zero in another column are zero in this one, and more of them than of all."""
    share = zeros[others].mean()
    return bool(others.sum() >= 5 and share >= 0.9 and share >= 1.5 * zeros.mean())


def _texts(series: nw.Series[Any]) -> dict[Any, Evidence]:
    codes, uniques = factorize(series)
    texts = [value for value in uniques if isinstance(value, str)]
    markers = [text for text in texts if is_marker(text)]
    others = [text.strip() for text in texts if not is_marker(text)]
    markers = [text for text in markers if not _may_be_a_category(text.strip().casefold(), others)]
    spelt_numbers = _spelt_fillers(codes, uniques, set(markers)) if len(texts) == len(uniques) else {}
    if not markers:
        return spelt_numbers
    counts = dict(zip(uniques, np.bincount(codes[codes >= 0], minlength=len(uniques)), strict=True))
    return {
        text: {"count": int(counts[text]), "share": _round(counts[text] / len(series))} for text in markers
    } | spelt_numbers


def _may_be_a_category(marker: str, others: list[str]) -> bool:
    """Whether a marker looks at home among the other values: NA among countries, - beside +."""
    if marker in ("na", "nil", "nan"):
        return len(set(others)) >= 3 and all(len(other) == len(marker) for other in others)
    if marker in ("-", "--", "---", ".", "..", "..."):
        return bool(others) and not any(character.isalnum() for other in others for character in other)
    if marker in ("missing", "not available", "not applicable"):
        words = {other.casefold() for other in others}
        return bool(words & {"found", "present", "available", "applicable"})
    return False


def _spelt_fillers(codes: np.ndarray, uniques: np.ndarray, markers: set[str]) -> dict[Any, Evidence]:
    """Return fillers in a column of numbers that are kept as text."""
    spelt = {text: _float(text) for text in uniques[:100] if text not in markers}
    if not spelt or any(value is None for value in spelt.values()):
        return {}
    values = np.array([np.nan if text in markers else _float(text) for text in uniques], dtype=np.float64)
    if np.isnan(values).sum() > len(markers):
        return {}
    found = _numbers(np.append(values, np.nan)[codes])
    return {text: found[value] for text, value in zip(uniques, values, strict=True) if value in found}


def _float(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _numbers(numbers: np.ndarray) -> dict[Any, Evidence]:
    finite = numbers[np.isfinite(numbers)]
    # A filler lies outside all other values, so it is the smallest or the largest.
    if not len(finite) or not np.isin([finite.min(), finite.max()], _FILLERS).any():
        return {}
    values, counts = np.unique(finite, return_counts=True)
    known = np.isin(values, _FILLERS)
    rest = np.flatnonzero(~known)
    if len(rest) < 2:
        return {}
    outside = np.r_[0 : rest[0], rest[-1] + 1 : len(values)]
    others, other_counts = values[rest[0] : rest[-1] + 1], counts[rest[0] : rest[-1] + 1]
    return {
        float(values[i]): _figures(values[i], counts[i], others, len(numbers))
        for i in outside
        if _stands_apart(values[i], counts[i], others, other_counts)
    }


def _figures(value: float, count: int, others: np.ndarray, n_rows: int) -> Evidence:
    nearest = float(others[0] if value < others[0] else others[-1])
    return {
        "count": int(count),
        "share": _round(count / n_rows),
        "nearest": nearest,
        "gap": abs(float(value) - nearest),
        "range": float(others[-1] - others[0]),
    }


def _stands_apart(value: float, count: int, others: np.ndarray, counts: np.ndarray) -> bool:
    below = value < others[0]
    near = counts[:_FEW_OTHERS] if below else counts[-_FEW_OTHERS:]
    gap = others[0] - value if below else value - others[-1]
    spread = others[-1] - others[0]
    is_spike = count >= 2 * np.median(near) or gap >= 5 * spread
    if count < 3 or not is_spike:
        return False
    if below and others[0] >= 0 and len(others) >= _FEW_OTHERS:
        # Nothing else is negative: the sign itself is the gap.
        return value <= -9 or count >= 5 * near.mean()
    if abs(value) < 10:
        return value < -1 and gap >= 2 * spread
    if not below and (_are_prices(others) or _are_codes(value, others)):
        return False
    return bool(gap >= (1 if abs(value) < 100 else 0.5) * spread)


def _are_prices(others: np.ndarray) -> bool:
    """Whether nines at the end are the custom of the column."""
    return bool(np.mean(np.mod(np.abs(others), 10) >= 9) > 0.25)


def _are_codes(value: float, others: np.ndarray) -> bool:
    """Whether the value is one more of many codes with as many digits, and these spread widely."""
    if (others != np.round(others)).any() or others[0] < 1:
        return False
    digits = np.floor(np.log10(others)) + 1
    wide = others[-1] - others[0] >= 0.05 * value
    return bool(wide and (digits == len(str(int(value)))).all())


def _round(share: float) -> float:
    return float(f"{share:.3g}")
