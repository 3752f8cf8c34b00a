"""Prepared data to disk and back, whole or not at all."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import joblib
import numpy as np

from datafix.errors import ParameterError, TableError

if TYPE_CHECKING:
    from datafix.preparation.prepared import Part, Prepared

FORMAT_VERSION = 1
MANIFEST = "manifest.json"
LEARNED = "learned.joblib"


def save(prepared: Prepared, folder: str | Path) -> Path:
    """Write arrays as .npy, the rest by joblib, and a manifest with the digest of every file."""
    folder = Path(folder)
    if folder.exists():
        raise ParameterError(f"{str(folder)!r} exists. Name a new folder, or remove this one first.")
    draft = folder.with_name(folder.name + ".part")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        _write_parts(prepared, draft)
        files = {path.name: _digest(path) for path in sorted(draft.iterdir())}
        manifest = {"format": FORMAT_VERSION, "files": files}
        (draft / MANIFEST).write_text(json.dumps(manifest, indent=2))
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder


def load(folder: str | Path) -> Prepared:
    """Read what ``Prepared.save`` wrote.

    It unpickles the pipeline: load only what you trust.

    Parameters
    ----------
    folder : path

    Returns
    -------
    prepared : Prepared

    Raises
    ------
    TableError
        If the folder, a file or its content is not what was saved; the file is named.
    """
    folder = Path(folder)
    manifest = _manifest(folder)
    for name, digest in manifest["files"].items():
        if not (folder / name).is_file():
            raise TableError(f"{str(folder / name)!r} is missing: the folder was not saved whole. Save it again.")
        if _digest(folder / name) != digest:
            raise TableError(f"{str(folder / name)!r} is not what was saved (another digest). Save it again.")
    prepared: Prepared = joblib.load(folder / LEARNED)
    parts: dict[str, Any] = {name: _read_part(folder, name, part) for name, part in prepared.parts.items()}
    return replace(prepared, **parts)


def _write_parts(prepared: Prepared, draft: Path) -> None:
    lean: dict[str, Any] = {}
    for name, part in prepared.parts.items():
        for field in _arrays_of(part):
            np.save(draft / f"{name}_{field}.npy", getattr(part, field))
        stored: dict[str, Any] = dict.fromkeys(_arrays_of(part))
        lean[name] = replace(part, **stored)
    split = prepared.split
    joblib.dump(replace(prepared, **lean, split=split.without_table()), draft / LEARNED)


def _arrays_of(part: Part) -> list[str]:
    """Arrays of plain numbers have files of their own; text and frames go with the rest."""
    values = {"features": part.features, "target": part.target, "sample_weight": part.sample_weight}
    return [name for name, value in values.items() if isinstance(value, np.ndarray) and value.dtype != object]


def _read_part(folder: Path, name: str, part: Part) -> Part:
    stored: dict[str, Any] = {}
    for field in ("features", "target", "sample_weight"):
        path = folder / f"{name}_{field}.npy"
        if path.is_file():
            stored[field] = np.load(path)
    return replace(part, **stored)


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    if not path.is_file():
        raise TableError(f"{str(folder)!r} holds no {MANIFEST}: it was not written by Prepared.save, or not whole.")
    try:
        manifest = json.loads(path.read_text())
    except ValueError as error:
        raise TableError(f"{str(path)!r} is not what was saved: {error}.") from error
    if manifest.get("format") != FORMAT_VERSION:
        raise TableError(
            f"{str(path)!r} has format {manifest.get('format')!r}; this datafix reads {FORMAT_VERSION}. Save it again."
        )
    return manifest


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
