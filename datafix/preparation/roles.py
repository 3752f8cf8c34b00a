"""Groups and ids beside the rows of a part, as Parquet."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet

from datafix.columns import factorize
from datafix.store import DRAFT

ROLES = "roles"


def roles_of(rows: nw.DataFrame[Any], names: list[str], like: pa.Schema | None = None) -> pa.Table:
    """Return the columns of these names: numbers, truth values and times as they are, all else as text.

    Parameters
    ----------
    rows : dataframe of shape (rows, columns)
    names : list of str
    like : Schema, optional
        To which they are cast, so that all files of a part have the same.
    """
    columns = {}
    for name in names:
        is_text = _is_text(rows[name].dtype) if like is None else pa.types.is_large_string(like.field(name).type)
        columns[name] = pa.array(_text(rows[name]), pa.large_string()) if is_text else rows[name].to_arrow()
    table = pa.table(columns)
    return table if like is None else table.cast(like)


def _is_text(dtype: Any) -> bool:
    return not (dtype.is_numeric() or dtype.is_temporal() or dtype == nw.Boolean)


def _text(series: nw.Series[Any]) -> list[str | None]:
    """Return values as text; whole numbers without a point, as another partition may store them."""
    codes, uniques = factorize(series)
    texts = [
        str(int(value)) if isinstance(value, float) and value.is_integer() else str(value) for value in uniques.tolist()
    ]
    return np.array([*texts, None], dtype=object)[codes].tolist()


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
    # Whole numbers beside gaps stay whole.
    return found.to_table().to_pandas(integer_object_nulls=True) if in_memory else found


def roles_told(files: list[str]) -> dict[str, Any]:
    """Return what the manifest is to say of these files."""
    return {ROLES: {"files": files}} if files else {}


def batches_of(roles: Any) -> tuple[Iterable[Any], pa.Schema]:
    """Return the rows that `read_roles` gave, a few at a time, and their schema."""
    if isinstance(roles, pyarrow.dataset.Dataset):
        return roles.to_batches(), roles.schema
    table = pa.Table.from_pandas(roles, preserve_index=False)
    return [table], table.schema
