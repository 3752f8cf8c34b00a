"""When two spellings mean one thing: case, blanks, Unicode forms and a stray full stop; or a slip of the pen."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

_TRAILING = ".,;:"
_OFTEN = 10
"""A spelling that slips are measured against occurs so often."""
_RARE = 0.05
"""A slip occurs at most so often beside what was meant."""
_LETTERS = 5
_NEIGHBOURS = 0.02
"""Where more of the frequent names than this are one letter apart, one letter tells names apart."""
_COMPARISONS = 20_000_000


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


def find_slips(counts: Mapping[str, int]) -> dict[str, str]:
    """Return rare spellings that are one letter from a frequent name, and that name.

    A letter left out, put in, replaced or swapped with its neighbour, within a word of at least five
    letters, neither its first nor its last. Figures and codes are never slips, and no name is mended that is near
    two frequent ones, or in a column whose frequent names are near each other.

    Parameters
    ----------
    counts : mapping of str to int
        How often each spelling occurs.

    Examples
    --------
    >>> find_slips({"Birmingham": 60, "Birmimgham": 2, "Austin": 40, "Mustin": 1, "Type 1": 50, "Type 2": 1})
    {'Birmimgham': 'Birmingham'}
    """
    often = often_seen(counts)
    most = max(counts.values(), default=0)
    rare = [text for text, count in counts.items() if count <= _RARE * most and _has_words(text)]
    if not rare or not often or len(rare) * len(often) > _COMPARISONS:
        return {}
    slips = {}
    for text, near in zip(rare, _near(rare, often), strict=True):
        meant = [name for name in near if name != text]
        if len(meant) == 1 and counts[text] <= _RARE * counts[meant[0]]:
            slips[text] = meant[0]
    return slips


def often_seen(counts: Mapping[str, int]) -> list[str]:
    """Return the names that a slip may be of; none where one letter tells many of them apart."""
    often = [text for text, count in counts.items() if count >= _OFTEN and _has_words(text)]
    return [] if len(often) ** 2 > _COMPARISONS or _has_neighbours(often) else often


def near_name(text: str, names: Sequence[str]) -> str | None:
    """Return the one name that a text is a slip of, as `find_slips` has it; None for none or several."""
    meant = _near([text], names)[0]
    return meant[0] if len(meant) == 1 else None


def _has_words(text: str) -> bool:
    """Whether a text has a word that is long enough for a slip: codes and numbers have none."""
    return any(len(word) >= _LETTERS - 1 and word.isalpha() for word in text.split())


def _has_neighbours(names: list[str]) -> bool:
    pairs = sum(len(near) for near in _near(names, names)) / 2
    return pairs > _NEIGHBOURS * len(names)


def _near(texts: Sequence[str], names: Sequence[str]) -> list[list[str]]:
    """Return for each text the names that it may be a slip of."""
    keys, known = ([spelling_key(text) for text in group] for group in (texts, names))
    distances = cdist(keys, known, scorer=OSA.distance, score_cutoff=1, dtype=np.uint8, workers=1)
    near: list[list[str]] = [[] for _ in texts]
    for i, j in np.argwhere(distances == 1):
        if _is_slip(keys[i], known[j]):
            near[i].append(names[j])
    return near


def _is_slip(text: str, name: str) -> bool:
    """Whether two keys at distance one differ inside one long word of letters: figures and codes are no slips."""
    pairs = list(zip(text.split(), name.split(), strict=False))
    words = [(ours, theirs) for ours, theirs in pairs if ours != theirs]
    if len(words) != 1 or len(text.split()) != len(name.split()):
        return False
    ours, theirs = words[0]
    long = min(len(ours), len(theirs)) >= _LETTERS and ours.isalpha() and theirs.isalpha()
    return long and ours[0] == theirs[0] and ours[-1] == theirs[-1]


def _rank(text: str, counts: Mapping[str, int]) -> tuple[int, int, str]:
    return -counts[text], len(text), text


def _two_letters(key: str, text: str, best: str, counts: Mapping[str, int]) -> bool:
    differs_in_case = text.strip() != best.strip() and text.strip().casefold() == best.strip().casefold()
    return len(key) == 1 and differs_in_case and counts[text] * 10 >= counts[best]
