"""How the text of a file is encoded."""

from __future__ import annotations

import codecs
import re
from typing import IO

BLOCK = 1 << 20

_MARKS = (  # UTF-32's begins with UTF-16's
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

# No text has these in Windows-1252: control characters, and bytes without a meaning.
_NEVER = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f\x81\x8d\x8f\x90\x9d]")
_HIGH = re.compile(rb"[\x80-\xff]+")
# Western words have none of: letters of UTF-8, three accented letters in a row, a symbol amid letters.
_ODD = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}|[\xc0-\xff]{3,}"
    rb"|(?<=[A-Za-z\xc0-\xff])[\xa1-\xa9\xab-\xac\xae-\xb6\xb8\xb9\xbb-\xbf](?=[A-Za-z\xc0-\xff])"
)


def marked_encoding(head: bytes) -> str:
    """Return the encoding that a byte order mark names, UTF-8 without one."""
    return next((encoding for mark, encoding in _MARKS if head.startswith(mark)), "utf-8")


def is_western(file: IO[bytes]) -> bool:
    """Tell whether bytes that are not UTF-8 are likely to be Windows-1252, of which Latin-1 is a part.

    A tenth of what lies beyond ASCII may look like another encoding, or like damaged UTF-8: no more.
    """
    high = odd = 0
    while block := file.read(BLOCK):
        if _NEVER.search(block):
            return False
        high += sum(map(len, _HIGH.findall(block)))
        odd += sum(map(len, _ODD.findall(block)))
    return odd <= 0.1 * high


def first_undecodable(file: IO[bytes], encoding: str) -> tuple[int, int, str] | None:
    """Return line, column and bytes of what cannot be decoded, None where all can."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line, column = 1, 1
    while True:
        block, state = file.read(BLOCK), decoder.getstate()
        try:
            text = decoder.decode(block, not block)
        except UnicodeDecodeError:
            decoder.setstate(state)
            return _fed_slowly(decoder, block, line, column)
        line, column = _moved(line, column, text)
        if not block:
            return None


def _fed_slowly(decoder: codecs.IncrementalDecoder, block: bytes, line: int, column: int) -> tuple[int, int, str]:
    for byte in (*(bytes([value]) for value in block), b""):
        try:
            line, column = _moved(line, column, decoder.decode(byte, not byte))
        except UnicodeDecodeError as error:
            return line, column, error.object[error.start : max(error.end, error.start + 1)].hex(" ")
    return line, column, ""


def _moved(line: int, column: int, text: str) -> tuple[int, int]:
    breaks = text.count("\n")
    return (line + breaks, len(text) - text.rfind("\n")) if breaks else (line, column + len(text))
