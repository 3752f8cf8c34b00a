"""Bytes of a file, unpacked by what its name says."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, cast

import pyarrow as pa

from datafix.errors import TableError

COMPRESSED = (".gz", ".bz2", ".xz", ".zip", ".zst")
FIRST_PART, LONGEST_LINE = 1 << 16, 1 << 26

# What unpacking raises on damaged bytes, an encrypted archive or an unknown method among it.
DAMAGED = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, NotImplementedError, RuntimeError)


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a file, or what is packed in it, as bytes.

    Raises
    ------
    TableError
        If it cannot be opened or unpacked, there and wherever the block reads on; or if an archive has several files.
    """
    try:
        with ExitStack() as stack:
            yield _unpacked(path, stack)
    except DAMAGED as error:
        raise TableError(f"{str(path)!r} cannot be read: {error or type(error).__name__}.") from error


def _unpacked(path: Path, stack: ExitStack) -> IO[bytes]:
    suffix = path.suffix.lower()
    if suffix == ".zip":
        archive = stack.enter_context(zipfile.ZipFile(path))
        names = [name for name in archive.namelist() if not name.endswith("/")]
        if len(names) != 1:
            raise TableError(f"{str(path)!r} must hold one file, got {names[:5]}. Unpack it, and name one.")
        return stack.enter_context(archive.open(names[0]))
    return stack.enter_context(_OPENERS.get(suffix, _plain)(path))


def _plain(path: Path) -> Any:
    return path.open("rb")


def _unpacked_zst(path: Path) -> Any:
    return io.BufferedReader(cast("Any", pa.CompressedInputStream(str(path), "zstd")))


_OPENERS: dict[str, Any] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open, ".zst": _unpacked_zst}


def first_part(file: IO[bytes]) -> tuple[bytes, bool]:
    """Return the first 64 kB, or more where two lines take more, and whether that is all."""
    head = file.read(FIRST_PART)
    while head.count(b"\n") + head.count(b"\r") < 2 and len(head) < LONGEST_LINE:
        more = file.read(len(head) + 1)
        if not more:
            return head, True
        head += more
    return head, not file.read(1)
