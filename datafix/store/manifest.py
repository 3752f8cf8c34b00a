"""What a folder of the store says of itself, and whether it is so."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from datafix.errors import TableError

FORMAT_VERSION = 2
MANIFEST = "manifest.json"


def manifest_text(about: dict[str, Any]) -> str:
    """Return a manifest with its own digest in it."""
    about = {"format": FORMAT_VERSION, **about}
    return json.dumps({**about, "digest": _digest_of(about)}, indent=1, ensure_ascii=False)


def read_manifest(folder: str | Path) -> dict[str, Any]:
    """Return the manifest of a folder, after a look at every file that it names.

    Every file must be there and have its size; all but the shards, whose blocks are verified when
    they are read, must have their digest.

    Raises
    ------
    TableError
        If the folder or a file is not what was saved; the file is named.
    """
    folder = Path(folder).expanduser()
    path = folder / MANIFEST
    if not path.is_file():
        raise TableError(f"{str(folder)!r} holds no {MANIFEST}: it was not written by datafix, or not whole.")
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise TableError(f"{str(path)!r} is not what was saved: {error}. Save it again.") from error
    found = manifest.get("format") if isinstance(manifest, dict) else None
    if found != FORMAT_VERSION:
        raise TableError(f"{str(path)!r} has format {found!r}; this datafix reads {FORMAT_VERSION}. Save it again.")
    if manifest.pop("digest", None) != _digest_of(manifest):
        raise TableError(f"{str(path)!r} is not what was saved (another digest). Save it again.")
    for name, told in manifest["files"].items():
        _refuse_another(folder / name, told)
    return manifest


def file_told(path: Path, *, is_shard: bool) -> dict[str, Any]:
    """Return the size of a file, and its digest unless it is a shard."""
    told: dict[str, Any] = {"bytes": path.stat().st_size}
    return told if is_shard else {**told, "sha256": _digest(path)}


def _refuse_another(path: Path, told: dict[str, Any]) -> None:
    if not path.is_file():
        raise TableError(f"{str(path)!r} is missing: the folder is not whole. Save it again.")
    if (size := path.stat().st_size) != told["bytes"]:
        raise TableError(f"{str(path)!r} is torn: it has {size} bytes of {told['bytes']}. Save it again.")
    if "sha256" in told and _digest(path) != told["sha256"]:
        raise TableError(f"{str(path)!r} is not what was saved (another digest). Save it again.")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest_of(about: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()
