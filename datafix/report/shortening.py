"""Texts that stay short, whatever stands in a table."""

from __future__ import annotations

import re

LONGEST = 200
"""Characters of a name or a value in a message."""
LONGEST_MESSAGE = 2000

_QUOTED = re.compile(rf"'[^']{{{LONGEST + 1},}}'|\"[^\"]{{{LONGEST + 1},}}\"", re.DOTALL)
_WORD = re.compile(rf"\S{{{LONGEST + 1},}}")


def shortened(text: str, longest: int = LONGEST) -> str:
    """Return a text of at most so many characters, the rest as a dot of three.

    Examples
    --------
    >>> shortened("a long name", 7)
    'a long…'
    """
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def shortened_message(message: str) -> str:
    """Return a message whose quoted names and values, and words, have at most 200 characters each.

    Examples
    --------
    >>> len(shortened_message(f"Column {'x' * 50_000!r} is constant."))
    220
    """
    if len(message) <= LONGEST:
        return message
    message = _QUOTED.sub(lambda found: shortened(found[0][:-1], LONGEST - 1) + found[0][-1], message)
    return shortened(_WORD.sub(lambda found: shortened(found[0]), message), LONGEST_MESSAGE)
