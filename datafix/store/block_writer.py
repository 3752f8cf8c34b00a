"""Blocks of bytes to shards on disk."""

from __future__ import annotations

import os
import secrets
import zlib
from pathlib import Path
from typing import Any, BinaryIO

from datafix.store.packing import SUFFIXES, packed

SHARD_BYTES = 64 << 20
TABLE = "blocks.npy"
DRAFT = ".part"


class BlockWriter:
    """Appends blocks to shards of about 64 MB, and keeps the table by which each is found and verified.

    Parameters
    ----------
    folder : path
        Made here; bears the name of what is written.
    packing : {"npy", "lz4", "zstd"}
    shard_bytes : int, default=64 MB
        A shard that has reached this many bytes is closed; a block is never cut.
    prefix : str, default=""
        Of the names of shards. A shard bears its name once it is whole, so that of several writers with one prefix,
        which write the same, any may come last.
    """

    def __init__(self, folder: Path, packing: str, shard_bytes: int = SHARD_BYTES, *, prefix: str = "") -> None:
        self.folder, self.packing, self.shard_bytes, self.prefix = folder, packing, shard_bytes, prefix
        self.rows: list[tuple[int, int, int, int]] = []
        self.shards: list[dict[str, Any]] = []
        self._file: BinaryIO | None = None
        self._draft = folder / f"{prefix}{secrets.token_hex(4)}{DRAFT}"
        folder.mkdir(exist_ok=True)

    def append(self, payload: Any, head: bytes = b"") -> None:
        """Write one block; ``head`` goes before the first one of a shard."""
        if self._file is None:
            name = f"{self.prefix}{len(self.shards):05d}{SUFFIXES[self.packing]}"
            self._file = self._draft.open("wb")
            self._file.write(head)
            self.shards.append({"file": name, "first_block": len(self.rows), "head": zlib.crc32(head)})
        stored = packed(self.packing, payload)
        self.rows.append((self._file.tell(), len(stored), len(payload), zlib.crc32(stored)))
        self._file.write(stored)

    def end_shard(self, head: bytes = b"") -> None:
        """Close the shard, after writing its head anew, now that its length is known."""
        if self._file is None:
            return
        size = self._file.tell()
        self._file.seek(0)
        self._file.write(head)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._file = None
        self._draft.replace(self.folder / self.shards[-1]["file"])
        self.shards[-1] |= {"bytes": size, "head": zlib.crc32(head), "head_bytes": len(head)}

    @property
    def is_full(self) -> bool:
        """Whether the open shard has reached its size."""
        return self._file is not None and self._file.tell() >= self.shard_bytes

    def abandon(self) -> None:
        """Close the file without finishing it."""
        if self._file is not None:
            self._file.close()
