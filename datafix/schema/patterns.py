"""What the texts of a column look like, as a regular expression."""

from __future__ import annotations

import re

import numpy as np

FEWEST_TEXTS = 100
LONGEST = 64
FEWEST_TEXTS_A_SIGN = 5
_CLASSES = (("a-f", set("abcdef")), ("a-z", set("abcdefghijklmnopqrstuvwxyz")), ("0-9", set("0123456789")))


def pattern_of(texts: list[str]) -> str | None:
    r"""Return an expression that codes (ids, plates, dates, addresses of mail) match whole; None for free text.

    What all begin with, then the kinds of letters, digits and signs that occur after it; the length where it never
    varies. A sign must stand in five texts at least, so that one that is merely rare has been seen.

    Parameters
    ----------
    texts : list of str
        Distinct.

    Examples
    --------
    >>> pattern_of([f"id-{number:04d}" for number in range(500)])
    'id\\-[0-9]{4}$'
    """
    if len(texts) < FEWEST_TEXTS or not all(map(_is_code, texts)):
        return None
    start = _start_of(texts)
    rests = [text[len(start) :] for text in texts]
    seen: dict[str, int] = {}
    for rest in rests:
        for sign in set(rest):
            seen[sign] = seen.get(sign, 0) + 1
    signs = {sign for sign in seen if not sign.isalnum()}
    if any(seen[sign] < FEWEST_TEXTS_A_SIGN for sign in signs):
        return None
    lengths = {len(rest) for rest in rests}
    many = f"{{{lengths.pop()}}}" if len(lengths) == 1 else "*" if 0 in lengths else "+"
    return f"{re.escape(start)}[{_span(set(seen))}]{many}$"


def _is_code(text: str) -> bool:
    return bool(text) and len(text) <= LONGEST and text.isascii() and text.isprintable() and " " not in text


def _start_of(texts: list[str]) -> str:
    """Return what all texts begin with on purpose: letters, or what ends in a sign; not the zeros of small numbers."""
    least, most = min(texts), max(texts)  # whatever these share, all between them do
    length = next((at for at, sign in enumerate(least) if sign != most[at]), len(least))
    start = least[:length].rstrip("0123456789")
    return start if not any(map(str.isdigit, start)) else re.sub(r"[A-Za-z0-9]*$", "", start)


def bits_of(texts: list[str]) -> float:
    """Return how many bits texts can hold: the logarithms of the characters seen at each position, added."""
    longest = max(map(len, texts))
    return float(sum(np.log2(len({text[at : at + 1] for text in texts})) for at in range(min(longest, LONGEST))))


def _span(characters: set[str]) -> str:
    """Return the inside of a character class: whole classes of letters and digits, signs as they are."""
    letters = {character.lower() for character in characters if character.isalpha()}
    lower = "a-f" if letters <= _CLASSES[0][1] and any(map(str.isdigit, characters)) else "a-z"
    span = ""
    if any(character.isupper() for character in characters):
        span += lower.upper()
    if any(character.islower() for character in characters):
        span += lower
    if any(character.isdigit() for character in characters):
        span += "0-9"
    return span + "".join(re.escape(sign) for sign in sorted(characters) if not sign.isalnum())
