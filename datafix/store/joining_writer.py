"""An array that several write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from datafix.errors import TableError
from datafix.store.array_writer import ArrayWriter
from datafix.store.shards import Shards, joined
from datafix.store.sparse_writer import SparseWriter


class JoiningWriter:
    """Joins the shards that others wrote to the folder of an array, and writes the rows that filled no block.

    Made by ``FolderWriter.joining``.

    Parameters
    ----------
    rest : ArrayWriter or SparseWriter
        Of these rows, which follow all others.
    """

    def __init__(self, rest: ArrayWriter | SparseWriter) -> None:
        self.rest = rest
        self._shards: list[Shards] = []

    def join(self, shards: Shards, rest: Any) -> None:
        """Take in what ``RowsWriter.hand_over`` gave, the rows after those before.

        Raises
        ------
        TableError
            If a shard is not here, or its rows are not like those before.
        """
        folder = self.rest.folder
        if self._shards:
            self._shards[0].refuse_unlike(shards, folder.name)
        for shard in shards.told["shards"]:
            _refuse_absent(folder / shard["file"], int(shard["bytes"]))
        self._shards.append(shards)
        if rest is not None:
            self.rest.append(rest)

    def close(self) -> dict[str, Any]:
        """Write what is left, and return what the manifest is to say."""
        written = [each for each in self._shards if each.n_rows] or self._shards[:1]
        if self.rest.row is not None:
            written.append(self.rest.finish())
        whole = joined(written, self.rest.folder.name)
        whole.write_table(self.rest.folder)
        return whole.told

    def abandon(self) -> None:
        """Close what is open, without finishing it."""
        self.rest.abandon()


def _refuse_absent(path: Path, n_bytes: int) -> None:
    if not path.is_file() or path.stat().st_size != n_bytes:
        raise TableError(
            f"{str(path)!r} was written by a worker and is not here. Give a folder on a disk that all workers share, "
            "or workers=False, so that all rows come through this process."
        )
