"""Shards that were written, and what the manifest is to say of them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from datafix.errors import TableError
from datafix.store.block_writer import TABLE

ROW = ("kind", "dtype", "block_rows", "packing")
"""What all shards of an array have in common, beside the width of a row."""


@dataclass(frozen=True)
class Shards:
    """Shards of an array, by whomever they were written.

    Attributes
    ----------
    told : dict
        What the manifest is to say.
    blocks : list of (offset, bytes, bytes unpacked, CRC-32)
    """

    told: dict[str, Any]
    blocks: list[tuple[int, int, int, int]]

    @property
    def n_rows(self) -> int:
        """Rows in them."""
        return int(self.told["shape"][0])

    def write_table(self, folder: Path) -> None:
        """Write the table by which blocks are found and verified."""
        with (folder / TABLE).open("wb") as file:
            np.save(file, np.array(self.blocks, dtype="<i8").reshape(-1, 4))
            file.flush()
            os.fsync(file.fileno())

    def refuse_unlike(self, other: Shards, name: str) -> None:
        """Raise TableError where another's rows are not like these."""
        mine, theirs = ([each.told[key] for key in ROW] + each.told["shape"][1:] for each in (self, other))
        if mine != theirs:
            raise TableError(f"The store needs rows of {name!r} as those before, {mine}, got {theirs}.")


def joined(several: Sequence[Shards], name: str) -> Shards:
    """Return shards that follow each other as those of one array; all but the last hold full blocks.

    Raises
    ------
    TableError
        If their rows are not alike.
    """
    first = several[0]
    shards: list[dict[str, Any]] = []
    blocks: list[tuple[int, int, int, int]] = []
    bad: list[int] = []
    n_rows, n_bad = 0, 0
    for each in several:
        first.refuse_unlike(each, name)
        shards += [{**shard, "first_block": len(blocks) + shard["first_block"]} for shard in each.told["shards"]]
        blocks += each.blocks
        found = each.told["not_finite"]
        if found["count"] and not bad:
            bad = [n_rows + found["first"][0], *found["first"][1:]]
        n_bad += found["count"]
        n_rows += each.n_rows
    shape = [n_rows, *first.told["shape"][1:]]
    told = {**first.told, "shape": shape, "not_finite": {"count": n_bad, "first": bad}, "shards": shards}
    return Shards(told, blocks)
