"""Bytes on their way to pandas, watched for what it would pass over in silence."""

from __future__ import annotations

import io
from typing import IO, Any

import numpy as np

from datafix.reading.dialect import Dialect

BLOCK = 1 << 18

_RETURN, _BLANK = ord("\r"), ord(" ")
_RETURNED = "a carriage return without a line feed stands before a blank"
_WIDE_RETURNS = tuple("\r ".encode(f"utf-{width}-{order}") for width in (16, 32) for order in ("le", "be"))


class WatchedBytes(io.RawIOBase):
    """A file that notices NULs, at which pandas cuts a field, and text before or after quotes.

    Text after a quote that closes is glued to the field: often it is a quote that was never closed, and has swallowed
    the lines up to the next one.

    Parameters
    ----------
    file : binary file
    dialect : Dialect
    wide : bool
        Whether a character takes several bytes (UTF-16, UTF-32); then nothing is told from bytes.

    Attributes
    ----------
    has_nul : bool
    in_doubt : bool
        Whether a quote stands where none should; a quote amid a field (5" long) is harmless and looks alike.
    """

    def __init__(self, file: IO[bytes], dialect: Dialect, *, wide: bool) -> None:
        super().__init__()
        self.has_nul = False
        self.in_doubt = wide
        self._file, self._wide = file, wide
        self._quote = ord(dialect.quote)
        self._outside = np.zeros(256, dtype=bool)
        self._outside[[ord(dialect.delimiter), *b'\r\n "' * (not dialect.escape), self._quote]] = True
        self._watches_quotes = not wide and dialect.escape is None
        self._is_inside, self._last = False, ord("\n")

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Fill the buffer, and look at what came."""
        block = self._file.read(len(buffer))
        buffer[: len(block)] = block
        if self._wide and any(returned in block for returned in _WIDE_RETURNS):
            raise ValueError(_RETURNED)
        if not self._wide and block:
            self.has_nul = self.has_nul or 0 in block
            self._refuse_returns(block)
            if self._watches_quotes and not self.in_doubt:
                self._look_at_quotes(block)
            self._last = block[-1]
        return len(block)

    def _refuse_returns(self, block: bytes) -> None:
        """Raise ValueError at a lone carriage return before a blank, at which pandas 2 may run until memory is full."""
        if (self._last == _RETURN and block[0] == _BLANK) or (_RETURN in block and b"\r " in block):
            raise ValueError(_RETURNED)

    def _look_at_quotes(self, block: bytes) -> None:
        if self._last != self._quote and self._quote not in block:
            return
        values = np.frombuffer(block, dtype=np.uint8)
        at = np.flatnonzero(values == self._quote)
        opening = at[int(self._is_inside) :: 2]
        closing = at[int(not self._is_inside) :: 2]
        before = np.where(opening > 0, values[opening - 1], self._last)
        after = values[closing[closing + 1 < len(values)] + 1]
        held = self._last == self._quote and not self._is_inside  # the block before ended with a quote that closed
        odd = held and len(values) and not self._outside[values[0]]
        self.in_doubt = bool(odd or not self._outside[before].all() or not self._outside[after].all())
        self._is_inside ^= len(at) % 2 == 1
