"""A split to disk and back, whole or not at all."""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from datafix.columns import row_count
from datafix.errors import TableError
from datafix.fingerprint import row_hashes
from datafix.whole_file import draft_of

FORMAT = "datafix.Split 1"


def write(path: str | Path, positions: dict[str, np.ndarray], X: Any) -> Path:
    """Write positions, and the number of rows and a digest of the table where there is one."""
    path = Path(path)
    about: dict[str, Any] = {"format": FORMAT, "positions": _digest(positions)}
    if X is not None:
        about |= {"n_rows": row_count(X), "content": _content(X, row_count(X))}
    with draft_of(path) as draft, draft.open("wb") as file:
        np.savez_compressed(file, about=np.array(json.dumps(about)), **positions)  # type: ignore[arg-type]
    return path


def read(path: str | Path, X: Any) -> dict[str, np.ndarray]:
    """Return the positions that :func:`write` wrote.

    Raises
    ------
    TableError
        If the file is another one or damaged, or X is not the table that was split, with rows appended or not.
    """
    try:
        with Path(path).open("rb") as file, np.load(file, allow_pickle=False) as stored:
            positions = {name: stored[name] for name in stored.files}
            about = dict(json.loads(str(positions.pop("about"))))
    except (ValueError, KeyError, EOFError, AttributeError, TypeError, zipfile.BadZipFile, zlib.error) as error:
        raise TableError(
            f"{str(path)!r} was not written by Split.save, or is damaged. Save the split again."
        ) from error
    if about.get("format") != FORMAT:
        raise TableError(f"{str(path)!r} has format {about.get('format')!r}; this datafix reads {FORMAT!r}.")
    if about["positions"] != _digest(positions):
        raise TableError(f"{str(path)!r} does not hold what Split.save wrote (another digest). Save the split again.")
    if X is not None and "n_rows" in about:
        _refuse_another_table(path, X, about)
    return positions


def _refuse_another_table(path: str | Path, X: Any, about: dict[str, Any]) -> None:
    known = f"{str(path)!r} is a split of a table of {about['n_rows']} rows"
    if row_count(X) < about["n_rows"]:
        raise TableError(f"{known}, got one of {row_count(X)}. Give the table that was split.")
    if _content(X, about["n_rows"]) != about["content"]:
        raise TableError(
            f"{known}, and the first {about['n_rows']} rows of the one given are others, or stand in another order. "
            "Give the table that was split, read as it was then; rows may only be appended to it."
        )


def _content(X: Any, n_rows: int) -> str:
    return hashlib.sha256(row_hashes(X)[:n_rows].astype("<u8").tobytes()).hexdigest()


def _digest(positions: dict[str, np.ndarray]) -> str:
    digest = hashlib.sha256()
    for name, rows in sorted(positions.items()):
        digest.update(f"{name}:{len(rows)}:".encode())
        digest.update(rows.astype("<i8").tobytes())
    return digest.hexdigest()
