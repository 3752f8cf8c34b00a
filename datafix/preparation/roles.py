"""Groups and ids beside the rows of a part, as Parquet."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import narwhals as nw
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet

from datafix.columns import is_missing
from datafix.store import DRAFT

ROLES = "roles"


def roles_of(rows: nw.DataFrame[Any], names: list[str], like: pa.Schema | None = None) -> pa.Table:
    """Return the columns of these names, Python objects as text.

    Parameters
    ----------
    rows : dataframe of shape (rows, columns)
    names : list of str
    like : Schema, optional
        To which they are cast, so that all files of a part have the same.
    """
    chosen = rows.select(names)
    objects = [name for name, dtype in chosen.schema.items() if dtype == nw.Object]
    text = [nw.new_series(name, _text(chosen[name]), nw.String, backend=chosen.implementation) for name in objects]
    # pandas brings its index along, and words about it.
    table = chosen.with_columns(*text).to_arrow().select(names).replace_schema_metadata(None)
    return table if like is None else table.cast(like)


def _text(series: nw.Series[Any]) -> list[str | None]:
    missing = is_missing(series)
    return [None if gone else str(value) for value, gone in zip(series.to_list(), missing, strict=True)]


def write_roles(draft: Path, part: str, name: str, batches: Iterable[Any], schema: pa.Schema) -> str:
    """Write a file of a part's rows, whole or not at all, and return its path within the folder.

    Parameters
    ----------
    draft : path
        Of the folder.
    part, name : str
    batches : iterable of pyarrow Table or RecordBatch
    schema : Schema
    """
    folder = draft / f"{part}.{ROLES}"
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.parquet"
    unfinished = folder / f"{name}.{secrets.token_hex(4)}{DRAFT}"  # a worker that is given up may still write its own
    with pyarrow.parquet.ParquetWriter(unfinished, schema) as writer:
        for batch in batches:
            writer.write(batch)
    unfinished.rename(path)
    return path.relative_to(draft).as_posix()


def read_roles(paths: list[Path], *, in_memory: bool) -> Any:
    """Return what was written to these files, in their order: a pandas frame, or a pyarrow Dataset."""
    found = pyarrow.dataset.dataset([str(path) for path in paths], format="parquet")
    return found.to_table().to_pandas() if in_memory else found


def batches_of(roles: Any) -> tuple[Iterable[Any], pa.Schema]:
    """Return the rows that `read_roles` gave, a few at a time, and their schema."""
    if isinstance(roles, pyarrow.dataset.Dataset):
        return roles.to_batches(), roles.schema
    table = pa.Table.from_pandas(roles, preserve_index=False)
    return [table], table.schema
