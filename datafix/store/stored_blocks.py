"""Blocks of bytes from shards on disk, each verified when it is first read."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from datafix.errors import TableError
from datafix.store.block_writer import TABLE
from datafix.store.packing import unpacked


class StoredBlocks:
    """The blocks of one array.

    No file stays open between two calls, so that any number of shards can be read.

    Parameters
    ----------
    folder : path
    told : dict
        What the manifest says of the array.
    """

    def __init__(self, folder: Path, told: dict[str, Any]) -> None:
        self.folder, self.packing, self.shards = folder, str(told["packing"]), told["shards"]
        self.table = np.load(folder / TABLE, allow_pickle=False)
        self._first = np.array([shard["first_block"] for shard in self.shards], dtype=np.int64)
        self._is_verified = np.zeros(len(self.table), dtype=bool)

    def __len__(self) -> int:
        return len(self.table)

    def read(self, numbers: np.ndarray) -> Iterator[Any]:
        """Yield the bytes of the blocks, unpacked, in the order asked for."""
        if not len(numbers):
            return
        shard_of = np.searchsorted(self._first, numbers, side="right") - 1
        for run in np.split(numbers, np.flatnonzero(np.diff(shard_of)) + 1):
            yield from self._from_shard(self.shards[int(np.searchsorted(self._first, run[0], side="right")) - 1], run)

    def _from_shard(self, shard: dict[str, Any], numbers: np.ndarray) -> Iterator[Any]:
        path = self.folder / shard["file"]
        try:
            file = os.open(path, os.O_RDONLY)
        except OSError as error:
            raise TableError(f"{str(path)!r} cannot be opened: {error.strerror}. Save the data again.") from error
        try:
            if not self._is_verified[numbers].all():
                _verify(path, os.pread(file, shard["head_bytes"], 0), shard["head_bytes"], shard["head"])
            rows = self.table[numbers].tolist()
            for number, (offset, length, size, digest) in zip(numbers.tolist(), rows, strict=True):
                stored = _pread(path, file, length, offset)
                if not self._is_verified[number] or len(stored) != length:
                    _verify(path, stored, length, digest)
                    self._is_verified[number] = True
                yield unpacked(self.packing, stored, size)
        finally:
            os.close(file)


def _pread(path: Path, file: int, length: int, offset: int) -> bytes:
    try:
        return os.pread(file, length, offset)
    except OSError as error:
        raise TableError(f"{str(path)!r} cannot be read: {error.strerror}. Save the data again.") from error


def _verify(path: Path, stored: bytes, length: int, digest: int) -> None:
    if len(stored) != length:
        raise TableError(
            f"{str(path)!r} is torn: a block of {length} bytes ends after {len(stored)}. Save the data again."
        )
    if zlib.crc32(stored) != digest:
        raise TableError(f"{str(path)!r} is not what was saved (a block has another digest). Save the data again.")
