"""Files that are written whole or not at all."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def draft_of(path: str | Path) -> Iterator[Path]:
    """Give a draft beside the file, which takes the file's name when the block ends well.

    Whatever else ends the block (a full disk, Ctrl-C) leaves the file as it was, and no draft.

    Parameters
    ----------
    path : path
        The file to write; the draft has its suffix, by which pandas and others know what to write.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with draft_of(Path(folder) / "greeting.txt") as draft:
    ...         _ = draft.write_text("Good morning")
    ...     [path.name for path in Path(folder).iterdir()]
    ['greeting.txt']
    """
    path = Path(path)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part{path.suffix}")
    try:
        yield draft
        draft.replace(path)
    except OSError as error:  # the reader knows the file, not the draft
        if error.filename != str(draft):
            raise
        raise type(error)(error.errno, error.strerror, str(path)) from error
    finally:
        draft.unlink(missing_ok=True)


def write_text(text: str, path: str | Path) -> None:
    """Write a text in UTF-8; what UTF-8 cannot hold (half a surrogate pair in a name) is written as its escape."""
    with draft_of(path) as draft:
        draft.write_bytes(text.encode("utf-8", errors="backslashreplace"))
