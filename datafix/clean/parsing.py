"""Numbers, truth values and times read from text, by one way of writing for a whole column."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

_CURRENCY = "$€£¥₹₩₽₺₪฿"
_NUMBER = re.compile(
    rf"""
    (?P<open>\()?\s*
    (?P<sign>[+\-\u2212])?\s*
    (?P<before>[{_CURRENCY}]|(?:USD|EUR|GBP|CHF|JPY|CNY|INR|CAD|AUD|SEK|NOK|DKK|PLN|CZK|BRL|US\$)(?=\s|\d))?\s*
    (?P<sign2>[+\-\u2212])?
    (?P<digits>(?:\d[\d.,'\u2019\u00a0\u202f\ ]*|[.,]\d+)(?:[eE][+\-]?\d+)?)
    (?P<gap>\s*)
    (?P<unit>[{_CURRENCY}%‰°]|[A-Za-zµμ°][A-Za-zµμ°/²³\d^.]*)?
    \s*(?P<close>\))?
    """,
    re.VERBOSE,
)
_POINT = re.compile(r"(\d{1,3}([,'\u2019 ])\d{3}(\2\d{3})*|\d+)?(\.\d*)?([eE][+\-]?\d+)?")
_COMMA = re.compile(r"(\d{1,3}([.'\u2019 ])\d{3}(\2\d{3})*|\d+)?(,\d*)?([eE][+\-]?\d+)?")
_SPELT_UNITS = {"ounce": "oz", "pound": "lb", "gram": "g", "kilogram": "kg", "metre": "m", "meter": "m"} | {
    "minute": "min",
    "hour": "h",
    "hr": "h",
    "year": "yr",
    "second": "s",
    "sec": "s",
    "inche": "in",
    "inch": "in",
}
_UNITS = """
oz lb g kg mg µg m km cm mm mi ft in l ml cl s ms min h yr cc bhp hp kw kwh hz khz mhz ghz b kb mb gb tb
k° c° °c °f ° px pt ppm kmpl usd eur gbp chf bar kpa db kcal cal kj day month
"""
_ATTACHED_UNITS = frozenset(_UNITS.split())
_DAY_FIRST = ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d/%m/%y", "%d-%m-%y", "%d.%m.%y")
_MONTH_FIRST = ("%m/%d/%Y", "%m-%d-%Y", "%m.%d.%Y", "%m/%d/%y", "%m-%d-%y", "%m.%d.%y")
_NAMED = ("%d %b %Y", "%d-%b-%Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d-%b-%y", "%Y/%m/%d", "%Y.%m.%d")
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?\s?(Z|[+\-]\d{2}:?\d{2})?)?")
_LOOKS_LIKE_TIME = re.compile(r"\d{1,4}[/.\- ]\w{1,9}[/.\- ]|[A-Za-z]{3,9} \d")
TRUTH = {"true": 1.0, "false": 0.0}


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """How a column writes numbers: its decimal sign, and its unit (or currency), if any."""

    decimal: str = "."
    unit: str | None = None

    def read(self, text: str) -> float:
        """Return the number, NaN where the text is none of this format."""
        parts = _parts(text)
        if parts is None or parts.unit not in (None, self.unit):
            return np.nan
        return _value(parts, self.decimal)


@dataclass(frozen=True, slots=True)
class _Parts:
    negative: bool
    digits: str
    unit: str | None


def find_number_format(counts: dict[str, int], share: float) -> NumberFormat | None:
    """Return the format in which at least this share of the texts are numbers, or None.

    Codes with leading zeros and whole numbers past 15 digits stay text: as
    numbers they would lose what tells them apart.

    Examples
    --------
    >>> find_number_format({"1.234,5": 3, "12,0": 1}, 0.99)
    NumberFormat(decimal=',', unit=None)
    >>> find_number_format({"01234": 1, "56789": 1}, 0.99) is None
    True
    """
    if not _enough(counts, share, lambda text: _parts(text) is not None):
        return None
    parts = {text: _parts(text) for text in counts}
    if any(part is not None and _is_code(text) for text, part in parts.items()):
        return None
    units = Counter[str]()
    for text, part in parts.items():
        if part is not None and part.unit is not None:
            units[part.unit] += counts[text]
    unit = units.most_common(1)[0][0] if units else None
    known = {t: p for t, p in parts.items() if p is not None and p.unit in (None, unit)}
    needed = share * sum(counts.values())
    read = {decimal: sum(counts[t] for t, p in known.items() if not np.isnan(_value(p, decimal))) for decimal in ".,"}
    decimal = "," if read[","] > read["."] else "."
    return NumberFormat(decimal, unit) if read[decimal] >= needed and read[decimal] else None


def find_time_format(counts: dict[str, int], share: float) -> tuple[str | None, bool]:
    """Return the strptime format of a column of times ("ISO8601" for these), and whether day and month are in doubt.

    Examples
    --------
    >>> find_time_format({"13/01/2020": 1, "01/02/2020": 1}, 0.99)
    ('%d/%m/%Y', False)
    >>> find_time_format({"01/02/2020": 1}, 0.99)
    (None, True)
    """
    if _enough(counts, share, lambda text: _ISO.fullmatch(text) is not None):
        return "ISO8601", False
    if not _enough(counts, share, lambda text: _LOOKS_LIKE_TIME.match(text) is not None):
        return None, False
    for clock in _CLOCKS:
        for day_first, month_first in zip(_DAY_FIRST, _MONTH_FIRST, strict=True):
            days, months = (_share_read(counts, form + clock) for form in (day_first, month_first))
            if max(days, months) >= share:
                # A point between the figures is written where the day comes first.
                if days == months and "." not in day_first:
                    return None, True
                return (day_first if days >= months else month_first) + clock, False
        for form in _NAMED:
            if _share_read(counts, form + clock) >= share:
                return form + clock, False
    return None, False


def read_times(texts: Any, form: str) -> np.ndarray:
    """Return texts as datetime64[us] (UTC where a zone is given), NaT where one is none of this format."""
    texts = pd.Series(np.asarray(texts, dtype=object))
    if form == "ISO8601":
        texts = texts.where([_ISO.fullmatch(text) is not None for text in texts])
    times = pd.to_datetime(texts, format=form, errors="coerce", utc=True)
    return times.dt.tz_localize(None).to_numpy().astype("datetime64[us]")


def _share_read(counts: dict[str, int], form: str) -> float:
    sample = list(counts)[:200]
    if np.isnat(read_times(sample, form)).mean() > 0.5:
        return 0.0
    read = ~np.isnat(read_times(list(counts), form))
    weights = np.array(list(counts.values()))
    return float(weights[read].sum() / weights.sum())


def _enough(counts: dict[str, int], share: float, holds: Any) -> bool:
    """Whether a claim holds for this share of the rows; a column of prose is turned away early."""
    texts = list(counts)
    sample = texts[:200]
    if sum(map(holds, sample)) < 0.5 * len(sample):
        return False
    return bool(sum(counts[text] for text in texts if holds(text)) >= share * sum(counts.values()))


def _parts(text: str) -> _Parts | None:
    match = _NUMBER.fullmatch(text)
    if match is None or bool(match["open"]) != bool(match["close"]) or (match["sign"] and match["sign2"]):
        return None
    unit = _unit(match)
    if unit == "?":
        return None
    sign = match["sign"] or match["sign2"] or "+"
    return _Parts(sign != "+" or bool(match["open"]), match["digits"].strip(), unit)


def _unit(match: re.Match[str]) -> str | None:
    """Return the unit in its short form, None for none, "?" for what is no unit."""
    before, after = match["before"], match["unit"]
    if before and after:
        return "?"
    if not (before or after):
        return None
    if before or not after[0].isalpha():
        return (before or after).casefold()
    unit = after.casefold().rstrip(".")
    unit = unit[:-1] if len(unit) > 3 and unit.endswith("s") else unit
    unit = _SPELT_UNITS.get(unit, unit)
    attached = not match["gap"] and not match["digits"][-1].isspace()
    is_letter = len(unit) == 1
    if (attached or is_letter) and (unit not in _ATTACHED_UNITS or (is_letter and after.isupper())):
        return "?"
    return unit


def _value(parts: _Parts, decimal: str) -> float:
    digits = parts.digits.replace("\u00a0", " ").replace("\u202f", " ")
    pattern = _POINT if decimal == "." else _COMMA
    if not pattern.fullmatch(digits):
        return np.nan
    thousands = ",'\u2019 " if decimal == "." else ".'\u2019 "
    plain = digits.translate(dict.fromkeys(map(ord, thousands))).replace(",", ".")
    return -float(plain) if parts.negative else float(plain)


def _is_code(text: str) -> bool:
    digits = text.lstrip("+-")
    return digits.isdigit() and ((digits[0] == "0" and len(digits) > 1) or len(digits) > 15)
