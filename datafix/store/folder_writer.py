"""A folder that is written whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

from datafix.errors import ParameterError
from datafix.store.array_writer import ArrayWriter
from datafix.store.block_writer import DRAFT, SHARD_BYTES
from datafix.store.joining_writer import JoiningWriter
from datafix.store.manifest import MANIFEST, file_told, manifest_text
from datafix.store.sparse_writer import SparseWriter

_TRIES, _PAUSE = 50, 0.1


class FolderWriter:
    """Writes to a draft beside the folder, which takes the folder's name when all is on disk.

    A context manager. Whatever ends it before ``commit`` (a full disk, Ctrl-C) leaves nothing behind.

    Parameters
    ----------
    folder : path
        Must not exist.

    Attributes
    ----------
    draft : Path
        Where to write.

    Raises
    ------
    ParameterError
        If the folder exists.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from datafix.store import FolderWriter, stored_arrays
    >>> with tempfile.TemporaryDirectory() as place:
    ...     with FolderWriter(Path(place) / "numbers") as writer:
    ...         squares = writer.array("squares")
    ...         for start in range(0, 9, 3):
    ...             squares.append(np.arange(start, start + 3) ** 2)
    ...         folder = writer.commit(unit="m2")
    ...     stored_arrays(folder)["squares"][6:].tolist()
    [36, 49, 64]
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder).expanduser()
        self.draft = self.folder.with_name(f"{self.folder.name}.{secrets.token_hex(4)}.part")
        self._writers: dict[str, ArrayWriter | SparseWriter | JoiningWriter] = {}
        self._new_parents: list[Path] = []

    def __enter__(self) -> Self:
        if os.path.lexists(self.folder):
            raise ParameterError(f"{str(self.folder)!r} exists. Name a new folder, or remove this one first.")
        self._new_parents = [parent for parent in self.folder.parents if not parent.exists()]
        self.draft.mkdir(parents=True)
        return self

    def __exit__(self, *raised: object) -> None:
        for writer in self._writers.values():
            writer.abandon()
        for _ in range(_TRIES):  # a worker that is not told yet may still write
            shutil.rmtree(self.draft, ignore_errors=True)
            if not self.draft.exists():
                break
            time.sleep(_PAUSE)
        for parent in self._new_parents:  # the innermost first
            if not parent.is_dir() or any(parent.iterdir()):
                break
            parent.rmdir()

    def array(
        self,
        name: str,
        *,
        block_rows: int | None = None,
        shard_bytes: int = SHARD_BYTES,
        packing: str | None = None,
    ) -> ArrayWriter:
        """Return what writes an array to the sub-folder of this name; ``packing="npy"`` is to pack nothing."""
        writer = ArrayWriter(self.draft / name, block_rows=block_rows, shard_bytes=shard_bytes, packing=packing)
        self._writers[name] = writer
        return writer

    def sparse(self, name: str, *, block_rows: int | None = None, shard_bytes: int = SHARD_BYTES) -> SparseWriter:
        """Return what writes a sparse matrix to the sub-folder of this name."""
        writer = SparseWriter(self.draft / name, block_rows=block_rows, shard_bytes=shard_bytes)
        self._writers[name] = writer
        return writer

    def joining(self, name: str, *, is_sparse: bool, block_rows: int, packing: str) -> JoiningWriter:
        """Return what joins the shards that others write to the sub-folder of this name.

        Parameters
        ----------
        name : str
        is_sparse : bool
        block_rows, packing
            With which they were told to write.
        """
        make = SparseWriter if is_sparse else ArrayWriter
        writer = JoiningWriter(make(self.draft / name, block_rows=block_rows, packing=packing, prefix="rest-"))
        self._writers[name] = writer
        return writer

    def commit(self, *, by_size: Iterable[str] = (), **about: Any) -> Path:
        """Finish the arrays, write the manifest, and give the draft its name.

        Parameters
        ----------
        by_size : iterable of str
            Large files, as paths within the folder, of which the manifest tells the size alone and no digest.
        about
            Whatever else the manifest is to say, as JSON.
        """
        arrays = {name: writer.close() for name, writer in self._writers.items()}
        for left in self.draft.rglob(f"*{DRAFT}"):  # by a worker that was killed
            left.unlink()
        shards = {f"{name}/{shard['file']}" for name, told in arrays.items() for shard in told["shards"]}
        paths = [path for path in self.draft.rglob("*") if path.is_file() and path.suffix != DRAFT]
        names, large = sorted(path.relative_to(self.draft).as_posix() for path in paths), shards | set(by_size)
        files = {name: file_told(self.draft / name, is_shard=name in large) for name in names}
        text = manifest_text({**about, "arrays": arrays, "files": files})
        (self.draft / MANIFEST).write_text(text, encoding="utf-8")
        for path in (*(self.draft / name for name in names if name not in shards), self.draft / MANIFEST):
            _to_disk(path)
        for path in (*(path for path in self.draft.rglob("*") if path.is_dir()), self.draft):
            _to_disk(path)
        self.draft.rename(self.folder)
        _to_disk(self.folder.parent)
        return self.folder


def _to_disk(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
