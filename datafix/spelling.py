"""When two spellings mean one thing: case, blanks, Unicode forms and a stray full stop."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

_TRAILING = ".,;:"


def spelling_key(text: str, *, punctuation: bool = True) -> str:
    """Return what spellings of one name have in common.

    Unicode compatibility form, case, blanks round and inside, and, with
    ``punctuation``, trailing ``. , ; :`` do not count. Signs do.

    Examples
    --------
    >>> spelling_key(" <=50K. "), spelling_key(" New   York"), spelling_key("C++")
    ('<=50k', 'new york', 'c++')
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    key = " ".join(text.casefold().split())
    if punctuation:
        return key.rstrip(_TRAILING).rstrip() or key
    return key


def unify(counts: Mapping[str, int], *, punctuation: bool = True) -> dict[str, str]:
    """Return the spellings that another spelling of the same name should replace.

    The most frequent spelling stands for all; of equally frequent ones that
    with the fewest surplus blanks, then the first in the alphabet.

    Parameters
    ----------
    counts : mapping of str to int
        How often each spelling occurs.
    punctuation : bool, default=True
        Whether a trailing full stop is a matter of spelling.

    Returns
    -------
    mapping : dict of str to str
        Spelling to canonical spelling; only the spellings that change.

    Notes
    -----
    Single letters that differ in case are one name only where one of them is
    rare (under a tenth of the other): "m" beside "M" is a slip, "a" and "A"
    in equal numbers are two classes.

    Examples
    --------
    >>> unify({"Yes": 5, "yes": 2, "No": 4, "no.": 1, "A+": 3, "A-": 3})
    {'yes': 'Yes', 'no.': 'No'}
    >>> unify({"a": 50, "A": 48})
    {}
    """
    families: dict[str, list[str]] = {}
    for text in counts:
        families.setdefault(spelling_key(text, punctuation=punctuation), []).append(text)
    return {
        text: best
        for key, family in families.items()
        if len(family) > 1
        for best in [min(family, key=lambda text: _rank(text, counts))]
        for text in family
        if text != best and not _two_letters(key, text, best, counts)
    }


def _rank(text: str, counts: Mapping[str, int]) -> tuple[int, int, str]:
    return -counts[text], len(text), text


def _two_letters(key: str, text: str, best: str, counts: Mapping[str, int]) -> bool:
    differs_in_case = text.strip() != best.strip() and text.strip().casefold() == best.strip().casefold()
    return len(key) == 1 and differs_in_case and counts[text] * 10 >= counts[best]
